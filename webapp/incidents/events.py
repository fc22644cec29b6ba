"""What happens to an incident. Names of persons and free text never lie in the public part of an entry."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from webapp.core.events import Event, detail, figure, personal
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class IncidentEvent(Event):
    """Every entry tells the state and level the incident had after it."""

    state: str = figure()
    level: int | None = figure()
    late_entry: int | None = figure(None)


@dataclass(frozen=True, kw_only=True)
class IncidentRegistered(IncidentEvent):
    name: ClassVar[str] = "incident.registered"
    label: ClassVar[str] = N_("登记案事件")
    notifies: ClassVar[bool] = True

    category: str = figure()
    country: str = figure()
    persons: int = figure()
    place: str = detail()
    reporter: str = personal("")
    account: str = detail("")
    # Code and edition of each rule the case's clocks run by.
    rules: str = detail("")


@dataclass(frozen=True, kw_only=True)
class LevelSet(IncidentEvent):
    name: ClassVar[str] = "incident.level_set"
    label: ClassVar[str] = N_("定级别")
    notifies: ClassVar[bool] = True

    category: str = figure()
    secrecy: str = figure()


@dataclass(frozen=True, kw_only=True)
class PersonAdded(IncidentEvent):
    name: ClassVar[str] = "incident.person_added"
    label: ClassVar[str] = N_("加当事人")

    country: str = figure()
    person_name: str = personal("")
    passport_no: str = personal("")


@dataclass(frozen=True, kw_only=True)
class MeasureAdded(IncidentEvent):
    name: ClassVar[str] = "incident.measure_added"
    label: ClassVar[str] = N_("登记措施")

    measure: str = figure()
    country: str = figure()
    notify_days: int | None = figure(None)
    started_at: datetime = detail()


@dataclass(frozen=True, kw_only=True)
class MeasureCorrected(IncidentEvent):
    name: ClassVar[str] = "incident.measure_corrected"
    label: ClassVar[str] = N_("更正措施时间")

    measure: str = figure()


@dataclass(frozen=True, kw_only=True)
class NoteAdded(IncidentEvent):
    name: ClassVar[str] = "incident.noted"
    label: ClassVar[str] = N_("记一笔")

    text: str = detail()
    source: str = detail("")


@dataclass(frozen=True, kw_only=True)
class ReportFiled(IncidentEvent):
    name: ClassVar[str] = "incident.report_filed"
    label: ClassVar[str] = N_("登记报告")

    report: str = figure()
    report_no: int = figure()
    late_minutes: int = figure()
    told: str = detail()


@dataclass(frozen=True, kw_only=True)
class NoticeRecorded(IncidentEvent):
    name: ClassVar[str] = "incident.notice_recorded"
    label: ClassVar[str] = N_("登记已通报")

    duty: str = figure()
    late_minutes: int = figure()
    told: str = detail()
    performer: str = detail()
    source: str = detail("")


@dataclass(frozen=True, kw_only=True)
class OptOutAccepted(IncidentEvent):
    name: ClassVar[str] = "incident.opt_out_accepted"
    label: ClassVar[str] = N_("本人要求不通知，依法免办")

    country: str = figure()
    statement: str = figure()


@dataclass(frozen=True, kw_only=True)
class OptOutRefused(IncidentEvent):
    name: ClassVar[str] = "incident.opt_out_refused"
    label: ClassVar[str] = N_("本人要求不通知，依法仍须通知")

    country: str = figure()
    statement: str = figure()
    refusal: str = figure()


@dataclass(frozen=True, kw_only=True)
class VisitRequested(IncidentEvent):
    name: ClassVar[str] = "incident.visit_requested"
    label: ClassVar[str] = N_("领馆要求探视")

    country: str = figure()


@dataclass(frozen=True, kw_only=True)
class ReplyAwaited(IncidentEvent):
    name: ClassVar[str] = "incident.reply_awaited"
    label: ClassVar[str] = N_("转为等对方回复")


@dataclass(frozen=True, kw_only=True)
class HandlingResumed(IncidentEvent):
    name: ClassVar[str] = "incident.handling_resumed"
    label: ClassVar[str] = N_("继续处置")


@dataclass(frozen=True, kw_only=True)
class HandlingEnded(IncidentEvent):
    name: ClassVar[str] = "incident.handling_ended"
    label: ClassVar[str] = N_("处置结束")


@dataclass(frozen=True, kw_only=True)
class PersonNamed(IncidentEvent):
    name: ClassVar[str] = "incident.person_named"
    label: ClassVar[str] = N_("指定知情人")
    notifies: ClassVar[bool] = True

    named: str = detail()
    account: UUID | None = detail()


@dataclass(frozen=True, kw_only=True)
class PersonUnnamed(IncidentEvent):
    name: ClassVar[str] = "incident.person_unnamed"
    label: ClassVar[str] = N_("取消知情人")

    named: str = detail()


@dataclass(frozen=True, kw_only=True)
class LeadChanged(IncidentEvent):
    name: ClassVar[str] = "incident.lead_changed"
    label: ClassVar[str] = N_("移交负责人")
    notifies: ClassVar[bool] = True

    lead: str = detail()


@dataclass(frozen=True, kw_only=True)
class IncidentClosed(IncidentEvent):
    name: ClassVar[str] = "incident.closed"
    label: ClassVar[str] = N_("结案")

    category: str = figure()


@dataclass(frozen=True, kw_only=True)
class IncidentReopened(IncidentEvent):
    name: ClassVar[str] = "incident.reopened"
    label: ClassVar[str] = N_("重新打开")
    notifies: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class PersonsUnmasked(IncidentEvent):
    name: ClassVar[str] = "incident.persons_unmasked"
    label: ClassVar[str] = N_("查看当事人全部信息")

    persons: int = figure()
