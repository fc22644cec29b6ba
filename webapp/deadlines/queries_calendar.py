"""Reading side of the calendar: the value all computing uses, and what the settings page lists."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.core.errors import NotFound
from webapp.core.questions import Question, ask
from webapp.deadlines import calendar_source
from webapp.deadlines.calendar import DayKind, WorkCalendar, YearState
from webapp.deadlines.models_calendar import CalendarDay, CalendarEdition, CalendarYear

YEARS_AHEAD = 3
_KEPT = 4
_cache: "OrderedDict[UUID, WorkCalendar]" = OrderedDict()


def work_calendar(session: Session) -> WorkCalendar:
    """The calendar as it stands. One small statement; the days are read again only after a change.

    Kept per process under the newest edition's id, so that a change by another process is seen by the next
    call. Years the table does not hold come from the libraries' tables.
    """
    newest = ask(session, NEWEST())
    if not newest:
        return calendar_source.library_calendar(
            calendar_source.FIRST_YEAR, calendar_source.last_published_year() + YEARS_AHEAD
        )
    (edition, number), *_ = newest
    found = _cache.get(edition)
    if found is None:
        found = _read(session, f"CAL-{number}")
        _cache[edition] = found
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return found


_edition = CalendarEdition.__table__
NEWEST = Question(
    sa.select(_edition.c.id, _edition.c.number).order_by(_edition.c.number.desc()).limit(1), tuple
)


def _read(session: Session, version: str) -> WorkCalendar:
    states = {
        row.year: row.state for row in session.execute(sa.select(CalendarYear.year, CalendarYear.state))
    }
    known = set(states)
    last = calendar_source.last_published_year()
    days: dict[date, DayKind] = {}
    for year in range(calendar_source.FIRST_YEAR, last + YEARS_AHEAD + 1):
        if year not in known:
            days |= {found.day: found.kind for found in calendar_source.days_of(year)}
            states[year] = calendar_source.state_of(year)
    days |= {row.day: row.kind for row in session.execute(sa.select(CalendarDay.day, CalendarDay.kind))}
    return WorkCalendar(
        version=version,
        days=days,
        published=frozenset(year for year, state in states.items() if state is YearState.PUBLISHED),
    )


@dataclass(frozen=True)
class DayRow:
    day: date
    kind: DayKind
    name: str


@dataclass(frozen=True)
class YearRow:
    year: int
    state: YearState
    source: str
    version: int
    days: tuple[DayRow, ...]

    @property
    def kinds(self) -> dict[date, DayKind]:
        return {row.day: row.kind for row in self.days}


def years(session: Session) -> Sequence[CalendarYear]:
    """All years the table holds, newest first."""
    return session.scalars(sa.select(CalendarYear).order_by(CalendarYear.year.desc())).all()


def one_year(session: Session, year: int) -> YearRow:
    """A year with its exceptional days. Raises `NotFound`."""
    row = session.scalars(sa.select(CalendarYear).where(CalendarYear.year == year)).one_or_none()
    if row is None:
        raise NotFound
    days = session.scalars(
        sa.select(CalendarDay)
        .where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(CalendarDay.day)
    ).all()
    return YearRow(
        year=year,
        state=row.state,
        source=row.source,
        version=row.version,
        days=tuple(DayRow(found.day, found.kind, found.name) for found in days),
    )


def editions(session: Session, limit: int = 20) -> Sequence[CalendarEdition]:
    """The last changes, newest first."""
    return session.scalars(
        sa.select(CalendarEdition).order_by(CalendarEdition.number.desc()).limit(limit)
    ).all()
