"""What custodians and units see of passports: overdue, due, out, and to be handed out, in their reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.core.clock import local_date
from webapp.core.permissions import Permission
from webapp.core.tx import Actor
from webapp.deadlines import queries as deadlines
from webapp.deadlines.calendar import last_day
from webapp.people import queries_custody as custody
from webapp.people.queries_custody import Handover, Kept
from webapp.rulebook import queries as rulebook
from webapp.trips import queries
from webapp.trips.models import Member, Trip
from webapp.trips.states import PASSPORT_DUTY, TripState

SOON = timedelta(days=30)
"""Documents are handed out in the weeks before departure."""
MOST = 500


@dataclass(frozen=True)
class PassportRow:
    """One member's document. `place` is the member's on the list, from 1; `due_on` the last day in time."""

    trip: Trip
    place: int
    member: Member
    held: Handover | None
    kept: Sequence[Kept]
    due_on: date | None
    late_days: int
    locks_unit: bool
    may_move: bool


@dataclass(frozen=True)
class PassportBoard:
    """Rows by what is to be done with them, each most urgent first. `locked_units`: no new request (PST-02)."""

    overdue: list[PassportRow]
    due: list[PassportRow]
    out: list[PassportRow]
    to_hand_out: list[PassportRow]
    locked_units: list[str]
    lock_after_days: int | None


def board(session: Session, actor: Actor, now: datetime) -> PassportBoard:
    """Documents of journeys in the actor's reach that are out, due back, or to be handed out within 30 days."""
    today = local_date(now)
    pairs = _members(session, actor, now, today)
    documents = custody.handovers(session, [member.id for _, member, _ in pairs])
    kept = custody.kept_of(session, [m.person_id for _, m, _ in pairs if m.person_id is not None])
    running = deadlines.running(session, PASSPORT_DUTY, {trip.id for trip, _, _ in pairs})
    duties = {deadline.item: last_day(deadline.due_at) for deadline in running}
    limit = _lock_after(session, today)
    rows = []
    for trip, member, place in pairs:
        held = documents.get(member.id)
        if held is not None and held.ended_on is not None:
            continue
        due_on = duties.get(member.key)
        late = 0 if due_on is None else max(0, (today - due_on).days)
        rows.append(
            PassportRow(
                trip=trip,
                place=place,
                member=member,
                held=held,
                kept=kept.get(member.person_id, ()) if member.person_id is not None else (),
                due_on=due_on or (held.due_on if held is not None else None),
                late_days=late,
                locks_unit=limit is not None and late > limit,
                may_move=actor.may(Permission.PASSPORTS_KEEP, now, member.unit_path),
            )
        )
    return _sorted(rows, duties, limit)


def _sorted(rows: list[PassportRow], duties: dict[str, date], limit: int | None) -> PassportBoard:
    far = date.max
    owed = sorted((row for row in rows if row.member.key in duties), key=lambda row: row.due_on or far)
    others = sorted(
        (row for row in rows if row.member.key not in duties), key=lambda row: row.trip.exit_on or far
    )
    return PassportBoard(
        overdue=[row for row in owed if row.late_days],
        due=[row for row in owed if not row.late_days],
        out=[row for row in others if row.held is not None],
        to_hand_out=[row for row in others if row.held is None and row.trip.state is TripState.APPROVED],
        locked_units=sorted({row.member.unit_name for row in owed if row.locks_unit}),
        lock_after_days=limit,
    )


def _members(session: Session, actor: Actor, now: datetime, today: date) -> list[tuple[Trip, Member, int]]:
    """Members of journeys the actor may know of, whose own or whose trip's unit lies in the actor's reach."""
    approved = sa.and_(Trip.state == TripState.APPROVED, Trip.exit_on <= today + SOON)
    others = Trip.state.in_((TripState.TRAVELLING, TripState.BACK, TripState.REVOKED))
    known = sa.select(Trip.id).where(queries.visible(actor, now))
    query = (
        sa.select(Trip, Member)
        .join(Member, Member.trip_id == Trip.id)
        .where(sa.or_(approved, others), Trip.id.in_(known))
        .order_by(Trip.exit_on, Trip.id, Member.position)
        .limit(MOST)
    )
    places: dict[object, int] = {}
    found = []
    for trip, member in session.execute(query):
        places[trip.id] = places.get(trip.id, 0) + 1
        found.append((trip, member, places[trip.id]))
    return found


def _lock_after(session: Session, today: date) -> int | None:
    rule = rulebook.edition(session, today).rule("PST-02")
    return None if rule is None else int(rule.params["lock_after_days"])
