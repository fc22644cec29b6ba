"""Reading side of the register; who sees whom is part of every statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.core.errors import NotFound
from webapp.core.permissions import Permission
from webapp.core.tx import Actor
from webapp.people.models import CustodyMove, Journey, Passport, Person
from webapp.people.states import Custody

PAGE = 50


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


def of_unit(session: Session, unit_id: UUID) -> Sequence[Person]:
    """Active people of one unit by name, for a request's member list."""
    return session.scalars(
        sa.select(Person).where(Person.unit_id == unit_id, Person.is_active).order_by(Person.name)
    ).all()


def named(session: Session, person_ids: Sequence[UUID]) -> dict[UUID, tuple[str, UUID]]:
    """Name and unit of people as the register has them; ids it does not know are left out."""
    if not person_ids:
        return {}
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.unit_id).where(Person.id.in_(set(person_ids)))
    )
    return {row.id: (row.name, row.unit_id) for row in rows}


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


def passport(session: Session, actor: Actor, now: datetime, passport_id: UUID) -> tuple[Passport, Person]:
    """A passport with its holder. Raises `NotFound`, also outside the actor's reach."""
    row = session.get(Passport, passport_id)
    if row is None:
        raise NotFound
    holder = session.get_one(Person, row.person_id)
    if not actor.may(Permission.PEOPLE_SEE, now, accounts.unit(session, holder.unit_id).path):
        raise NotFound
    return row, holder


def moves(session: Session, passport_ids: Sequence[UUID]) -> Sequence[CustodyMove]:
    """All moves of these passports, newest first."""
    return session.scalars(
        sa.select(CustodyMove)
        .where(CustodyMove.passport_id.in_(passport_ids))
        .order_by(CustodyMove.moved_on.desc(), CustodyMove.id.desc())
    ).all()


def journeys(session: Session, person_id: UUID) -> Sequence[Journey]:
    """Where somebody has been, newest first."""
    return session.scalars(
        sa.select(Journey).where(Journey.person_id == person_id).order_by(Journey.entry_on.desc())
    ).all()


def last_entry(session: Session, person_ids: Sequence[UUID]) -> dict[UUID, date]:
    """The day each of them last came back (上次出访时间); people who never travelled are left out."""
    rows = session.execute(
        sa.select(Journey.person_id, sa.func.max(Journey.entry_on).label("back_on"))
        .where(Journey.person_id.in_(person_ids))
        .group_by(Journey.person_id)
    )
    return {row.person_id: row.back_on for row in rows}


@dataclass(frozen=True)
class Outstanding:
    """A document handed out and not back."""

    passport_id: UUID
    holder: str
    person_number: int
    unit: str
    mask: str
    trip_number: str
    due_on: date | None
    late_days: int


def outstanding(session: Session, actor: Actor, now: datetime, today: date) -> list[Outstanding]:
    """What is out in the actor's reach, the latest first."""
    reach = units_in_reach(session, actor, now)
    rows = session.execute(
        sa.select(Passport, Person)
        .join(Person, Person.id == Passport.person_id)
        .where(Passport.custody == Custody.OUT, Person.unit_id.in_(reach))
        .order_by(Passport.due_on, Passport.id)
    )
    return [
        Outstanding(
            passport_id=held.id,
            holder=person.name,
            person_number=person.number,
            unit=reach[person.unit_id],
            mask=held.number_mask,
            trip_number=held.trip_number,
            due_on=held.due_on,
            late_days=max(0, (today - held.due_on).days) if held.due_on else 0,
        )
        for held, person in rows
    ]
