"""Reading side: deadlines of a subject, the board of what is due, what is over."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.core.gathered import attached
from webapp.core.questions import Question, ask, row_of
from webapp.deadlines.models import ClockMark, Deadline, ReminderStep
from webapp.deadlines.states import DeadlineState, Ladder

CLOCK = "clock"

_deadline = Deadline.__table__
RUNNING = Question(
    sa.select(*_deadline.columns)
    .where(
        _deadline.c.subject_id == sa.bindparam("subject_id", type_=sa.Uuid()),
        _deadline.c.state == DeadlineState.OPEN,
    )
    .order_by(_deadline.c.id)  # so that two that lock several never wait for each other in a circle
    .with_for_update(),
    row_of(Deadline),
)


def locked_running(session: Session, subject_id: UUID) -> list[Deadline]:
    """The running clocks of an object, locked until the transaction ends."""
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
    query = sa.select(Deadline).where(Deadline.subject_id == subject_id, Deadline.state == DeadlineState.OPEN)
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


def overdue(
    session: Session,
    now: datetime,
    *,
    kinds: Collection[str] | None = None,
    unit: str | None = None,
    limit: int = 500,
) -> Sequence[Deadline]:
    """Running clocks past their legal end, oldest first; `unit` is a unit's code."""
    query = _open().where(Deadline.due_at < now)
    if kinds is not None:
        query = query.where(Deadline.kind.in_(kinds))
    if unit is not None:
        query = query.where(Deadline.subject_unit == unit)
    return session.scalars(query.limit(limit)).all()


def board(
    session: Session,
    *,
    subject_kinds: Collection[str] | None = None,
    ladders: Collection[Ladder] | None = None,
    owner_id: UUID | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> Sequence[Deadline]:
    """Running clocks in the order they end; `owner_id`: of one account only, `until`: ending by then."""
    query = _open()
    if subject_kinds is not None:
        query = query.where(Deadline.subject_kind.in_(subject_kinds))
    if ladders is not None:
        query = query.where(Deadline.ladder.in_(ladders))
    if owner_id is not None:
        query = query.where(Deadline.owner_account_id == owner_id)
    if until is not None:
        query = query.where(Deadline.due_at <= until)
    return session.scalars(query.limit(limit)).all()


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
    return (
        sa.select(Deadline).where(Deadline.state == DeadlineState.OPEN).order_by(Deadline.due_at, Deadline.id)
    )


def anything_due(session: Session, now: datetime) -> bool:
    """Whether the clock has to look at some deadline; cheap, asked every second on a reading session."""
    due = sa.select(Deadline.id).where(Deadline.state == DeadlineState.OPEN, Deadline.next_step_at <= now)
    return session.scalar(sa.select(sa.exists(due))) is True
