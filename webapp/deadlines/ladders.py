"""Reminder ladders as data, and the pure functions that find the next step and the steps that are due.

Two kinds exist. *Elapsed* ladders count hours from the end of the period and ring at any hour: nobody's
detention waits for Monday. *Office* ladders count working days and ring at 09:00 of a working day: a reminder
that arrives on a Sunday is read on Monday together with everything else.
All moments are aware; dates and times of day are those of Asia/Shanghai.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count, takewhile
from typing import Protocol

from webapp.core.clock import SHANGHAI
from webapp.deadlines.states import Ladder


class WorkingDays(Protocol):
    """The one question a ladder asks the calendar."""

    def is_working_day(self, day: date) -> bool: ...


@dataclass(frozen=True, slots=True)
class ElapsedLadder:
    """Steps `before` the end, one at the end, then one every `repeat` without end."""

    before: tuple[timedelta, ...]
    repeat: timedelta


@dataclass(frozen=True, slots=True)
class OfficeLadder:
    """Steps on working days counted from the last day (0), then one every `repeat` working days without end.

    From the step `superior_from` on, the superior is told as well.
    """

    offsets: tuple[int, ...]
    repeat: int
    superior_from: int | None = None


LADDERS: dict[Ladder, ElapsedLadder | OfficeLadder] = {
    Ladder.STAGE: OfficeLadder(offsets=(-1, 0, 1), repeat=1, superior_from=2),
    Ladder.DUTY: OfficeLadder(offsets=(-3, -1, 0, 1, 3), repeat=5),
    Ladder.STATUTORY: ElapsedLadder(
        before=(timedelta(hours=24), timedelta(hours=6), timedelta(hours=2)), repeat=timedelta(hours=1)
    ),
    Ladder.FIRST_REPORT: ElapsedLadder(
        before=(timedelta(minutes=60), timedelta(minutes=30)), repeat=timedelta(hours=1)
    ),
}
"""Defaults of an office. A weekly step of the duties after return is five working days."""

STEP_TIME = time(9, 0)
OFFICE_OPENS, OFFICE_CLOSES = time(8, 0), time(18, 0)
UNREAD_PATIENCE = timedelta(minutes=30)
"""A statutory reminder nobody has opened for this long goes to the next link of the chain."""

KEPT_SKIPS = 240
"""Skipped steps written one by one after an outage (ten days of hourly ones); older ones are only counted."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What a ladder needs to know of a deadline: `target_at`, when set, is where the ladder hangs."""

    ladder: Ladder
    due_at: datetime
    target_at: datetime | None = None

    @property
    def end(self) -> datetime:
        return self.target_at or self.due_at


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a key, unique in its deadline, its moment, and how far up the chain it is addressed."""

    key: str
    at: datetime
    level: int = 0


@dataclass(frozen=True, slots=True)
class DueSteps:
    """What one look at the clock found: the step to send, those it overtook, a number of still older ones."""

    latest: Step
    skipped: tuple[Step, ...] = ()
    folded: int = 0


def next_step(timing: Timing, after: datetime, calendar: WorkingDays) -> Step:
    """The first step strictly after a moment; ladders end only when their deadline is closed."""
    return next(steps_after(timing, after, calendar))


def due_steps(timing: Timing, after: datetime, now: datetime, calendar: WorkingDays) -> DueSteps | None:
    """The steps with after < step.at <= now, folded for sending; None when there are none."""
    due = list(takewhile(lambda step: step.at <= now, steps_after(timing, after, calendar)))
    if not due:
        return None
    skipped = due[:-1]
    return DueSteps(due[-1], tuple(skipped[-KEPT_SKIPS:]), max(0, len(skipped) - KEPT_SKIPS))


def steps_after(timing: Timing, after: datetime, calendar: WorkingDays) -> Iterator[Step]:
    """All steps strictly after a moment, in order, without end."""
    ladder = LADDERS[timing.ladder]
    if isinstance(ladder, ElapsedLadder):
        yield from _elapsed_steps(ladder, timing.end, after)
    else:
        yield from _office_steps(ladder, timing.end, after, calendar)


def waits_until(ladder: Ladder, now: datetime, calendar: WorkingDays) -> datetime | None:
    """When the office next opens, for a step that only goes out in working hours; None when it may go now."""
    if isinstance(LADDERS[ladder], ElapsedLadder):
        return None
    local = now.astimezone(SHANGHAI)
    day = local.date()
    if calendar.is_working_day(day):
        if OFFICE_OPENS <= local.time() < OFFICE_CLOSES:
            return None
        if local.time() < OFFICE_OPENS:
            return _at(day, OFFICE_OPENS)
    return _at(_working_day(day, 1, calendar), OFFICE_OPENS)


def _elapsed_steps(ladder: ElapsedLadder, end: datetime, after: datetime) -> Iterator[Step]:
    for gap in ladder.before:
        if end - gap > after:
            yield Step(f"-{_span(gap)}", end - gap)
    if end > after:
        yield Step("due", end)
    # Years of hourly steps must not be walked one by one after a wrong clock: start at the first one wanted.
    for number in count(max(1, (after - end) // ladder.repeat + 1)):
        yield Step(f"+{_span(ladder.repeat * number)}", end + ladder.repeat * number)


def _office_steps(
    ladder: OfficeLadder, end: datetime, after: datetime, calendar: WorkingDays
) -> Iterator[Step]:
    # "24:00 of the fifth" is stored as 00:00 of the sixth; its last day is the fifth.
    last_day = (end - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
    day, reached = last_day, 0
    for offset in _offsets(ladder):
        if offset > 0:
            day = _working_day(day, offset - reached, calendar)
            reached = offset
            moment = _at(day, STEP_TIME)
        else:
            moment = _at(_day_until(last_day, offset, calendar), STEP_TIME)
        if moment > after:
            superior = ladder.superior_from is not None and offset >= ladder.superior_from
            yield Step(f"wd{offset:+d}", moment, int(superior))


def _offsets(ladder: OfficeLadder) -> Iterator[int]:
    yield from ladder.offsets
    yield from count(ladder.offsets[-1] + ladder.repeat, ladder.repeat)


def _day_until(last_day: date, offset: int, calendar: WorkingDays) -> date:
    """The last day itself or working days before it; a last day off work warns on the one before it."""
    if offset == 0 and calendar.is_working_day(last_day):
        return last_day
    return _working_day(last_day, min(offset, -1), calendar)


def _working_day(day: date, steps: int, calendar: WorkingDays) -> date:
    """The n-th working day strictly after (n > 0) or before (n < 0) a day, itself a working day or not."""
    direction = timedelta(days=1 if steps > 0 else -1)
    for _ in range(abs(steps)):
        day += direction
        while not calendar.is_working_day(day):
            day += direction
    return day


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, SHANGHAI)


def _span(gap: timedelta) -> str:
    minutes = int(gap.total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    return f"{minutes}m" if rest else f"{hours}h"
