"""Reading side of the register; who sees whom is part of every statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.core.errors import NotFound
from webapp.core.permissions import Permission
from webapp.core.tx import Actor
from webapp.people import rules
from webapp.people.models import Journey, Passport, Person
from webapp.people.states import Custody
from webapp.rulebook.states import Employment, Rank

PAGE = 50
CHOICES = 500


def units_in_reach(
    session: Session, actor: Actor, now: datetime, permission: Permission = Permission.PEOPLE_SEE
) -> dict[UUID, str]:
    """Units whose people the actor may see (or keep), with their names, in the tree's order."""
    return {unit.id: unit.name for unit in accounts.units(session) if actor.may(permission, now, unit.path)}


@dataclass(frozen=True)
class PersonRow:
    """One line of the list. `out_count`: documents handed out, `late_days`: of the latest one."""

    number: int
    name: str
    unit: str
    post: str
    is_active: bool
    passport_count: int
    out_count: int
    late_days: int


def page(
    session: Session, actor: Actor, now: datetime, today: date, *, text: str = "", after: int = 0
) -> list[PersonRow]:
    """People the actor may see, by number, from the one after `after`; `text` looks in name and post."""
    reach = units_in_reach(session, actor, now)
    query = (
        sa.select(Person)
        .where(Person.unit_id.in_(reach), Person.number > after)
        .order_by(Person.number)
        .limit(PAGE)
    )
    if text:
        query = query.where(
            sa.or_(Person.name.contains(text, autoescape=True), Person.post.contains(text, autoescape=True))
        )
    people = session.scalars(query).all()
    held: dict[UUID, list[Passport]] = {}
    for passport in session.scalars(
        sa.select(Passport).where(Passport.person_id.in_([person.id for person in people]))
    ):
        held.setdefault(passport.person_id, []).append(passport)
    found = []
    for person in people:
        own = held.get(person.id, [])
        out = [passport for passport in own if passport.custody is Custody.OUT]
        late = max(((today - p.due_on).days for p in out if p.due_on is not None), default=0)
        found.append(
            PersonRow(
                number=person.number,
                name=person.name,
                unit=reach[person.unit_id],
                post=person.post,
                is_active=person.is_active,
                passport_count=len([p for p in own if p.custody in (Custody.KEPT, Custody.OUT)]),
                out_count=len(out),
                late_days=max(late, 0),
            )
        )
    return found


def by_number(session: Session, actor: Actor, now: datetime, number: int) -> Person:
    """Raises `NotFound`, also for people the actor may not know of."""
    row = session.scalars(sa.select(Person).where(Person.number == number)).one_or_none()
    if row is None or not actor.may(Permission.PEOPLE_SEE, now, accounts.unit(session, row.unit_id).path):
        raise NotFound
    return row


@dataclass(frozen=True)
class Registered:
    """Somebody of the register, as a member list needs them."""

    id: UUID
    number: int
    name: str
    unit_id: UUID
    post: str
    rank: Rank
    employment: Employment
    account_id: UUID | None


def registered(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, Registered]:
    """People by id; ids the register does not know are left out."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    return {
        row.id: _registered(row) for row in session.scalars(sa.select(Person).where(Person.id.in_(wanted)))
    }


def bearing(session: Session, wanted: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], list[Registered]]:
    """Active people of exactly that unit who bear exactly that name, spaces apart; one statement for all."""
    pairs = {(rules.bare(name), unit_id) for name, unit_id in wanted}
    if not pairs:
        return {}
    written = sa.func.replace(sa.func.replace(Person.name, " ", ""), "\u3000", "")
    rows = session.scalars(
        sa.select(Person)
        .where(
            Person.is_active,
            Person.unit_id.in_({unit_id for _, unit_id in pairs}),
            written.in_({name for name, _ in pairs}),
        )
        .order_by(Person.number)
    )
    found: dict[tuple[str, UUID], list[Registered]] = {}
    for row in rows:
        found.setdefault((rules.bare(row.name), row.unit_id), []).append(_registered(row))
    return found


def to_choose(session: Session, actor: Actor, now: datetime) -> list[Registered]:
    """Active people in the actor's reach by unit and name, for a member list; at most 500."""
    reach = units_in_reach(session, actor, now)
    rows = session.scalars(
        sa.select(Person)
        .where(Person.unit_id.in_(reach), Person.is_active)
        .order_by(Person.unit_id, Person.name)
        .limit(CHOICES)
    )
    return [_registered(row) for row in rows]


def _registered(row: Person) -> Registered:
    return Registered(
        id=row.id,
        number=row.number,
        name=row.name,
        unit_id=row.unit_id,
        post=row.post,
        rank=row.rank,
        employment=row.employment,
        account_id=row.account_id,
    )


def passports(session: Session, person_id: UUID) -> Sequence[Passport]:
    return session.scalars(
        sa.select(Passport).where(Passport.person_id == person_id).order_by(Passport.id)
    ).all()


def passport_at(session: Session, person_id: UUID, place: int) -> Passport:
    """The passport at a place of somebody's list, from 1 in the order of registration. Raises `NotFound`."""
    held = passports(session, person_id)
    if not 1 <= place <= len(held):
        raise NotFound
    return held[place - 1]


def journeys(session: Session, person_id: UUID) -> Sequence[Journey]:
    """Where somebody has been, newest first."""
    return session.scalars(
        sa.select(Journey).where(Journey.person_id == person_id).order_by(Journey.entry_on.desc())
    ).all()


@dataclass(frozen=True)
class PastJourney:
    trip_number: str
    exit_on: date
    entry_on: date
    countries: tuple[str, ...]


def earlier(session: Session, person_ids: Iterable[UUID], *, but: str = "") -> dict[UUID, list[PastJourney]]:
    """The journeys of each of these people, the latest first, the request `but` left out (上次出访时间)."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = session.scalars(
        sa.select(Journey)
        .where(Journey.person_id.in_(wanted), Journey.trip_number != but)
        .order_by(Journey.entry_on.desc())
    )
    found: dict[UUID, list[PastJourney]] = {}
    for row in rows:
        past = PastJourney(row.trip_number, row.exit_on, row.entry_on, tuple(row.countries))
        found.setdefault(row.person_id, []).append(past)
    return found
