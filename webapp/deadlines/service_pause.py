"""Clocks that stand still for a while, and clocks whose end was taken back."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from webapp.core.clock import local_date
from webapp.core.tx import Tx, command
from webapp.deadlines import events
from webapp.deadlines.calendar import end_of
from webapp.deadlines.commands import ContinueDeadlines, PauseDeadlines, ReopenDeadlines
from webapp.deadlines.models import Deadline
from webapp.deadlines.queries_calendar import work_calendar
from webapp.deadlines.service import lock_running, told
from webapp.deadlines.service_recount import climb_anew
from webapp.deadlines.states import RUNNING, DeadlineState

# What a clock keeps when it runs again: everything but how it ended and what its ladder did.
_ENDED = {
    "id",
    "state",
    "met_at",
    "closed_at",
    "closed_by",
    "note",
    "version",
    "missed_at",
    "watched_event_id",
    "watch_until",
}


@command
def pause(tx: Tx, cmd: PauseDeadlines) -> int:
    """Stop these clocks for now; nothing rings until they go on. Returns how many ran."""
    running = [
        deadline
        for deadline in _chosen(tx, cmd.subject_id, cmd.clocks)
        if deadline.state is DeadlineState.OPEN
    ]
    for deadline in running:
        deadline.state = DeadlineState.PAUSED
        deadline.closed_at, deadline.closed_by, deadline.note = tx.now, tx.actor.account_id, cmd.reason[:500]
        deadline.watched_event_id = deadline.watch_until = None
        tx.record(told(events.DeadlinePaused, deadline, tx.now, reason=cmd.reason))
    return len(running)


@command
def go_on(tx: Tx, cmd: ContinueDeadlines) -> int:
    """Let these clocks go on. An end counted in working days moves by the working days of the pause (the first
    day not counted), another one by its length. Returns how many stood.
    """
    paused = [d for d in _chosen(tx, cmd.subject_id, cmd.clocks) if d.state is DeadlineState.PAUSED]
    calendar = work_calendar(tx.session) if paused else None
    for deadline in paused:
        assert calendar is not None
        assert deadline.closed_at is not None
        stood = tx.now - deadline.closed_at
        days = calendar.working_days_between(local_date(deadline.closed_at), local_date(tx.now))
        before = deadline.due_at
        if deadline.counted_from is not None and deadline.counted_count is not None:
            deadline.counted_count += days
            end = calendar.nth_working_day(deadline.counted_from, deadline.counted_count)
            deadline.due_at, deadline.provisional = end_of(end.day), end.provisional
        else:
            deadline.due_at += stood
            deadline.target_at = deadline.target_at and deadline.target_at + stood
        deadline.state = DeadlineState.OPEN
        deadline.closed_at = deadline.closed_by = None
        deadline.note = ""
        deadline.next_step_at = tx.now  # a step that fell into the pause and still holds is sent now
        if deadline.due_at != before:
            climb_anew(tx, deadline)
        tx.record(
            told(
                events.DeadlineContinued,
                deadline,
                tx.now,
                minutes=stood // timedelta(minutes=1),
                working_days=days,
                changes={"due_at": (before, deadline.due_at)},
            )
        )
    return len(paused)


@command
def reopen(tx: Tx, cmd: ReopenDeadlines) -> int:
    """What had met these clocks was taken back. A fresh row runs to the same end; the old one stays as history.
    Returns how many there were.
    """
    ended = tx.session.scalars(
        sa.select(Deadline)
        .where(Deadline.subject_id == cmd.subject_id, Deadline.state.not_in(RUNNING))
        .order_by(Deadline.closed_at, Deadline.id)
    ).all()
    newest = {(row.kind, row.item): row for row in ended if (row.kind, row.item) in cmd.clocks}
    for old in newest.values():
        kept = {c.key: getattr(old, c.key) for c in sa.inspect(Deadline).column_attrs if c.key not in _ENDED}
        row = tx.add(Deadline(**kept | {"opened_at": tx.now, "next_step_at": tx.now, "stepped_at": tx.now}))
        row.state = DeadlineState.OPEN
        tx.record(told(events.DeadlineReopened, row, tx.now, reason=cmd.reason))
    return len(newest)


def _chosen(tx: Tx, subject_id: UUID, clocks: Collection[tuple[str, str]]) -> list[Deadline]:
    return [row for row in lock_running(tx, subject_id) if (row.kind, row.item) in clocks]
