"""The application as values: its sections, their rows, and the words for their codes."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from webapp.core.i18n import N_, Words
from webapp.rulebook import states as rulebook
from webapp.rulebook.states import BudgetItem, DelegationClass, Employment, Half, Rank, RouteKind


class Section(StrEnum):
    """Parts of the application; each is edited, merged, hashed and signed for on its own."""

    TASK = "task"
    LEGS = "legs"
    SLOTS = "slots"
    INVITATIONS = "invitations"
    MEMBERS = "members"
    BUDGET = "budget"
    FILES = "files"
    DECLARATIONS = "declarations"
    EXPLANATIONS = "explanations"


SECTION_LABELS: dict[Section, str] = {
    Section.TASK: N_("说明任务"),
    Section.LEGS: N_("排行程"),
    Section.SLOTS: N_("排公务日程"),
    Section.INVITATIONS: N_("填邀请函"),
    Section.MEMBERS: N_("列团组人员"),
    Section.BUDGET: N_("做经费预算"),
    Section.FILES: N_("传材料"),
    Section.DECLARATIONS: N_("作出声明"),
    Section.EXPLANATIONS: N_("说明需解释的事项"),
}


class Transit(StrEnum):
    """What a leg's arrival is for: official business, or only on the way."""

    BUSINESS = "business"
    AIRSIDE = "airside"
    LANDSIDE = "landside"
    HOME = "home"


class CostBearer(StrEnum):
    OWN = "own"
    HOST = "host"
    SHARED = "shared"


class MemberRole(StrEnum):
    HEAD = "head"
    SECRETARY = "secretary"
    INTERPRETER = "interpreter"
    MEMBER = "member"


class DocumentType(StrEnum):
    INVITATION = "invitation"
    TRANSLATION = "translation"
    ITINERARY = "itinerary"
    NOTICE = "notice"
    QUOTATION = "quotation"
    WAIVER = "waiver"
    REPORT = "report"
    PUBLICATION = "publication"
    OTHER = "other"


LABELS = Words(
    rulebook.CLASS_LABELS,
    rulebook.ROUTE_LABELS,
    rulebook.HALF_LABELS,
    rulebook.ITEM_LABELS,
    rulebook.RANK_LABELS,
    rulebook.EMPLOYMENT_LABELS,
    {
        Transit.BUSINESS: N_("公务"),
        Transit.AIRSIDE: N_("经停，不出机场"),
        Transit.LANDSIDE: N_("经停，出机场"),
        Transit.HOME: N_("回国"),
    },
    {
        CostBearer.OWN: N_("我方承担"),
        CostBearer.HOST: N_("邀请方承担"),
        CostBearer.SHARED: N_("双方分担"),
    },
    {
        MemberRole.HEAD: N_("团长"),
        MemberRole.SECRETARY: N_("秘书"),
        MemberRole.INTERPRETER: N_("翻译"),
        MemberRole.MEMBER: N_("团员"),
    },
    {
        DocumentType.INVITATION: N_("邀请函"),
        DocumentType.TRANSLATION: N_("邀请函译文"),
        DocumentType.ITINERARY: N_("日程"),
        DocumentType.NOTICE: N_("公示材料"),
        DocumentType.QUOTATION: N_("询价单"),
        DocumentType.WAIVER: N_("例外申请材料"),
        DocumentType.REPORT: N_("出访报告"),
        DocumentType.PUBLICATION: N_("事后公示材料"),
        DocumentType.OTHER: N_("其他材料"),
    },
)

DECLARATIONS: dict[str, str] = {
    "no_family": N_("没有配偶、子女同行（DEL-03）。"),
    "no_agency": N_("邀请函没有通过中介机构联系或购买（DOC-01）。"),
    "no_cost_shifting": N_("费用不向下属单位、企业或其他单位转嫁（FIN-06）。"),
    "no_residence": N_("团员没有外国国籍或境外永久居留资格，有的已另行报告（DEL-14）。"),
    "unclassified": N_("申请内容不涉及国家秘密。"),
}


@dataclass(frozen=True)
class TaskSection:
    title: str
    delegation_class: DelegationClass = DelegationClass.GENERAL
    route_kind: RouteKind = RouteKind.FOREIGN
    purpose: str = ""
    is_urgent: bool = False
    is_poorly_connected: bool = False
    plan_item: str = ""
    fund_source: str = ""
    contact: str = ""


@dataclass(frozen=True)
class LegRow:
    """One move. ``to_country`` is an ISO 3166-1 code; CN ends the trip."""

    key: str
    depart_on: date | None = None
    arrive_on: date | None = None
    from_city: str = ""
    to_country: str = ""
    to_city: str = ""
    mode: str = "flight"
    transit: Transit = Transit.BUSINESS


@dataclass(frozen=True)
class SlotRow:
    key: str
    on_day: date | None = None
    half: Half = Half.AM
    what: str = ""
    is_official: bool = True


@dataclass(frozen=True)
class InvitationRow:
    """One letter. ``countries`` are ISO codes parted by spaces: the stays the letter covers."""

    key: str
    inviter: str = ""
    countries: str = ""
    profile: str = ""
    signatory: str = ""
    purpose: str = ""
    dated_on: date | None = None
    stay_from: date | None = None
    stay_until: date | None = None
    cost_bearer: CostBearer = CostBearer.OWN
    is_via_intermediary: bool = False


@dataclass(frozen=True)
class MemberRow:
    key: str
    name: str = ""
    person_id: UUID | None = None
    unit_code: str = ""
    post: str = ""
    rank: Rank = Rank.NONE
    role: MemberRole = MemberRole.MEMBER
    employment: Employment = Employment.SERVING


@dataclass(frozen=True)
class BudgetRow:
    """``claimed`` is per person and unit (night, day or ticket) in ``currency``; ``rate`` is yuan for one unit."""

    key: str
    item: BudgetItem = BudgetItem.OTHER
    country: str = ""
    city: str = ""
    currency: str = "CNY"
    persons: int = 0
    quantity: int = 0
    claimed: Decimal = Decimal(0)
    rate: Decimal | None = None
    host_provides: bool = False
    car_hired: bool = False
    note: str = ""


@dataclass(frozen=True)
class DeclarationSection:
    no_family: bool = False
    no_agency: bool = False
    no_cost_shifting: bool = False
    no_residence: bool = False
    unclassified: bool = False


@dataclass(frozen=True)
class ExplanationRow:
    """The applicant's own words to one finding that needs them. ``key`` is the rule's id."""

    key: str
    text: str = ""


Row = LegRow | SlotRow | InvitationRow | MemberRow | BudgetRow | ExplanationRow
Values = TaskSection | DeclarationSection | tuple[Row, ...]


@dataclass(frozen=True)
class SaveSection:
    """One section as the page sent it, with the marks of the values the page was made from."""

    number: str
    section: Section
    values: Values
    base: dict[str, str] = field(default_factory=dict)
