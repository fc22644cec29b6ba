"""The clock's own mark: who leads, how far time was seen to go, and the brake against a clock gone wrong."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from webapp.core.events import Subject
from webapp.core.ids import new_id
from webapp.core.tx import Tx, command
from webapp.deadlines import events, queries
from webapp.deadlines.models import IS_OPEN, LEAD, ClockMark, Deadline, ReminderStep
from webapp.deadlines.states import STATUTORY_LADDERS, StepState

STEP_BACK = timedelta(minutes=5)
LEAP = timedelta(hours=24)
BRAKE_LIMIT = 200
"""More reminders than this at once, after a leap of the clock, are held until somebody has looked at the clock."""


@command
def take_lead(tx: Tx, holder: str) -> bool:
    """Become or stay the one clock process that works, for six seconds.

    Not a lock that anything's correctness hangs on: two leaders do each other's work a second time, harmlessly.
    """
    mark = _mark(tx)
    if mark.is_led_by_another(holder, tx.now):
        return False
    mark.leader, mark.leader_until = holder, tx.now + LEAD
    return True


@command
def release_brake(tx: Tx) -> None:
    """Somebody has looked at the clock: what was held goes out, the latest step of each ladder only."""
    mark = _mark(tx)
    if mark.braked_at is None:
        return
    mark.braked_at, mark.braked_count = None, 0
    tx.record(events.ClockBrakeReleased(about=_clock(mark)))


def keep_mark(tx: Tx) -> ClockMark:
    """Move the high-water mark; notice a clock that went back or leapt ahead."""
    mark = _mark(tx)
    if tx.now < mark.high_water_at - STEP_BACK:
        _came_back(tx, mark)
    elif tx.now > mark.high_water_at + LEAP:
        _leapt(tx, mark)
    mark.high_water_at = max(mark.high_water_at, tx.now)
    return mark


def _mark(tx: Tx) -> ClockMark:
    """The one row, locked; made at the first tick, by whichever clock comes first."""
    values = {
        "id": new_id(tx.now),
        "name": queries.CLOCK,
        "high_water_at": tx.now,
        "leader": "",
        "braked_count": 0,
    }
    insert = sqlite.insert if tx.call.db.is_sqlite else postgresql.insert
    tx.session.execute(insert(ClockMark).values(**values).on_conflict_do_nothing(index_elements=["name"]))
    query = sa.select(ClockMark).where(ClockMark.name == queries.CLOCK).with_for_update()
    return tx.session.scalars(query, execution_options={"populate_existing": True}).one()


def _came_back(tx: Tx, mark: ClockMark) -> None:
    """The clock had run ahead and was put right. Ladders that climbed in the false future stand on now again.

    What was sent there stays sent (its step has a row and is not sent twice); what was skipped there gets its
    turn. A ladder goes on from the last step it truly sent.
    """
    seconds = round((mark.high_water_at - tx.now).total_seconds())
    mark.high_water_at = mark.stepped_back_at = tx.now
    mark.braked_at, mark.braked_count = None, 0
    mark.leader_until = None
    last_sent = (
        sa.select(sa.func.max(ReminderStep.step_at))
        .where(
            ReminderStep.deadline_id == Deadline.id,
            ReminderStep.state == StepState.SENT,
            ReminderStep.step_at <= tx.now,
        )
        .scalar_subquery()
    )
    _update(
        tx,
        sa.and_(IS_OPEN, Deadline.stepped_at > tx.now),
        stepped_at=sa.func.coalesce(last_sent, Deadline.started_at),
        next_step_at=tx.now,
    )
    # The rest sleeps until a moment the wrong clock chose, or waits on a message it sent.
    _update(
        tx,
        sa.and_(IS_OPEN, Deadline.next_step_at > tx.now),
        next_step_at=tx.now,
        watch_until=None,
        watched_event_id=None,
    )
    _update(tx, sa.and_(IS_OPEN, Deadline.missed_at > tx.now), missed_at=None)
    tx.record(events.ClockStepped(about=_clock(mark), seconds=seconds))


def _update(tx: Tx, which: sa.ColumnElement[bool], **values: Any) -> None:
    tx.session.execute(
        sa.update(Deadline).where(which).values(**values), execution_options={"synchronize_session": False}
    )


def _leapt(tx: Tx, mark: ClockMark) -> None:
    """A day or more passed unseen: an outage, or a clock gone wrong. Few reminders go, many wait for a person."""
    waiting = tx.session.scalar(
        sa.select(sa.func.count())
        .select_from(Deadline)
        .where(
            IS_OPEN,
            Deadline.next_step_at <= tx.now,
            Deadline.ladder.not_in(STATUTORY_LADDERS),
        )
    )
    if waiting and waiting > BRAKE_LIMIT:
        mark.braked_at, mark.braked_count = tx.now, waiting
        seconds = round((tx.now - mark.high_water_at).total_seconds())
        tx.record(events.ClockBrakePulled(about=_clock(mark), waiting=waiting, seconds=seconds))


def _clock(mark: ClockMark) -> Subject:
    return Subject(kind="clock", id=mark.id)
