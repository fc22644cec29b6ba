"""Who comes next and when it ends: before submission from the route, afterwards from the round as it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.accounts import queries_authority
from webapp.approvals import queries
from webapp.approvals.queries_ground import Asking, choose, ground
from webapp.approvals.route import Route
from webapp.approvals.route_cases import schedule
from webapp.approvals.rules_laying import lay
from webapp.approvals.rules_slots import Slot
from webapp.approvals.states import SETTLED_SLOTS, SlotState
from webapp.core.clock import local_date
from webapp.deadlines.queries_calendar import work_calendar


@dataclass(frozen=True)
class Coming:
    """A stage still to come: names of those who could sign each seat ('' where nobody is found), its last day."""

    name: str
    seats: tuple[tuple[str, tuple[str, ...]], ...]
    ends: date

    @property
    def is_empty(self) -> bool:
        return any(not names for _seat, names in self.seats)


@dataclass(frozen=True)
class Forecast:
    """The route, what is still to come, and the last day if everybody uses the whole limit. `provisional`: a year
    on the way has no State Council notice yet.
    """

    route: Route
    stages: tuple[Coming, ...]
    ends: date
    provisional: bool

    def late_for(self, departure: date | None) -> bool:
        return departure is not None and self.ends >= departure


def before_submission(session: Session, now: datetime, subject: str, asking: Asking) -> Forecast:
    """Raises `NotAllowedNow` where no route takes the request or nobody can be found for a stage that stops then."""
    route = choose(session, subject, asking.facts, local_date(now))
    return _forecast(session, now, route, lay(route, ground(session, now, asking, route)), asking)


def running(session: Session, now: datetime, request: queries.RequestRow, asking: Asking) -> Forecast:
    """What is settled takes no more time, what is open ends when its own limit or notice does."""
    rows = queries.slots(session, request.id, request.round)
    route = queries.route_of(session, request.route_id)
    ends = {row.stage: _end_of(row) for row in rows if row.state is SlotState.OPEN}
    known = {stage: day for stage, day in ends.items() if day is not None}
    return _forecast(session, now, route, [queries.as_slot(row) for row in rows], asking, known)


def _end_of(row: queries.StageRow) -> date | None:
    """The day an open slot's clock runs out, or its notice may be confirmed; None where neither runs yet."""
    if row.ready_on is not None:
        return row.ready_on
    return local_date(row.due_at - timedelta(minutes=1)) if row.due_at is not None else None


def _forecast(
    session: Session,
    now: datetime,
    route: Route,
    slots: Sequence[Slot],
    asking: Asking,
    known: Mapping[str, date] | None = None,
) -> Forecast:
    today, calendar = local_date(now), work_calendar(session)
    done = {s.code: 0 for s in route.stages if _settled(slots, s.code)}
    left = {code: max(0, calendar.working_days_between(today, day)) for code, day in (known or {}).items()}
    ends = schedule(route, slots, today, calendar, done | left)
    last = max(ends.values())
    coming = [stage for stage in route.stages if stage.seats and stage.code not in done]
    names = _names(session, now, slots, asking)
    stages = tuple(
        Coming(
            stage.name,
            tuple(
                (seat.name, names[slot.key])
                for seat in stage.seats
                for slot in slots
                if (slot.stage, slot.seat) == (stage.code, seat.code) and _waits(slot)
            ),
            ends[stage.code],
        )
        for stage in coming
    )
    return Forecast(route, stages, last, calendar.is_provisional(today, last))


def _settled(slots: Sequence[Slot], stage: str) -> bool:
    return all(slot.state in SETTLED_SLOTS for slot in slots if slot.stage == stage)


def _waits(slot: Slot) -> bool:
    return slot.state in (SlotState.WAITING, SlotState.OPEN)


def _names(
    session: Session, now: datetime, slots: Sequence[Slot], asking: Asking
) -> dict[str, tuple[str, ...]]:
    """Two statements: holders of the posts, names of the persons. Who must not decide is left out."""
    asked = {(slot.role, slot.unit) for slot in slots if slot.role is not None and slot.person is None}
    holders = queries_authority.holders_of(session, [(role, unit) for role, unit in asked], now)
    people = accounts.names(session, [slot.person for slot in slots if slot.person])
    barred = asking.travellers | asking.others_barred
    found: dict[str, tuple[str, ...]] = {}
    for slot in slots:
        if slot.person is not None:
            found[slot.key] = (people.get(slot.person, ""),)
            continue
        is_notice = slot.key.startswith("notice:")
        able = holders.get((slot.role, slot.unit), ()) if slot.role else ()
        found[slot.key] = tuple(who.name for who in able if is_notice or who.id not in barred)
    return found
