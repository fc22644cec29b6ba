"""What happens to a deadline; every event is about the object the deadline belongs to."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class DeadlineEvent(Event):
    """Fields common to all: which deadline, of what kind, on which ladder, in seconds from its legal end."""

    deadline: UUID = figure()
    kind: str = figure()
    ladder: str = figure()
    seconds_after_due: int = figure()
    title: str = detail()
    due_at: datetime = detail()


@dataclass(frozen=True, kw_only=True)
class DeadlineOpened(DeadlineEvent):
    name: ClassVar[str] = "deadline.opened"
    label: ClassVar[str] = N_("开始计时")

    legal_source: str = detail("")
    performer: str = detail("")


@dataclass(frozen=True, kw_only=True)
class DeadlineReminder(DeadlineEvent):
    """A step of the ladder: `level` links of the chain above the owner are told as well."""

    notifies: ClassVar[bool] = True

    step: str = figure()
    level: int = figure()


@dataclass(frozen=True, kw_only=True)
class DeadlineApproaching(DeadlineReminder):
    name: ClassVar[str] = "deadline.approaching"
    label: ClassVar[str] = N_("时限临近")


@dataclass(frozen=True, kw_only=True)
class DeadlineMissed(DeadlineReminder):
    """Recorded once, with the first step at or after the legal end; `occurred_at` is that end."""

    name: ClassVar[str] = "deadline.missed"
    label: ClassVar[str] = N_("时限已过")


@dataclass(frozen=True, kw_only=True)
class DeadlineReminded(DeadlineReminder):
    name: ClassVar[str] = "deadline.reminded"
    label: ClassVar[str] = N_("逾期催办")


@dataclass(frozen=True, kw_only=True)
class DeadlineEscalated(DeadlineReminder):
    """Nobody opened a statutory reminder for 30 minutes: the next link of the chain is told."""

    name: ClassVar[str] = "deadline.escalated"
    label: ClassVar[str] = N_("无人查看，上报上一级")


@dataclass(frozen=True, kw_only=True)
class DeadlineMet(DeadlineEvent):
    name: ClassVar[str] = "deadline.met"
    label: ClassVar[str] = N_("按时完成")


@dataclass(frozen=True, kw_only=True)
class DeadlineMetLate(DeadlineEvent):
    name: ClassVar[str] = "deadline.met_late"
    label: ClassVar[str] = N_("逾期完成")


@dataclass(frozen=True, kw_only=True)
class DeadlineWaived(DeadlineEvent):
    name: ClassVar[str] = "deadline.waived"
    label: ClassVar[str] = N_("时限豁免")


@dataclass(frozen=True, kw_only=True)
class DeadlineCancelled(DeadlineEvent):
    name: ClassVar[str] = "deadline.cancelled"
    label: ClassVar[str] = N_("停止计时")


@dataclass(frozen=True, kw_only=True)
class DeadlinePaused(DeadlineEvent):
    """The clock stands: what it measures waits for somebody else. Nothing rings meanwhile."""

    name: ClassVar[str] = "deadline.paused"
    label: ClassVar[str] = N_("暂停计时")


@dataclass(frozen=True, kw_only=True)
class DeadlineContinued(DeadlineEvent):
    """It goes on; the end has moved by the `working_days` of the pause (its `minutes` where hours are counted)."""

    name: ClassVar[str] = "deadline.continued"
    label: ClassVar[str] = N_("恢复计时")

    minutes: int = figure()
    working_days: int = figure()


@dataclass(frozen=True, kw_only=True)
class DeadlineReopened(DeadlineEvent):
    """What had met or ended it was taken back: the same time runs again, to the same end."""

    name: ClassVar[str] = "deadline.reopened"
    label: ClassVar[str] = N_("重新计时")


@dataclass(frozen=True, kw_only=True)
class DeadlineReaddressed(DeadlineEvent):
    name: ClassVar[str] = "deadline.readdressed"
    label: ClassVar[str] = N_("时限责任人变更")
    notifies: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class DeadlineMoved(DeadlineEvent):
    """The calendar changed and the end falls on another day; `before` is the old end."""

    name: ClassVar[str] = "deadline.moved"
    label: ClassVar[str] = N_("时限随日历变动")
    notifies: ClassVar[bool] = True

    before: datetime = detail()


@dataclass(frozen=True, kw_only=True)
class DeadlineRecounted(DeadlineEvent):
    """The calendar changed, the end stays: only its mark as provisional came or went."""

    name: ClassVar[str] = "deadline.recounted"
    label: ClassVar[str] = N_("时限重算，日期不变")


@dataclass(frozen=True, kw_only=True)
class ClockStepped(Event):
    """The machine's clock went backwards by more than five minutes."""

    name: ClassVar[str] = "clock.stepped_back"
    label: ClassVar[str] = N_("系统时钟回拨")

    seconds: int = figure()


@dataclass(frozen=True, kw_only=True)
class ClockBrakePulled(Event):
    """A leap of the clock would have sent over 200 reminders at once: those of working hours are held."""

    name: ClassVar[str] = "clock.brake_pulled"
    label: ClassVar[str] = N_("时钟异常，暂停普通提醒")
    notifies: ClassVar[bool] = True

    waiting: int = figure()
    seconds: int = figure()


@dataclass(frozen=True, kw_only=True)
class ClockBrakeReleased(Event):
    name: ClassVar[str] = "clock.brake_released"
    label: ClassVar[str] = N_("恢复普通提醒")
