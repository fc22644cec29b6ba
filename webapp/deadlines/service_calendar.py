"""Keeping the working-day calendar: filling it, entering a notice, correcting a day. Each makes an edition."""

from datetime import date

import sqlalchemy as sa

from webapp.core.db import take_turns
from webapp.core.errors import Invalid, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command
from webapp.deadlines import calendar_source
from webapp.deadlines.calendar import YearState
from webapp.deadlines.commands_calendar import ImportNotice, SetDay
from webapp.deadlines.events_calendar import CalendarDayChanged, CalendarFilled, CalendarNoticeImported
from webapp.deadlines.models_calendar import CalendarDay, CalendarEdition, CalendarYear
from webapp.deadlines.queries_calendar import YEARS_AHEAD
from webapp.deadlines.rules_calendar import PROBLEMS, NoticeError, differences
from webapp.deadlines.service_recount import recount

_FILLING = 2_026_002  # the database's name for this piece of work, so that two hosts take turns

sentences({"notice_unreadable": N_("通知看不懂，没有保存。")})


@command
def fill(tx: Tx) -> int:
    """Bring in the libraries' years: missing ones, and provisional ones whose notice a newer library holds.

    What the office entered itself is never touched. Returns the number of years written.
    """
    take_turns(tx.session, _FILLING)
    last = calendar_source.last_published_year()
    held = {row.year: row for row in tx.session.scalars(sa.select(CalendarYear))}
    written, days = 0, 0
    newest: CalendarYear | None = None
    for year in range(calendar_source.FIRST_YEAR, last + YEARS_AHEAD + 1):
        row, state = held.get(year), calendar_source.state_of(year)
        stale = row is not None and row.is_from_library and row.state is not state
        if row is not None and not stale:
            continue
        if row is None:
            row = tx.add(CalendarYear(year=year, state=state, source=calendar_source.source_name(year)))
        else:
            row.state, row.source = state, calendar_source.source_name(year)
            _clear(tx, year)
        for found in calendar_source.days_of(year):
            tx.add(CalendarDay(day=found.day, kind=found.kind, name=found.name, source=row.source))
            days += 1
        written, newest = written + 1, row
    if newest is not None:
        edition = _new_edition(tx, gettext("由日历程序库填入"))
        tx.record(CalendarFilled(about=_about(newest), edition=edition, year_count=written, day_count=days))
        recount(tx, gettext("由日历程序库填入"))
    return written


@command
def import_notice(tx: Tx, cmd: ImportNotice) -> CalendarYear:
    """Enter a year's notice: the year is published from now on, and every open end is counted again by it.

    Raises `Invalid` for days that cannot be.
    """
    tx.require(Permission.RULES_KEEP)
    if not cmd.source.strip():
        raise Invalid(fields={"source": [gettext("请写明通知的名称或文号。")]})
    row = _year(tx, cmd.year)
    tx.check_version(row, cmd.version)
    before = {found.day: found.kind for found in _days(tx, cmd.year)}
    changes = differences(before, cmd.days)
    _clear(tx, cmd.year)
    for entry in cmd.days:
        if entry.day.year != cmd.year:
            raise Invalid(fields={"text": [gettext(PROBLEMS["nothing_found"])]})
        tx.add(CalendarDay(day=entry.day, kind=entry.kind, name=entry.name, source=cmd.source))
    row.state, row.source, row.is_from_library = YearState.PUBLISHED, cmd.source, False
    row.edition = edition = _new_edition(tx, cmd.source)
    tx.record(
        CalendarNoticeImported(
            about=_about(row),
            edition=edition,
            year=cmd.year,
            changed_count=len(changes),
            source=cmd.source,
            changes={change.day.isoformat(): (change.before, change.after) for change in changes},
        )
    )
    recount(tx, cmd.source)
    return row


@command
def set_day(tx: Tx, cmd: SetDay) -> CalendarYear:
    """Correct one day, with the reason (a regional decision, a typing slip)."""
    tx.require(Permission.RULES_KEEP)
    row = _year(tx, cmd.day.year)
    tx.check_version(row, cmd.version)
    held = tx.session.scalars(sa.select(CalendarDay).where(CalendarDay.day == cmd.day)).one_or_none()
    before = held.kind if held else None
    if held is not None and cmd.kind is None:
        tx.session.delete(held)
    elif held is not None and cmd.kind is not None:
        held.kind, held.name, held.source = cmd.kind, cmd.name or held.name, cmd.reason[:200]
    elif cmd.kind is not None:
        tx.add(CalendarDay(day=cmd.day, kind=cmd.kind, name=cmd.name, source=cmd.reason[:200]))
    row.is_from_library = False
    row.edition = edition = _new_edition(tx, cmd.reason)
    tx.record(
        CalendarDayChanged(
            about=_about(row),
            edition=edition,
            day=cmd.day.isoformat(),
            reason=cmd.reason,
            changes={"kind": (before, cmd.kind)},
        )
    )
    recount(tx, cmd.reason)
    return row


def problem(error: NoticeError) -> Invalid:
    """The refusal of a pasted notice, for the form."""
    return Invalid("notice_unreadable", fields={"text": [gettext(PROBLEMS[error.code], **error.details)]})


def _year(tx: Tx, year: int) -> CalendarYear:
    row = tx.session.scalars(
        sa.select(CalendarYear).where(CalendarYear.year == year).with_for_update()
    ).one_or_none()
    if row is None:
        raise Invalid(fields={"year": [gettext("日历里还没有这一年。")]})
    return row


def _days(tx: Tx, year: int) -> list[CalendarDay]:
    span = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    return list(tx.session.scalars(sa.select(CalendarDay).where(span)))


def _clear(tx: Tx, year: int) -> None:
    for row in _days(tx, year):
        tx.session.delete(row)
    tx.session.flush()  # the new rows of the same days follow in this transaction


def _new_edition(tx: Tx, reason: str) -> int:
    """The next number. The newest edition's row is locked first, so that two writers wait for each other."""
    newest = sa.select(CalendarEdition).order_by(CalendarEdition.number.desc()).limit(1)
    tx.session.scalars(newest.with_for_update()).one_or_none()
    number = (tx.session.scalar(sa.select(sa.func.max(CalendarEdition.number))) or 0) + 1
    tx.add(
        CalendarEdition(
            number=number,
            made_at=tx.now,
            made_by_id=tx.actor.account_id,
            made_by=tx.actor.name,
            reason=reason[:300],
        )
    )
    return number


def _about(row: CalendarYear) -> Subject:
    return Subject(kind="calendar_year", id=row.id, version=row.version or 1, number=str(row.year))
