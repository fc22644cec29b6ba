"""After a change of the calendar: open ends are counted again, the old one is kept, people told of what moved."""

from webapp.core.tx import Tx
from webapp.deadlines import events
from webapp.deadlines.calendar import WorkCalendar, end_of
from webapp.deadlines.models import Deadline, ReminderStep
from webapp.deadlines.queries import steps_of
from webapp.deadlines.queries_calendar import work_calendar
from webapp.deadlines.queries_recount import counted, move_of
from webapp.deadlines.rules_recount import Move
from webapp.deadlines.service import told

_STEP_LENGTH = ReminderStep.step.type.length


def recount(tx: Tx, reason: str) -> list[Move]:
    """Count every open end again on the calendar as it now stands in this transaction. Returns what changed.

    Only ends counted in working days, or rolled to one, are looked at; hours of the law never move.
    """
    tx.session.flush()
    calendar = work_calendar(tx.session)
    # Features above first: they lock their own rows before the deadlines, as their everyday actions do.
    found = [move for follower in tx.call.ports.followers for move in follower.follow(tx, calendar, reason)]
    rows = tx.session.scalars(
        counted().with_for_update(), execution_options={"populate_existing": True}
    ).all()
    for deadline in rows:
        move = move_of(deadline, calendar)
        if move is not None:
            _change(tx, deadline, move, calendar, reason)
            found.append(move)
    return found


def _change(tx: Tx, deadline: Deadline, move: Move, calendar: WorkCalendar, reason: str) -> None:
    before = deadline.due_at
    changes = {"provisional": (deadline.provisional, move.provisional)}
    deadline.provisional, deadline.calendar_version = move.provisional, calendar.version
    if not move.moved:
        tx.record(told(events.DeadlineRecounted, deadline, tx.now, reason=reason, changes=changes))
        return
    deadline.due_at = end_of(move.after)
    deadline.moved_from_at = before
    climb_anew(tx, deadline)
    tx.record(
        told(
            events.DeadlineMoved,
            deadline,
            tx.now,
            reason=reason,
            before=before,
            changes={**changes, "due_at": (before, deadline.due_at)},
        )
    )


def climb_anew(tx: Tx, deadline: Deadline) -> None:
    """The ladder hangs on another day: its steps may be taken once more, those taken stay on record as they were."""
    deadline.move_count += 1
    for row in steps_of(tx.session, deadline.id):
        if ":" not in row.step:
            row.step = f"{deadline.move_count}:{row.step}"[:_STEP_LENGTH]
    if deadline.due_at > tx.now:
        deadline.missed_at = None
    deadline.next_step_at = tx.now
