"""States, ladders and units of a deadline, with the words shown for them."""

from enum import StrEnum

from webapp.core.i18n import N_


class DeadlineState(StrEnum):
    """Where a deadline stands; only OPEN ones remind. A PAUSED one stands still and goes on later."""

    OPEN = "open"
    PAUSED = "paused"
    MET = "met"
    MET_LATE = "met_late"
    WAIVED = "waived"
    CANCELLED = "cancelled"


class Ladder(StrEnum):
    """Which series of reminders a deadline climbs (the series themselves: `ladders.py`)."""

    STAGE = "stage"
    DUTY = "duty"
    STATUTORY = "statutory"
    FIRST_REPORT = "first_report"


class TimeUnit(StrEnum):
    """What the period of a deadline was counted in."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    HOURS = "hours"
    MONTHS = "months"


class Confidence(StrEnum):
    """How well the source of a legal period is known."""

    VERIFIED = "verified"
    SECOND_HAND = "second_hand"
    UNVERIFIED = "unverified"


class StepState(StrEnum):
    """What became of one step of a ladder: sent, or overtaken by a later one before anybody could send it."""

    SENT = "sent"
    SKIPPED = "skipped"


LABELS: dict[StrEnum, str] = {
    DeadlineState.OPEN: N_("未完成"),
    DeadlineState.PAUSED: N_("暂停计时"),
    DeadlineState.MET: N_("按时完成"),
    DeadlineState.MET_LATE: N_("逾期完成"),
    DeadlineState.WAIVED: N_("已豁免"),
    DeadlineState.CANCELLED: N_("已取消"),
    Ladder.STAGE: N_("环节时限"),
    Ladder.DUTY: N_("回国后事项"),
    Ladder.STATUTORY: N_("法定时限"),
    Ladder.FIRST_REPORT: N_("首报时限"),
    TimeUnit.WORKING_DAYS: N_("工作日"),
    TimeUnit.CALENDAR_DAYS: N_("日"),
    TimeUnit.HOURS: N_("小时"),
    TimeUnit.MONTHS: N_("个月"),
    Confidence.VERIFIED: N_("已核实"),
    Confidence.SECOND_HAND: N_("二手"),
    Confidence.UNVERIFIED: N_("未核实"),
    StepState.SENT: N_("已提醒"),
    StepState.SKIPPED: N_("已跳过"),
}

RUNNING = frozenset({DeadlineState.OPEN, DeadlineState.PAUSED})
"""Not over: what is paused is met, cancelled and handed over like what runs."""

STATUTORY_LADDERS = frozenset({Ladder.STATUTORY, Ladder.FIRST_REPORT})
"""Ladders that ring at any hour, are never held back by the brake and go up the chain when nobody reads."""
