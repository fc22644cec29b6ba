"""Periods of digests: months in Asia/Shanghai, when they are built and when they are mailed."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from webapp.core.clock import SHANGHAI

MONTHLY = "monthly"
BUILD_AT = time(1, 5)
MAIL_AT = time(8, 30)
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class NoPeriodError(ValueError):
    """A text that names no month."""


def month_of(at: datetime) -> str:
    """Return the month ('2026-10') an instant lies in, by the office's clock."""
    return f"{at.astimezone(SHANGHAI):%Y-%m}"


def first_day(period: str) -> date:
    """Return the first day of a month; NoPeriodError when the text names none."""
    if not _MONTH.fullmatch(period) or period.startswith("0000"):
        raise NoPeriodError(period)
    return date(int(period[:4]), int(period[5:]), 1)


def following(period: str) -> str:
    """Return the month after."""
    return f"{first_day(period) + timedelta(days=31):%Y-%m}"


def preceding(period: str) -> str:
    """Return the month before."""
    return f"{first_day(period) - timedelta(days=1):%Y-%m}"


def bounds(period: str) -> tuple[datetime, datetime]:
    """Return the first instant of the month and of the next one, in UTC."""
    start, end = first_day(period), first_day(following(period))
    return _midnight(start), _midnight(end)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def build_at(period: str) -> datetime:
    """Return when a month's digest is built: 01:05 on the first day after it."""
    return datetime.combine(first_day(following(period)), BUILD_AT, SHANGHAI)


def mail_at(period: str, is_working_day: Callable[[date], bool]) -> datetime:
    """Return when a month's digest is mailed: 08:30 on the first working day after it."""
    day = first_day(following(period))
    while not is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, MAIL_AT, SHANGHAI)


def due_periods(first: str, now: datetime) -> Iterator[str]:
    """Yield the months from `first` on whose time to be built has come."""
    period = first
    while build_at(period) <= now:
        yield period
        period = following(period)
