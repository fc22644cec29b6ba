"""Open ends counted again on another calendar, without saving: what a notice would move."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.core.clock import local_date
from webapp.core.tx import Tx
from webapp.deadlines.calendar import WorkCalendar
from webapp.deadlines.models import IS_OPEN, Deadline
from webapp.deadlines.rules_recount import Move

_INSTANT = timedelta(microseconds=1)


class CalendarFollower(Protocol):
    """A feature above that keeps days counted on the calendar in rows of its own (`Ports.followers`)."""

    def moves(self, session: Session, calendar: WorkCalendar) -> Sequence[Move]:
        """The days that would change, beside the deadlines."""
        ...

    def follow(self, tx: Tx, calendar: WorkCalendar, reason: str) -> Sequence[Move]:
        """Count the days again and record it; the same moves as above."""
        ...


def counted() -> sa.Select[Deadline]:
    """Running clocks whose end a calendar can move, in the order of ids. Statutory hours are never among them."""
    return sa.select(Deadline).where(IS_OPEN, Deadline.counted_from.is_not(None)).order_by(Deadline.id)


def move_of(deadline: Deadline, calendar: WorkCalendar) -> Move | None:
    """What the calendar makes of a deadline; None when end and mark stay."""
    if deadline.term is None:
        return None
    day, provisional = deadline.term.last_day(calendar)
    move = Move(
        row_id=deadline.id,
        label=deadline.label,
        number=deadline.subject_number,
        link=deadline.link,
        before=local_date(deadline.due_at - _INSTANT),
        after=day,
        was_provisional=deadline.provisional,
        provisional=provisional,
    )
    return move if move.changes_anything else None


def moves(session: Session, calendar: WorkCalendar, followers: Iterable[CalendarFollower]) -> Sequence[Move]:
    """Everything that calendar would move or unmark, what moves first."""
    found = [move for row in session.scalars(counted()) if (move := move_of(row, calendar))]
    for follower in followers:
        found.extend(follower.moves(session, calendar))
    return sorted(found, key=lambda move: (not move.moved, move.before, move.number, move.row_id))
