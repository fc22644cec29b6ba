"""The working-day calendar as a value: counting days, months and working hours, all in Asia/Shanghai.

Counting follows 民法典 第200至204条: the first day is not counted; a month ends on the same day of the next
month or on its last day; a term that ends on a rest day ends on the next working day where the rule says so.
Working days are those of the State Council's yearly notice, worked Saturdays and Sundays included.
"""

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from webapp.core.clock import SHANGHAI, local_date, local_midnight
from webapp.core.i18n import N_
from webapp.deadlines.states import TimeUnit

SATURDAY = 5
OPENS = time(8, 0)
CLOSES = time(18, 0)
_DAY = timedelta(days=1)


class DayKind(StrEnum):
    """An exceptional day: free, or worked although it is a Saturday or Sunday."""

    OFF = "off"
    WORKED = "worked"


class YearState(StrEnum):
    """Whether the State Council's notice for the year is in, or only the known festivals are."""

    PUBLISHED = "published"
    PROVISIONAL = "provisional"


LABELS: dict[StrEnum, str] = {
    DayKind.OFF: N_("休"),
    DayKind.WORKED: N_("班"),
    YearState.PUBLISHED: N_("已公布"),
    YearState.PROVISIONAL: N_("暂定"),
}


class Counted(NamedTuple):
    """A day that was counted to, and whether the way there crosses a year without a notice (暂定)."""

    day: date
    provisional: bool


@dataclass(frozen=True)
class WorkCalendar:
    """Exceptional days and the years they are published for. `version` is kept with every computed deadline."""

    version: str
    days: Mapping[date, DayKind] = field(default_factory=dict)
    published: frozenset[int] = frozenset()

    def with_year(self, year: int, days: Mapping[date, DayKind]) -> "WorkCalendar":
        """The calendar as it would be with a year's notice in."""
        others = {day: kind for day, kind in self.days.items() if day.year != year}
        return WorkCalendar(version=self.version, days=others | dict(days), published=self.published | {year})

    def is_working_day(self, day: date) -> bool:
        kind = self.days.get(day)
        if kind is None:
            return day.weekday() < SATURDAY
        return kind is DayKind.WORKED

    def is_provisional(self, first: date, last: date) -> bool:
        """True when any day from `first` to `last` lies in a year without a notice."""
        low, high = min(first, last), max(first, last)
        return any(year not in self.published for year in range(low.year, high.year + 1))

    def nth_working_day(self, start: date, n: int) -> Counted:
        """The n-th working day strictly after `start` (before it for a negative n), also from a rest day.

        For n = 0 the start itself, or the next working day when it is a rest day.
        """
        if n == 0:
            return self.rolled(start)
        step = _DAY if n > 0 else -_DAY
        day, left = start, abs(n)
        while left:
            day += step
            if self.is_working_day(day):
                left -= 1
        return Counted(day, self.is_provisional(start + step, day))

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` lies before `start`.

        So `working_days_between(a, nth_working_day(a, n).day) == n`.
        """
        low, high = min(start, end), max(start, end)
        if start <= end:
            days = ((low + _DAY * i) for i in range(1, (high - low).days + 1))
            return sum(self.is_working_day(day) for day in days)
        days = ((low + _DAY * i) for i in range((high - low).days))
        return -sum(self.is_working_day(day) for day in days)

    def rolled(self, day: date) -> Counted:
        """The day itself if it is worked, else the next working day (民法典 第203条)."""
        last = day
        while not self.is_working_day(last):
            last += _DAY
        return Counted(last, self.is_provisional(day, last))

    def calendar_days(self, start: date, n: int, *, roll: bool = False) -> Counted:
        """The n-th calendar day after `start`; with `roll` moved on to a working day. Rest days count."""
        end = start + _DAY * n
        return self.rolled(end) if roll else Counted(end, provisional=False)

    def months(self, start: date, n: int, *, roll: bool = False) -> Counted:
        """The same day n months later, or the last day of that month (民法典 第202条)."""
        end = add_months(start, n)
        return self.rolled(end) if roll else Counted(end, provisional=False)

    def is_working_time(self, at: datetime) -> bool:
        """Working days from 08:00 up to but not including 18:00, Asia/Shanghai."""
        local = at.astimezone(SHANGHAI)
        return self.is_working_day(local.date()) and OPENS <= local.time() < CLOSES


@dataclass(frozen=True, kw_only=True)
class Term:
    """How an end was counted, kept so that it can be counted again when the calendar changes.

    `count` units after `start`, the first day not counted; `roll`: an end on a rest day moves on to a working day.
    """

    start: date
    count: int
    unit: TimeUnit
    roll: bool = False

    def last_day(self, calendar: WorkCalendar) -> Counted:
        """The last day in time. Raises `ValueError` for a unit that is not counted in days."""
        if self.unit is TimeUnit.WORKING_DAYS:
            return calendar.nth_working_day(self.start, self.count)
        if self.unit is TimeUnit.MONTHS:
            return calendar.months(self.start, self.count, roll=self.roll)
        if self.unit is TimeUnit.CALENDAR_DAYS:
            return calendar.calendar_days(self.start, self.count, roll=self.roll)
        msg = f"a term of days cannot be counted in {self.unit}"
        raise ValueError(msg)

    @property
    def follows_calendar(self) -> bool:
        """Whether another calendar can move the end."""
        return self.unit is TimeUnit.WORKING_DAYS or self.roll


def add_months(start: date, n: int) -> date:
    """The same day of the month n months on; the month's last day where it has no such day."""
    index = start.year * 12 + start.month - 1 + n
    year, month = divmod(index, 12)
    last = months.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def end_of(day: date) -> datetime:
    """24:00 of a day in Asia/Shanghai as an instant in UTC: a term of days ends there."""
    return local_midnight(day + _DAY)


def last_day(due_at: datetime) -> date:
    """The last day in time of a term of days, whose end `end_of` gave."""
    return local_date(due_at) - _DAY
