"""What happens to trips. Figures are public and counted by digests; texts and names are redactable."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class TripEvent(Event):
    """All events of a trip say the round they belong to."""

    round: int = figure(0)


@dataclass(frozen=True, kw_only=True)
class _JourneyEvent(TripEvent):
    """What was asked for and what was permitted are counted by the same figures."""

    persons: int = figure()
    days: int = figure()
    delegation_class: str = figure()
    route_kind: str = figure()
    countries: str = figure()
    title: str = detail()


@dataclass(frozen=True, kw_only=True)
class TripDrafted(TripEvent):
    name: ClassVar[str] = "trip.drafted"
    label: ClassVar[str] = N_("新建草稿")
    title: str = detail()


@dataclass(frozen=True, kw_only=True)
class TripEdited(TripEvent):
    name: ClassVar[str] = "trip.edited"
    label: ClassVar[str] = N_("修改申请内容")
    section: str = figure()
    cells: int = figure()


@dataclass(frozen=True, kw_only=True)
class TripDiscarded(TripEvent):
    name: ClassVar[str] = "trip.discarded"
    label: ClassVar[str] = N_("删除草稿")


@dataclass(frozen=True, kw_only=True)
class TripSubmitted(_JourneyEvent):
    name: ClassVar[str] = "trip.submitted"
    label: ClassVar[str] = N_("提交申请")
    notifies: ClassVar[bool] = True
    blockers: int = figure()
    to_explain: int = figure()
    passed: int = figure()
    total_fen: int = figure()
    content: str = figure()


@dataclass(frozen=True, kw_only=True)
class TripWithdrawn(TripEvent):
    name: ClassVar[str] = "trip.withdrawn"
    label: ClassVar[str] = N_("撤回申请")
    persons: int = figure()


@dataclass(frozen=True, kw_only=True)
class TripReturned(TripEvent):
    name: ClassVar[str] = "trip.returned"
    label: ClassVar[str] = N_("退回修改")
    stage: str = figure()
    title: str = detail()


@dataclass(frozen=True, kw_only=True)
class TripRefused(TripEvent):
    name: ClassVar[str] = "trip.refused"
    label: ClassVar[str] = N_("不予批准")
    persons: int = figure()
    stage: str = figure()
    title: str = detail()


@dataclass(frozen=True, kw_only=True)
class PermitIssued(_JourneyEvent):
    name: ClassVar[str] = "permit.issued"
    label: ClassVar[str] = N_("签发批件")
    notifies: ClassVar[bool] = True
    permit_no: str = figure()
    waivers: int = figure()


@dataclass(frozen=True, kw_only=True)
class PermitRevoked(TripEvent):
    name: ClassVar[str] = "permit.revoked"
    label: ClassVar[str] = N_("撤销批件")
    persons: int = figure()
    permit_no: str = figure()
    title: str = detail()


@dataclass(frozen=True, kw_only=True)
class NoticePosted(TripEvent):
    name: ClassVar[str] = "notice.posted"
    label: ClassVar[str] = N_("登记事前公示")
    posted_on: str = figure()
    posting_unit: str = figure()
    objection: int = figure(0)
    place: str = detail()


@dataclass(frozen=True, kw_only=True)
class WaiverAsked(TripEvent):
    name: ClassVar[str] = "waiver.asked"
    label: ClassVar[str] = N_("申请例外")
    rule: str = figure()


@dataclass(frozen=True, kw_only=True)
class WaiverDecided(TripEvent):
    name: ClassVar[str] = "waiver.decided"
    label: ClassVar[str] = N_("例外申请有了决定")
    notifies: ClassVar[bool] = True
    rule: str = figure()
    title: str = detail()


@dataclass(frozen=True, kw_only=True)
class TripDeparted(TripEvent):
    name: ClassVar[str] = "trip.departed"
    label: ClassVar[str] = N_("登记出境")
    left_on: str = figure()


@dataclass(frozen=True, kw_only=True)
class TripCameBack(TripEvent):
    name: ClassVar[str] = "trip.came_back"
    label: ClassVar[str] = N_("登记入境")
    back_on: str = figure()
    days: int = figure()
    approved_days: int = figure()
    countries: str = figure("")
    red_eye: int = figure(0)
    title: str = detail()


@dataclass(frozen=True, kw_only=True)
class ReportFiled(TripEvent):
    name: ClassVar[str] = "report.filed"
    label: ClassVar[str] = N_("提交出访报告")
    content: str = figure()


@dataclass(frozen=True, kw_only=True)
class PublicationRecorded(TripEvent):
    name: ClassVar[str] = "publication.recorded"
    label: ClassVar[str] = N_("登记事后公示")
    published_on: str = figure()
    place: str = detail()


@dataclass(frozen=True, kw_only=True)
class ReturnExplained(TripEvent):
    name: ClassVar[str] = "return.explained"
    label: ClassVar[str] = N_("说明回国情况")
    content: str = figure()


@dataclass(frozen=True, kw_only=True)
class ReturnConfirmed(TripEvent):
    """Judged by PST-01, 03, 04 and 05: days late (0: in time), and what differed from the permit."""

    name: ClassVar[str] = "return.confirmed"
    label: ClassVar[str] = N_("确认回国事项")
    edition: str = figure()
    passports: int = figure()
    passports_late: int = figure()
    passport_late_days: int = figure()
    report_late_days: int = figure()
    publication_late_days: int = figure()
    days_over: int = figure()
    differences: int = figure()


@dataclass(frozen=True, kw_only=True)
class ReimbursementRecorded(TripEvent):
    """`late_days` over the term of PST-06; the reason says why."""

    name: ClassVar[str] = "reimbursement.recorded"
    label: ClassVar[str] = N_("登记报销核销")
    claimed_on: str = figure()
    amount_fen: int = figure()
    days: int = figure()
    persons: int = figure()
    countries: str = figure()
    late_days: int = figure()


@dataclass(frozen=True, kw_only=True)
class TripClosed(TripEvent):
    name: ClassVar[str] = "trip.closed"
    label: ClassVar[str] = N_("办结")


@dataclass(frozen=True, kw_only=True)
class _TemplateEvent(Event):
    route_kind: str = figure()
    template: str = figure()
    first_number: int | None = figure(default=None)


@dataclass(frozen=True, kw_only=True)
class TemplateProposed(_TemplateEvent):
    name: ClassVar[str] = "permit_template.proposed"
    label: ClassVar[str] = N_("提出批件文号格式")


@dataclass(frozen=True, kw_only=True)
class TemplateConfirmed(_TemplateEvent):
    """From here on permits are numbered so. Numbers skipped stand in the entry, with the reason."""

    name: ClassVar[str] = "permit_template.confirmed"
    label: ClassVar[str] = N_("启用批件文号格式")
    skipped_from: int | None = figure(default=None)
    skipped_until: int | None = figure(default=None)


@dataclass(frozen=True, kw_only=True)
class TemplateRefused(_TemplateEvent):
    name: ClassVar[str] = "permit_template.refused"
    label: ClassVar[str] = N_("未通过批件文号格式")
