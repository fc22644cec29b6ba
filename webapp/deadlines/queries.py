"""Reading side: deadlines of a subject, the board of what is due, what is over."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.core.gathered import attached
from webapp.core.questions import Question, ask, row_of
from webapp.deadlines.models import IS_OPEN, ClockMark, Deadline, ReminderStep
from webapp.deadlines.states import DeadlineState

CLOCK = "clock"

_deadline = Deadline.__table__
RUNNING = Question(
    sa.select(*_deadline.columns)
    .where(
        _deadline.c.subject_id == sa.bindparam("subject_id", type_=sa.Uuid()),
        sa.or_(_deadline.c.state == DeadlineState.OPEN, _deadline.c.state == DeadlineState.PAUSED),
    )
    .order_by(_deadline.c.id)  # so that two that lock several never wait for each other in a circle
    .with_for_update(),
    row_of(Deadline),
)


def locked_running(session: Session, subject_id: UUID) -> list[Deadline]:
    """The running and paused clocks of an object, locked until the transaction ends."""
    return [attached(session, Deadline, row) for row in ask(session, RUNNING(subject_id=subject_id))]


def of_subject(session: Session, subject_id: UUID) -> Sequence[Deadline]:
    """All deadlines of an object, closed ones too, by legal end."""
    return session.scalars(
        sa.select(Deadline).where(Deadline.subject_id == subject_id).order_by(Deadline.due_at, Deadline.id)
    ).all()


def open_of(
    session: Session, subject_id: UUID, kinds: Collection[str] | None = None, item: str | None = None
) -> Sequence[Deadline]:
    """The running clocks of an object, by legal end."""
    query = sa.select(Deadline).where(Deadline.subject_id == subject_id, IS_OPEN)
    if kinds is not None:
        query = query.where(Deadline.kind.in_(kinds))
    if item is not None:
        query = query.where(Deadline.item == item)
    return session.scalars(query.order_by(Deadline.due_at, Deadline.id)).all()


def running(session: Session, kind: str, subject_ids: Collection[UUID]) -> Sequence[Deadline]:
    """The running clocks of one kind over several objects, by legal end."""
    if not subject_ids:
        return []
    return session.scalars(
        _open().where(Deadline.kind == kind, Deadline.subject_id.in_(set(subject_ids)))
    ).all()


def running_of(session: Session, subject_ids: Collection[UUID]) -> Sequence[Deadline]:
    """All running clocks of several objects, by legal end."""
    if not subject_ids:
        return []
    return session.scalars(_open().where(Deadline.subject_id.in_(set(subject_ids)))).all()


def nearest(session: Session, of: Callable[[Any], sa.ColumnElement[bool]], limit: int) -> Sequence[Deadline]:
    """The running clocks whose object `of` accepts, by where their ladders hang: target before legal end.

    `of` gets the column of the object's id and says which objects are meant.
    """
    end = sa.func.coalesce(Deadline.target_at, Deadline.due_at)
    query = sa.select(Deadline).where(IS_OPEN, of(Deadline.subject_id))
    return session.scalars(query.order_by(end, Deadline.id).limit(limit)).all()


def by_id(session: Session, deadline_id: UUID) -> Deadline | None:
    return session.get(Deadline, deadline_id)


def steps_of(session: Session, deadline_id: UUID) -> Sequence[ReminderStep]:
    """The steps a ladder took, in the order of their moments."""
    return session.scalars(
        sa.select(ReminderStep)
        .where(ReminderStep.deadline_id == deadline_id)
        .order_by(ReminderStep.step_at, ReminderStep.id)
    ).all()


def clock_mark(session: Session) -> ClockMark | None:
    """The high-water mark of the clocks; None before the first tick."""
    return session.scalar(sa.select(ClockMark).where(ClockMark.name == CLOCK))


def _open() -> sa.Select[Deadline]:
    return sa.select(Deadline).where(IS_OPEN).order_by(Deadline.due_at, Deadline.id)


def anything_due(session: Session, now: datetime) -> bool:
    """Whether the clock has to look at some deadline; cheap, asked every second on a reading session."""
    due = sa.select(Deadline.id).where(IS_OPEN, Deadline.next_step_at <= now)
    return session.scalar(sa.select(sa.exists(due))) is True
