"""Reading requests, slots and routes, for the services and for the subjects' pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from webapp.accounts import queries_authority
from webapp.approvals import route_text
from webapp.approvals.models import (
    ApprovalDecision,
    ApprovalPaper,
    ApprovalRequest,
    ApprovalRoute,
    ApprovalStage,
    ApprovalTurn,
)
from webapp.approvals.policy import Parties
from webapp.approvals.route import Route
from webapp.approvals.rules_slots import Slot
from webapp.approvals.states import Move, RequestState, SlotState
from webapp.core.errors import NotFound
from webapp.core.ledger import NATIVE
from webapp.core.permissions import ROLE_PERMISSIONS, Permission
from webapp.core.prefixes import below
from webapp.core.tx import Actor

_ROUTES_KEPT = 2000
RequestRow: TypeAlias = ApprovalRequest
StageRow: TypeAlias = ApprovalStage


def find(session: Session, kind: str, subject_id: UUID) -> ApprovalRequest | None:
    return session.scalar(
        sa.select(ApprovalRequest).where(
            ApprovalRequest.subject_id == subject_id, ApprovalRequest.subject_kind == kind
        )
    )


def state_of(session: Session, kind: str, subject_id: UUID) -> RequestState | None:
    """Where the approval of a subject stands; None before its first submission."""
    found = find(session, kind, subject_id)
    return found.state if found else None


def states_of(session: Session, subject_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Where the approval of each of these subjects stands, of those that were ever submitted."""
    query = sa.select(ApprovalRequest.subject_id, ApprovalRequest.state).where(
        ApprovalRequest.subject_id.in_(subject_ids)
    )
    return {subject_id: state.value for subject_id, state in session.execute(query)}


def request(session: Session, kind: str, subject_id: UUID) -> ApprovalRequest:
    """Raises `NotFound`."""
    found = find(session, kind, subject_id)
    if found is None:
        raise NotFound
    return found


def request_by_number(session: Session, kind: str, number: str) -> ApprovalRequest:
    """The request of the subject people call by this number. Raises `NotFound`."""
    found = session.scalar(
        sa.select(ApprovalRequest).where(
            ApprovalRequest.subject_kind == kind,
            ApprovalRequest.number == number,
            ApprovalRequest.origin == NATIVE,
        )
    )
    if found is None:
        raise NotFound
    return found


def request_by_id(session: Session, request_id: UUID) -> ApprovalRequest:
    found = session.get(ApprovalRequest, request_id)
    if found is None:
        raise NotFound
    return found


def slots(session: Session, request_id: UUID, round_: int) -> Sequence[ApprovalStage]:
    """The slots of a round in their order, as they are in the database now."""
    return session.scalars(_SLOTS, {"request_id": request_id, "round": round_}).all()


_SLOTS = (
    sa.select(ApprovalStage)
    .where(
        ApprovalStage.request_id == sa.bindparam("request_id", type_=sa.Uuid()),
        ApprovalStage.round == sa.bindparam("round"),
    )
    .order_by(ApprovalStage.position)
    .execution_options(populate_existing=True)
)


# A slot of the machine, field by field, and the column each comes from.
_SLOT = {
    "key": "key",
    "stage": "stage",
    "seat": "seat",
    "role": "role",
    "unit": "unit_path",
    "step": "step",
    "order": "order",
    "state": "state",
    "ready_on": "ready_on",
    "signer": "signer_id",
    "principal": "principal_id",
    "person": "person_id",
    "added_to": "added_to",
    "placed": "placed",
    "added_by": "added_by_id",
}


def as_slot(row: ApprovalStage) -> Slot:
    return Slot(**{field: getattr(row, column) for field, column in _SLOT.items()})


def slot_of(values: Mapping[str, Any]) -> Slot:
    """The same from a row that is no object yet."""
    return Slot(**{field: values[column] for field, column in _SLOT.items()})


def parties_of(row: ApprovalRequest) -> Parties:
    return Parties(
        requester=row.requester_id,
        drafters=frozenset(UUID(value) for value in row.parties.get("drafters", ())),
        travellers=frozenset(UUID(value) for value in row.parties.get("travellers", ())),
    )


