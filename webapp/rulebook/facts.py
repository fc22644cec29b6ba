"""What the rules look at, as values only: the trips feature fills `TripFacts`, the checks read nothing else.

Dates are calendar days in Asia/Shanghai; countries are ISO 3166-1 alpha-2 codes (HK, MO and TW are flows of
their own); units are unit codes with the name shown to people. `row` counts from 1 as on the page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from webapp.rulebook.states import BudgetItem, DelegationClass, Employment, Half, Rank, RouteKind


@dataclass(frozen=True, kw_only=True)
class Leg:
    """A stay or a stopover. A stopover inside the airport (`is_airside`) is no country visited."""

    row: int
    country: str
    city: str = ""
    arrive_on: date
    leave_on: date
    is_business: bool = True
    is_airside: bool = False


@dataclass(frozen=True, kw_only=True)
class Member:
    row: int
    name: str
    unit_code: str
    unit_name: str = ""
    rank: Rank = Rank.NONE
    is_head: bool = False
    is_interpreter: bool = False
    employment: Employment = Employment.SERVING


@dataclass(frozen=True, kw_only=True)
class Slot:
    """Half a day of the schedule; travelling time that serves no official activity is not official."""

    day: date
    half: Half
    is_official: bool
    row: int = 0


@dataclass(frozen=True, kw_only=True)
class BudgetRow:
    """One line of the budget. `rate` is per person and night or day in `currency`, `amount` the line's total.

    `units` are nights (lodging) or days. Fares and other costs have `rate` None; `cny` is None while no
    exchange rate is known.
    """

    row: int
    item: BudgetItem
    amount: Decimal
    currency: str
    cny: Decimal | None
    country: str = ""
    city: str = ""
    units: int = 0
    people: int = 0
    rate: Decimal | None = None
    above_cap_approved: bool = False


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """`countries` names every country whose stay this letter covers. Empty texts are fields not filled."""

    row: int
    countries: tuple[str, ...]
    inviter: str = ""
    signatory: str = ""
    purpose: str = ""
    dated_on: date | None = None
    stay_from: date | None = None
    stay_until: date | None = None
    cost_bearer: str = ""
    has_original: bool = False
    has_translation: bool = False
    is_via_intermediary: bool = False


@dataclass(frozen=True, kw_only=True)
class NoticePost:
    """A unit's public notice before the trip. `missing` names required contents it lacks."""

    unit_code: str
    unit_name: str = ""
    posted_on: date
    missing: tuple[str, ...] = ()
    has_open_objection: bool = False


@dataclass(frozen=True, kw_only=True)
class PlanItemFacts:
    """The annual plan item the request hangs on; `is_addition` is one approved as a change of the plan."""

    number: str
    year: int
    is_approved: bool
    is_addition: bool = False


@dataclass(frozen=True, kw_only=True)
class QuotaFacts:
    """Person-times or delegations of one unit's year, without what this request itself holds."""

    unit_code: str
    unit_name: str = ""
    year: int
    granted: int
    used: int
    reserved: int

    @property
    def left(self) -> int:
        return self.granted - self.used - self.reserved


@dataclass(frozen=True, kw_only=True)
class BudgetFacts:
    """Yuan of the unit's annual outbound budget, without what this request itself holds."""

    year: int
    granted: Decimal
    used: Decimal
    reserved: Decimal

    @property
    def left(self) -> Decimal:
        return self.granted - self.used - self.reserved


@dataclass(frozen=True, kw_only=True)
class OtherRequest:
    """Another live request that may be the other half of a split delegation."""

    number: str
    unit_code: str
    unit_name: str
    inviters: tuple[str, ...]
    exit_on: date
    entry_on: date
    countries: tuple[str, ...]
    member_count: int


@dataclass(frozen=True, kw_only=True)
class OverduePassport:
    """A passport of the unit that was due on `due_on` and is not back."""

    holder: str
    trip_number: str
    due_on: date


@dataclass(frozen=True, kw_only=True)
class PassportBack:
    row: int
    holder: str
    returned_on: date | None


@dataclass(frozen=True, kw_only=True)
class ClaimFacts:
    """The claim as finance has it on the desk: what is paid for, and what lies with it."""

    claimed_on: date
    days: int
    people: int
    countries: tuple[str, ...]
    has_border_record: bool = True
    is_in_chinese: bool = True
    has_head_signature: bool = True
    is_paid_by_transfer: bool = True


@dataclass(frozen=True, kw_only=True)
class TravelFacts:
    """What really happened, from the border record, and what was handed in afterwards.

    `countries` are those really visited; `is_red_eye`: the border was crossed before midnight for a flight after it.
    """

    exit_on: date
    entry_on: date
    passports: tuple[PassportBack, ...] = ()
    countries: tuple[str, ...] = ()
    is_red_eye: bool = False
    reported_on: date | None = None
    published_on: date | None = None
    claim: ClaimFacts | None = None

    @property
    def days(self) -> int:
        """Days abroad by the border record: the day of exit and the day of entry both count."""
        return (self.entry_on - self.exit_on).days + 1


@dataclass(frozen=True, kw_only=True)
class TripFacts:
    """A request as the rules see it. Parts that do not exist yet are empty or None."""

    organizing_unit: str
    organizing_unit_name: str
    exit_on: date
    entry_on: date
    legs: tuple[Leg, ...]
    members: tuple[Member, ...]
    number: str = ""
    delegation_class: DelegationClass = DelegationClass.GENERAL
    route_kind: RouteKind = RouteKind.FOREIGN
    has_poor_connection: bool = False
    is_urgent: bool = False
    is_classified: bool = False
    is_publicly_funded: bool = True
    has_academic_task: bool = False
    slots: tuple[Slot, ...] = ()
    budget: tuple[BudgetRow, ...] = ()
    has_free_transport: bool = False
    meals_are_provided: bool = False
    lodging_is_provided: bool = False
    invitations: tuple[Invitation, ...] = ()
    notices: tuple[NoticePost, ...] = ()
    plan_item: PlanItemFacts | None = None
    quotas: tuple[QuotaFacts, ...] = ()
    delegation_quota: QuotaFacts | None = None
    unit_budget: BudgetFacts | None = None
    other_requests: tuple[OtherRequest, ...] = ()
    overdue_passports: tuple[OverduePassport, ...] = ()
    submitted_on: date | None = None
    permit_issued_on: date | None = None
    permit_number: str = ""
    left_on: date | None = None
    travel: TravelFacts | None = None
    unit_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def days(self) -> int:
        """Days abroad: the day of exit and the day of entry both count."""
        return (self.entry_on - self.exit_on).days + 1

    @property
    def business_countries(self) -> tuple[str, ...]:
        """Countries with official business, in order of the journey, each once."""
        return _once(leg.country for leg in self.legs if leg.is_business)

    @property
    def entered_countries(self) -> tuple[str, ...]:
        """Countries visited, and stopovers outside the airport."""
        return _once(leg.country for leg in self.legs if leg.is_business or not leg.is_airside)

    @property
    def noticing_units(self) -> tuple[str, ...]:
        """The organising unit and every sending unit: all of them post the notice."""
        return _once((self.organizing_unit, *(member.unit_code for member in self.members)))

    def unit_name(self, code: str) -> str:
        if code == self.organizing_unit:
            return self.organizing_unit_name
        named = {member.unit_code: member.unit_name for member in self.members if member.unit_name}
        return self.unit_names.get(code) or named.get(code) or code


def _once(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
