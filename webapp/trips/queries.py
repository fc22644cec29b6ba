"""Reading side of trips. What an actor may see is one predicate, inside every query."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from webapp.approvals import queries as approvals
from webapp.approvals.states import submitted_kind
from webapp.core.errors import NotFound
from webapp.core.permissions import Role
from webapp.core.prefixes import below
from webapp.core.tx import Actor, ActorKind
from webapp.deadlines import queries as deadlines
from webapp.deadlines.calendar import last_day
from webapp.rulebook.facts import OtherRequest
from webapp.trips.models import AfterTrip, Invitation, Leg, Member, Trip
from webapp.trips.policy import SEE_DRAFTS, SEE_UNIT, paths, standing
from webapp.trips.rules import AfterReturn, allowed_actions
from webapp.trips.states import TripAction, TripState

KIND = submitted_kind("trip")
PAGE = 25
COUNTED_TO = 100
_PRIVATE = (TripState.DRAFT, TripState.DISCARDED)


def visible(actor: Actor, now: datetime) -> sa.ColumnElement[bool]:
    """Trips the actor may know of: the unit's own, all for the office, those at whose stages one signs,
    and those one travels on. Drafts are seen by the unit's clerks alone, discarded ones by nobody.
    """
    if actor.kind is ActorKind.SYSTEM:
        return sa.true()
    submitted = Trip.state.not_in(_PRIVATE)
    reasons: list[sa.ColumnElement[bool]] = []
    for path in paths(actor.grants, SEE_UNIT, now):
        sends = sa.exists().where(Member.trip_id == Trip.id, below(Member.unit_path, path))
        own = below(Trip.unit_path, path)
        reasons.append(sa.and_(submitted, sa.or_(own, sends)))
    reasons.extend(
        sa.and_(Trip.state == TripState.DRAFT, below(Trip.unit_path, path))
        for path in paths(actor.grants, SEE_DRAFTS, now)
    )
    if actor.account_id is not None:
        reasons.append(sa.and_(submitted, approvals.came_before(actor, KIND, Trip.id)))
    if actor.account_id is not None and paths(actor.grants, frozenset({Role.TRAVELLER}), now):
        travels = sa.exists().where(Member.trip_id == Trip.id, Member.account_id == actor.account_id)
        reasons.append(sa.and_(submitted, travels))
    return sa.or_(sa.false(), *reasons)


def trip_id(session: Session, actor: Actor, now: datetime, number: str) -> UUID:
    """The id behind a number the actor may know of. Raises `NotFound` otherwise."""
    found = session.scalar(
        sa.select(Trip.id).where(sa.or_(Trip.number == number, Trip.draft_no == number), visible(actor, now))
    )
    if found is None:
        raise NotFound
    return found


def detail(session: Session, actor: Actor, now: datetime, number: str) -> Trip:
    """The whole trip with its parts, in a fixed number of statements. Raises `NotFound`."""
    rows = session.scalars(
        sa.select(Trip)
        .where(sa.or_(Trip.number == number, Trip.draft_no == number), visible(actor, now))
        .options(
            selectinload(Trip.legs),
            selectinload(Trip.slots),
            selectinload(Trip.invitations),
            selectinload(Trip.members),
            selectinload(Trip.budget),
            # few rows each: joined to the trip itself they cost no statement of their own
            joinedload(Trip.notices),
            joinedload(Trip.waivers),
            selectinload(Trip.rounds),
        )
    )
    found = rows.unique().one_or_none()
    if found is None:
        raise NotFound
    return found


def actions_of(
    trip: Trip, actor: Actor, now: datetime, after: AfterReturn | None = None
) -> frozenset[TripAction]:
    """What the actor may do with the trip at this moment; pages and services ask the same."""
    found = standing(
        actor.grants,
        now,
        unit_path=trip.unit_path,
        sending_paths={m.unit_path for m in trip.members if m.unit_path},
    )
    return allowed_actions(trip.state, found, after)


def after_trip(session: Session, trip: UUID) -> AfterTrip | None:
    return session.scalar(sa.select(AfterTrip).where(AfterTrip.trip_id == trip))


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; every field lives in the address."""

    state: TripState | None = None
    text: str = ""
    country: str = ""
    year: int | None = None
    mine: bool = False
    after: str = ""


@dataclass(frozen=True)
class Page:
    rows: Sequence[Trip]
    following: str
    counts: dict[str, int]

    @property
    def total(self) -> str:
        """All states together, with a + where one was not counted to its end."""
        more = "+" if any(count >= COUNTED_TO for count in self.counts.values()) else ""
        return f"{sum(min(count, COUNTED_TO - 1) for count in self.counts.values())}{more}"


