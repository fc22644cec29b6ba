"""The duties of incidents, read from the clocks that run for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.deadlines import queries as deadline_queries
from webapp.deadlines.states import Confidence, DeadlineState, TimeUnit
from webapp.incidents.kinds import DutyKind
from webapp.incidents.models import Incident

PREFIX: Final = "incidents."


def kind_name(kind: DutyKind) -> str:
    """The name under which clocks of this duty are kept and counted."""
    return PREFIX + kind.value


@dataclass(frozen=True, kw_only=True)
class Duty:
    """One thing owed or done: the legal end, the internal target, what became of it."""

    id: UUID
    incident_id: UUID
    number: str
    kind: DutyKind
    item: str
    state: DeadlineState
    started_at: datetime
    due_at: datetime
    target_at: datetime
    unit: TimeUnit
    met_at: datetime | None
    performer: str
    legal_source: str
    confidence: Confidence
    provisional: bool
    waivable: bool
    note: str

    @property
    def is_open(self) -> bool:
        return self.state is DeadlineState.OPEN

    @property
    def has_internal_target(self) -> bool:
        return self.target_at != self.due_at


def _duty(row: Any) -> Duty:
    return Duty(
        id=row.id,
        incident_id=row.subject_id,
        number=row.subject_number,
        kind=DutyKind(row.kind.removeprefix(PREFIX)),
        item=row.item,
        state=row.state,
        started_at=row.started_at,
        due_at=row.due_at,
        target_at=row.target_at or row.due_at,
        unit=row.unit,
        met_at=row.met_at,
        performer=row.performer,
        legal_source=row.legal_source,
        confidence=row.confidence,
        provisional=row.provisional,
        waivable=row.waivable,
        note=row.note,
    )


def of_incident(session: Session, incident_id: UUID) -> Sequence[Duty]:
    """All duties of an incident, done ones too, by legal end."""
    return [_duty(row) for row in deadline_queries.of_subject(session, incident_id)]


def running(session: Session, incident_id: UUID, kind: DutyKind | None = None) -> Sequence[Duty]:
    """The duties still owed, nearest legal end first."""
    kinds = None if kind is None else [kind_name(kind)]
    return [_duty(row) for row in deadline_queries.open_of(session, incident_id, kinds)]


def nearest_of(session: Session, incident_ids: Collection[UUID]) -> dict[UUID, Duty]:
    """The running clock of each of these incidents whose internal target is nearest.

    The ids come from a statement that held the predicate of who may know.
    """
    first: dict[UUID, Duty] = {}
    duties = [_duty(row) for row in deadline_queries.running_of(session, incident_ids)]
    for duty in sorted(duties, key=_by_target):
        first.setdefault(duty.incident_id, duty)
    return first


def nearest(session: Session, readable: sa.ColumnElement[bool], limit: int) -> Sequence[Duty]:
    """The running clocks of all incidents whose content the actor may read, nearest internal target first."""

    def of(subject_id: Any) -> sa.ColumnElement[bool]:
        return sa.exists().where(Incident.id == subject_id, readable)

    return [_duty(row) for row in deadline_queries.nearest(session, of, limit)]


def _by_target(duty: Duty) -> tuple[datetime, UUID]:
    return duty.target_at, duty.id
