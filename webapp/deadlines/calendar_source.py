"""Where a calendar's days come from before an office enters its own: two libraries' tables.

`chinesecalendar` holds the State Council's notices of past years and the present one; for years without a
notice `holidays` knows the festivals but no make-up days, so those years are provisional.
"""

from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from typing import NamedTuple

from chinese_calendar import constants

from webapp.core.i18n import N_
from webapp.deadlines.calendar import SATURDAY, DayKind, WorkCalendar, YearState

FIRST_YEAR = 2004
_NAMES = {
    "New Year's Day": N_("元旦"),
    "Spring Festival": N_("春节"),
    "Tomb-sweeping Day": N_("清明节"),
    "Labour Day": N_("劳动节"),
    "Dragon Boat Festival": N_("端午节"),
    "Mid-autumn Festival": N_("中秋节"),
    "National Day": N_("国庆节"),
    "Anti-Fascist 70th Day": N_("抗战胜利纪念日"),
}


class SourceDay(NamedTuple):
    day: date
    kind: DayKind
    name: str


def last_published_year() -> int:
    """The newest year whose notice the library holds."""
    return int(max(constants.holidays).year)


def source_name(year: int) -> str:
    package = "chinesecalendar" if year <= last_published_year() else "holidays"
    return f"{package} {version(package)}"


def state_of(year: int) -> YearState:
    return YearState.PUBLISHED if FIRST_YEAR <= year <= last_published_year() else YearState.PROVISIONAL


@cache
def days_of(year: int) -> tuple[SourceDay, ...]:
    """The exceptional days of a year: free weekdays and festival days, and worked weekends."""
    if state_of(year) is YearState.PUBLISHED:
        return _published(year)
    import holidays  # noqa: PLC0415 - asked for once a year; every process would load it at its start

    found = holidays.country_holidays("CN", years=[year], language="zh_CN")
    return tuple(SourceDay(day, DayKind.OFF, str(name)) for day, name in sorted(found.items()))


def _published(year: int) -> tuple[SourceDay, ...]:
    days = []
    day = date(year, 1, 1)
    while day.year == year:
        if day in constants.workdays and day.weekday() >= SATURDAY:
            days.append(SourceDay(day, DayKind.WORKED, _name(constants.workdays[day])))
        elif day in constants.holidays:
            days.append(SourceDay(day, DayKind.OFF, _name(constants.holidays[day])))
        day += timedelta(days=1)
    return tuple(days)


def _name(english: str) -> str:
    return _NAMES.get(english, english)


@cache
def library_calendar(first: int, last: int) -> WorkCalendar:
    """The calendar of the libraries alone, for the years from `first` to `last`."""
    years = range(first, last + 1)
    return WorkCalendar(
        version=source_name(min(last, last_published_year())),
        days={found.day: found.kind for year in years for found in days_of(year)},
        published=frozenset(year for year in years if state_of(year) is YearState.PUBLISHED),
    )
