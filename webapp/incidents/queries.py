"""Reading side of incidents. Who may know is one predicate inside every statement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.core.errors import NotFound
from webapp.core.permissions import OFFICE, Role
from webapp.core.prefixes import below
from webapp.core.tx import Actor, ActorKind
from webapp.incidents.kinds import OWN_PEOPLE_ABROAD, Category
from webapp.incidents.models import Incident, ObservedCase, Participant
from webapp.incidents.states import BOARD, IncidentState, Secrecy

# The lead's own people and the office see normal incidents; heads, leaders and auditors only by name.
_SEE_BY_ROLE: Final = OFFICE | {Role.INCIDENT_OFFICER, Role.INCIDENT_LEAD, Role.CLERK}
# A duty officer works what came in during the shift, handed over after a day.
SHIFT: Final = timedelta(hours=24)


def known_to(actor: Actor, now: datetime) -> sa.ColumnElement[bool]:
    """Incidents the actor may know of: by name, by role (not the restricted ones), by shift (normal ones)."""
    return _predicate(actor, now, by_role=(Secrecy.NORMAL, Secrecy.EXISTENCE_ONLY))


def readable_by(actor: Actor, now: datetime) -> sa.ColumnElement[bool]:
    """Incidents whose content the actor may read: as `known_to`, without the existence-only ones of others."""
    return _predicate(actor, now, by_role=(Secrecy.NORMAL,))


def _predicate(actor: Actor, now: datetime, by_role: tuple[Secrecy, ...]) -> sa.ColumnElement[bool]:
    if actor.kind is ActorKind.SYSTEM:
        return sa.true()
    ways: list[sa.ColumnElement[bool]] = [
        Incident.id.in_(sa.select(Participant.incident_id).where(Participant.account_id == actor.account_id))
    ]
    for grant in actor.grants:
        if not grant.holds(now):
            continue
        led_below = below(Incident.lead_unit_path, grant.unit_path)
        if grant.role in _SEE_BY_ROLE:
            ways.append(sa.and_(Incident.secrecy.in_(by_role), led_below))
        elif grant.role is Role.DUTY_OFFICER:
            fresh = Incident.received_at > now - SHIFT
            ways.append(sa.and_(Incident.secrecy == Secrecy.NORMAL, led_below, fresh))
    return sa.or_(*ways)


def id_of(session: Session, actor: Actor, now: datetime, number: str) -> UUID:
    """The id behind a number. Raises `NotFound`, also where the actor may not know of it."""
    found = session.scalar(sa.select(Incident.id).where(Incident.number == number, known_to(actor, now)))
    if found is None:
        raise NotFound
    return found


def is_known(session: Session, actor: Actor, now: datetime, incident_id: UUID) -> bool:
    query = sa.select(Incident.id).where(Incident.id == incident_id, known_to(actor, now))
    return session.scalar(query) is not None


def is_readable(session: Session, actor: Actor, now: datetime, incident_id: UUID) -> bool:
    return (
        session.scalar(sa.select(Incident.id).where(Incident.id == incident_id, readable_by(actor, now)))
        is not None
    )


@dataclass(frozen=True)
class Line:
    """An incident in a list. Where only its existence may be known, `readable` is False."""

    incident: Incident
    readable: bool


class Shown(StrEnum):
    """What the board is narrowed to."""

    ALL = ""
    MINE = "mine"
    FOREIGN = "foreign"
    ABROAD = "abroad"


def _narrowed(actor: Actor, shown: Shown) -> sa.ColumnElement[bool]:
    abroad = Incident.category.in_(OWN_PEOPLE_ABROAD)
    ways: dict[Shown, sa.ColumnElement[bool]] = {
        Shown.MINE: Incident.lead_id == actor.account_id,
        Shown.FOREIGN: ~abroad,
        Shown.ABROAD: abroad,
    }
    return ways.get(shown, sa.true())


def on_board(
    session: Session, actor: Actor, now: datetime, *, shown: Shown = Shown.ALL, before: str = "", limit: int
) -> Sequence[Line]:
    """A page of the open incidents the actor may know of, newest first, from before the number `before` on."""
    wanted = sa.and_(Incident.state.in_(BOARD), _narrowed(actor, shown), _before(before))
    return _lines(session, actor, now, wanted, limit)


def board_counts(session: Session, actor: Actor, now: datetime) -> dict[tuple[IncidentState, Shown], int]:
    """How many open incidents the actor may know of, by state and by what the board may be narrowed to."""
    counts = [
        sa.func.count(sa.case((_narrowed(actor, shown), 1))).label(shown.value or "whole") for shown in Shown
    ]
    rows = session.execute(
        sa.select(Incident.state, *counts)
        .where(Incident.state.in_(BOARD), known_to(actor, now))
        .group_by(Incident.state)
    )
    return {(row[0], shown): int(row[place]) for row in rows for place, shown in enumerate(Shown, start=1)}


def listed(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    state: IncidentState | None = None,
    lead_id: UUID | None = None,
    before: str = "",
    limit: int = 50,
) -> Sequence[Line]:
    """A page of the list, newest first, from the one registered before the number `before` on."""
    wanted: list[sa.ColumnElement[bool]] = [_before(before)]
    if state is not None:
        wanted.append(Incident.state == state)
    if lead_id is not None:
        wanted.append(Incident.lead_id == lead_id)
    return _lines(session, actor, now, sa.and_(*wanted), limit)


def _before(number: str) -> sa.ColumnElement[bool]:
    """Registered before the incident of this number; every one when there is no number."""
    if not number:
        return sa.true()
    return Incident.id < sa.select(Incident.id).where(Incident.number == number).scalar_subquery()


def _lines(
    session: Session, actor: Actor, now: datetime, wanted: sa.ColumnElement[bool], limit: int
) -> Sequence[Line]:
    rows = session.execute(
        sa.select(Incident, sa.case((readable_by(actor, now), 1), else_=0))
        .where(wanted, known_to(actor, now))
        # ids grow with time; numbers do not sort as texts: the thousandth of a year stands before the hundredth
        .order_by(Incident.id.desc())
        .limit(limit)
    )
    return [Line(incident, bool(readable)) for incident, readable in rows]


def recipients(session: Session, incident_id: UUID) -> tuple[Incident | None, Sequence[UUID]]:
    """The incident and the accounts named in it, for those who write notices."""
    incident = session.get(Incident, incident_id)
    named = session.scalars(
        sa.select(Participant.account_id)
        .where(Participant.incident_id == incident_id)
        .order_by(Participant.added_at, Participant.id)
    ).all()
    return incident, named


@dataclass(frozen=True)
class LiveState:
    """An incident as its row stands."""

    id: UUID
    number: str
    version: int
    state: IncidentState
    level: int | None
    category: Category
    secrecy: Secrecy
    lead_id: UUID | None


def live_states(session: Session) -> Sequence[LiveState]:
    """Every incident, to be compared with what the log last said of it."""
    columns = (
        Incident.id,
        Incident.number,
        Incident.version,
        Incident.state,
        Incident.level,
        Incident.category,
        Incident.secrecy,
        Incident.lead_id,
    )
    return [LiveState(*row) for row in session.execute(sa.select(*columns).order_by(Incident.id))]


def observed_states(session: Session) -> Iterator[tuple[UUID, str, int, IncidentState]]:
    """(id, number, version, state) of every case of a foreign log."""
    columns = (ObservedCase.id, ObservedCase.number, ObservedCase.version, ObservedCase.state)
    for row in session.execute(sa.select(*columns)):
        yield row.id, row.number, row.version, row.state


def observed_states_of(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The states of these cases of foreign logs, of those that are such."""
    query = sa.select(ObservedCase.id, ObservedCase.state).where(ObservedCase.id.in_(case_ids))
    return {case_id: state.value for case_id, state in session.execute(query)}