def page(session: Session, actor: Actor, now: datetime, wanted: Filter) -> Page:
    """One page of the list, newest change first, 25 rows, with the number of trips per state, counted to 100 at most.

    The cursor names the last row seen, so that new rows neither shift nor repeat a page.
    """
    seen = visible(actor, now)
    narrowed = sa.and_(seen, *_narrow(wanted, actor))
    query = sa.select(Trip).where(narrowed)
    if wanted.state is not None:
        query = query.where(Trip.state == wanted.state)
    else:
        query = query.where(Trip.state != TripState.DISCARDED)
    cursor = _read_cursor(wanted.after)
    if cursor is not None:
        at, last = cursor
        query = query.where(sa.or_(Trip.touched_at < at, sa.and_(Trip.touched_at == at, Trip.id < last)))
    rows = session.scalars(query.order_by(Trip.touched_at.desc(), Trip.id.desc()).limit(PAGE + 1)).all()
    following = _cursor(rows[PAGE - 1]) if len(rows) > PAGE else ""
    return Page(rows=rows[:PAGE], following=following, counts=_counts(session, narrowed))


def _counts(session: Session, narrowed: sa.ColumnElement[bool]) -> dict[str, int]:
    """How many trips in each state, each counted to `COUNTED_TO` at most, in one statement."""
    each = []
    for state in TripState:
        some = sa.select(Trip.id).where(narrowed, Trip.state == state).limit(COUNTED_TO).subquery()
        each.append(sa.select(sa.literal(state.value), sa.func.count()).select_from(some))
    return {state: count for state, count in session.execute(sa.union_all(*each)) if count}


def _narrow(wanted: Filter, actor: Actor) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.text:
        words = wanted.text[:60]
        named = sa.exists().where(Member.trip_id == Trip.id, Member.name.contains(words, autoescape=True))
        found.append(
            sa.or_(
                Trip.title.contains(words, autoescape=True),
                Trip.number == words,
                Trip.permit_no.contains(words, autoescape=True),
                Trip.unit_name.contains(words, autoescape=True),
                named,
            )
        )
    if wanted.country:
        found.append(sa.exists().where(Leg.trip_id == Trip.id, Leg.to_country == wanted.country))
    if wanted.year is not None:
        first, last = date(wanted.year, 1, 1), date(wanted.year, 12, 31)
        found.append(Trip.exit_on.between(first, last))
    if wanted.mine:
        found.append(Trip.created_by_id == actor.account_id)
    return found


def _cursor(row: Trip) -> str:
    raw = f"{row.touched_at.isoformat()} {row.id}"
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[datetime, UUID] | None:
    """The place a cursor names; anything unreadable means the first page."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        at, _, last = raw.partition(" ")
        moment = datetime.fromisoformat(at)
        return (moment, UUID(last)) if moment.tzinfo is not None else None
    except ValueError:
        return None


def others_near(session: Session, trip: Trip, first: date, last: date) -> tuple[OtherRequest, ...]:
    """Standing requests of the same unit or inviter to one of the same countries within the window (DEL-02)."""
    same: list[sa.ColumnElement[bool]] = [Trip.unit_code == trip.unit_code]
    inviters = [name for letter in trip.invitations if (name := letter.inviter.strip().lower())]
    if inviters:
        written = sa.func.lower(sa.func.trim(Invitation.inviter))
        same.append(sa.exists().where(Invitation.trip_id == Trip.id, written.in_(inviters)))
    gone = (
        TripState.DRAFT,
        TripState.DISCARDED,
        TripState.WITHDRAWN,
        TripState.REFUSED,
        TripState.REVOKED,
    )
    rows = session.scalars(
        sa.select(Trip)
        .where(
            Trip.id != trip.id,
            Trip.state.not_in(gone),
            sa.or_(*same),
            sa.exists().where(Leg.trip_id == Trip.id, Leg.to_country.in_(trip.countries)),
            Trip.exit_on <= last,
            Trip.entry_on >= first,
        )
        .options(selectinload(Trip.invitations))
        .order_by(Trip.exit_on, Trip.id)
    )
    return tuple(
        OtherRequest(
            number=row.ref,
            unit_code=row.unit_code,
            unit_name=row.unit_name,
            inviters=tuple(letter.inviter for letter in row.invitations),
            exit_on=row.exit_on,
            entry_on=row.entry_on,
            countries=tuple(row.countries),
            member_count=row.members_count,
        )
        for row in rows
        if row.exit_on is not None and row.entry_on is not None
    )


@dataclass(frozen=True)
class Unreturned:
    """A passport that should be back (PST-02). `due_on` is the last day in time."""

    number: str
    holder: str
    due_on: date


def unreturned_passports(session: Session, unit_code: str, duty: str) -> list[Unreturned]:
    """Members of the unit whose duty to hand their passport back still runs, the longest due first."""
    rows = session.execute(
        sa.select(Trip.id, Trip.number, Member.id.label("member"), Member.name)
        .join(Member, Member.trip_id == Trip.id)
        .where(Member.unit_code == unit_code, Trip.state == TripState.BACK)
    ).all()
    running = deadlines.running(session, duty, {row.id for row in rows})
    due = {deadline.item: deadline.due_at for deadline in running}
    found = [
        Unreturned(number=row.number or "", holder=row.name, due_on=last_day(due[str(row.member)]))
        for row in rows
        if str(row.member) in due
    ]
    return sorted(found, key=lambda row: row.due_on)


def by_id(session: Session, trip: UUID) -> Trip:
    """The trip without asking who wants to know: for the system's own work. Raises `NotFound`."""
    found = session.get(Trip, trip)
    if found is None:
        raise NotFound
    return found
