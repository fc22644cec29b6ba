"""The clock's look at the deadlines: what is due is turned into events, each step of a ladder once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from webapp.core.tx import Tx, command
from webapp.deadlines import events
from webapp.deadlines.ladders import (
    UNREAD_PATIENCE,
    DueSteps,
    Step,
    WorkingDays,
    due_steps,
    next_step,
    waits_until,
)
from webapp.deadlines.models import IS_OPEN, Deadline, ReminderStep
from webapp.deadlines.queries_calendar import work_calendar
from webapp.deadlines.service import told
from webapp.deadlines.service_clock import keep_mark
from webapp.deadlines.states import STATUTORY_LADDERS, StepState
from webapp.notifications import queries as notifications


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan did; `more` says that the limit was reached and another scan is due at once."""

    sent: int
    more: bool


@command
def scan(tx: Tx, limit: int = 100) -> Scanned:
    """Ring what is due. Any number of clocks may call it at once: each takes rows the others do not hold."""
    mark = keep_mark(tx)
    query = (
        sa.select(Deadline)
        .where(IS_OPEN, Deadline.next_step_at <= tx.now)
        .order_by(Deadline.next_step_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if mark.braked_at is not None:
        query = query.where(Deadline.ladder.in_(STATUTORY_LADDERS))
    due = tx.session.scalars(query, execution_options={"populate_existing": True}).all()
    if not due:
        return Scanned(0, more=False)
    calendar = work_calendar(tx.session)
    sent = sum(_climb(tx, deadline, calendar) for deadline in due)
    return Scanned(sent, more=len(due) == limit)


def _climb(tx: Tx, deadline: Deadline, calendar: WorkingDays) -> int:
    """Take the steps that are due, send the latest, set the next look. Returns how many messages went."""
    closed_until = waits_until(deadline.ladder, tx.now, calendar)
    if closed_until is not None and _has_due(deadline, tx.now, calendar):
        deadline.next_step_at = closed_until
        return 0
    sent = 0
    found = due_steps(deadline.timing, deadline.stepped_at, tx.now, calendar)
    if found is not None:
        sent += _take(tx, deadline, found)
        deadline.stepped_at = max(found.latest.at, deadline.stepped_at)
    if deadline.watch_until is not None and deadline.watch_until <= tx.now:
        sent += _go_up(tx, deadline)
    coming = next_step(deadline.timing, max(deadline.stepped_at, tx.now), calendar).at
    deadline.next_step_at = min(coming, deadline.watch_until or coming)
    return sent


def _has_due(deadline: Deadline, now: datetime, calendar: WorkingDays) -> bool:
    return due_steps(deadline.timing, deadline.stepped_at, now, calendar) is not None


def _take(tx: Tx, deadline: Deadline, found: DueSteps) -> int:
    """Write a row for every step; send the latest unless its row says that it was sent before."""
    rows = {row.step: row for row in _rows(tx, deadline.id, [*found.skipped, found.latest])}
    for index, step in enumerate(found.skipped):
        if step.key not in rows:
            tx.add(_row(deadline, step, StepState.SKIPPED, tx.now, folded=found.folded if index == 0 else 0))
    latest = rows.get(found.latest.key)
    if latest is not None and latest.state is StepState.SENT:
        return 0
    event_id = _tell(tx, deadline, found.latest)
    if latest is None:
        latest = tx.add(_row(deadline, found.latest, StepState.SENT, tx.now))
    latest.state, latest.event_id, latest.recorded_at = StepState.SENT, event_id, tx.now
    return 1


def _tell(tx: Tx, deadline: Deadline, step: Step) -> UUID:
    """Record the event of a step: approaching before the legal end, missed once, reminded after that."""
    level = max(deadline.level, step.level)
    at: datetime | None = None
    kind: type[events.DeadlineReminder] = events.DeadlineApproaching
    if step.at >= deadline.due_at:
        kind = events.DeadlineReminded if deadline.missed_at else events.DeadlineMissed
        if deadline.missed_at is None:
            deadline.missed_at = at = deadline.due_at
    event_id = tx.record(told(kind, deadline, tx.now, step=step.key, level=level, occurred_at=at))
    _watch(deadline, event_id, tx.now)
    return event_id


def _watch(deadline: Deadline, event_id: UUID, now: datetime) -> None:
    """A statutory reminder is watched until somebody has opened it, as long as there is somebody above."""
    if not deadline.is_statutory or deadline.level + 1 >= len(deadline.chain):
        deadline.watched_event_id = deadline.watch_until = None
        return
    # A newer reminder does not restart the patience: hourly steps would otherwise never reach the superior.
    if deadline.watch_until is None:
        deadline.watched_event_id, deadline.watch_until = event_id, now + UNREAD_PATIENCE


def _go_up(tx: Tx, deadline: Deadline) -> int:
    """Tell the next link of the chain, unless somebody who was told has opened the message or acted since."""
    event_id, until = deadline.watched_event_id, deadline.watch_until
    deadline.watched_event_id = deadline.watch_until = None
    if event_id is None or until is None:
        return 0
    if notifications.was_heeded(tx.session, event_id, until - UNREAD_PATIENCE):
        return 0
    deadline.level += 1
    step = Step(f"up{deadline.level}", tx.now, deadline.level)
    level = deadline.level
    told_id = tx.record(told(events.DeadlineEscalated, deadline, tx.now, step=step.key, level=level))
    row = next(iter(_rows(tx, deadline.id, [step])), None)
    if row is None:
        tx.add(_row(deadline, step, StepState.SENT, tx.now)).event_id = told_id
    _watch(deadline, told_id, tx.now)
    return 1


def _rows(tx: Tx, deadline_id: UUID, steps: Sequence[Step]) -> Sequence[ReminderStep]:
    return tx.session.scalars(
        sa.select(ReminderStep).where(
            ReminderStep.deadline_id == deadline_id, ReminderStep.step.in_([step.key for step in steps])
        )
    ).all()


def _row(deadline: Deadline, step: Step, state: StepState, now: datetime, folded: int = 0) -> ReminderStep:
    return ReminderStep(
        deadline_id=deadline.id,
        step=step.key,
        step_at=step.at,
        state=state,
        level=max(deadline.level, step.level),
        recorded_at=now,
        folded=folded,
    )