_by_id: dict[UUID, Route] = {}


def route_of(session: Session, route_id: UUID) -> Route:
    """A version of a route. Versions never change, so a process reads each once."""
    found = _by_id.get(route_id)
    if found is None:
        row = session.get_one(ApprovalRoute, route_id)
        found = route_text.from_data(row.definition, source=f"{row.code} {row.version}")
        if len(_by_id) >= _ROUTES_KEPT:
            _by_id.clear()
        _by_id[route_id] = found
    return found


def came_before(
    actor: Actor, kind: str, subject_id: sa.ColumnElement[UUID] | InstrumentedAttribute[UUID]
) -> sa.ColumnElement[bool]:
    """Whether a subject of a kind came before the actor: a signature given, or wanted of them or a role they hold, or
    copied to them.

    For a list's own statement, asked of each row it looks at: a set of all such subjects would grow for ever.
    """
    wanted = _of_request(
        ApprovalStage,
        ApprovalStage.round == ApprovalRequest.round,
        ApprovalStage.state.not_in([SlotState.WAITING, SlotState.SKIPPED]),
        sa.or_(
            ApprovalStage.person_id == actor.account_id,
            *(
                sa.and_(
                    ApprovalStage.role == grant.role,
                    below(ApprovalStage.unit_path, grant.unit_path),
                )
                for grant in actor.grants
            ),
        ),
    )
    given = _of_request(
        ApprovalDecision,
        sa.or_(
            ApprovalDecision.person_id == actor.account_id,
            ApprovalDecision.principal_id == actor.account_id,
        ),
    )
    copied = _of_request(
        ApprovalTurn, ApprovalTurn.move == Move.COPY, ApprovalTurn.other_id == actor.account_id
    )
    return (
        sa.exists()
        .where(
            ApprovalRequest.subject_id == subject_id,
            ApprovalRequest.subject_kind == kind,
            sa.or_(wanted, given, copied),
        )
        .correlate_except(ApprovalRequest)
    )


def _of_request(
    model: type[ApprovalStage | ApprovalDecision | ApprovalTurn], *where: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    return sa.exists().where(model.request_id == ApprovalRequest.id, *where).correlate(ApprovalRequest)


def waiting_paper(session: Session, stage_id: UUID) -> ApprovalPaper | None:
    return session.scalar(
        sa.select(ApprovalPaper).where(ApprovalPaper.stage_id == stage_id, ApprovalPaper.closed_at.is_(None))
    )


def waiting_paper_of(session: Session, row: ApprovalRequest, key: str) -> ApprovalPaper:
    """The waiting entry in a slot of the current round. Raises `NotFound`."""
    found = session.scalar(
        sa.select(ApprovalPaper)
        .join(ApprovalStage, ApprovalStage.id == ApprovalPaper.stage_id)
        .where(
            ApprovalStage.request_id == row.id,
            ApprovalStage.round == row.round,
            ApprovalStage.key == key,
            ApprovalPaper.closed_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found


def papers_waiting(session: Session, request_id: UUID) -> Sequence[ApprovalPaper]:
    """Paper entries of a request that nobody has confirmed or refused yet, oldest first."""
    return session.scalars(
        sa.select(ApprovalPaper)
        .where(ApprovalPaper.request_id == request_id, ApprovalPaper.closed_at.is_(None))
        .order_by(ApprovalPaper.entered_at)
    ).all()


def request_of_paper(session: Session, paper_id: UUID) -> UUID:
    found = session.scalar(sa.select(ApprovalPaper.request_id).where(ApprovalPaper.id == paper_id))
    if found is None:
        raise NotFound
    return found


def paper_confirmers(session: Session, unit_path: str, now: datetime) -> list[UUID]:
    """Accounts whose role lets them enter or confirm a paper signature for the unit."""
    entering = [role for role, may in ROLE_PERMISSIONS.items() if Permission.APPROVALS_ENTER_PAPER in may]
    found = queries_authority.holders_of(session, [(role, unit_path) for role in entering], now).values()
    return list(dict.fromkeys(holder.id for holders in found for holder in holders))
