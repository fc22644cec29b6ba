"""What every action on a request reads first: the request under lock, then all it will need, in two round trips."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries_authority
from webapp.approvals.models import ApprovalRequest, ApprovalStage
from webapp.core.errors import NotFound
from webapp.core.gathered import attached
from webapp.core.ledger import NATIVE
from webapp.core.questions import Asked, Question, ask, ask_ahead, row_of
from webapp.deadlines import queries as deadlines
from webapp.deadlines import queries_calendar

_request, _stage = ApprovalRequest.__table__, ApprovalStage.__table__
_OF_KIND = (
    sa.select(*_request.columns)
    .where(_request.c.subject_kind == sa.bindparam("kind", type_=sa.String()))
    .with_for_update()
)
_LOCKED = Question(
    _OF_KIND.where(_request.c.subject_id == sa.bindparam("subject_id", type_=sa.Uuid())),
    row_of(ApprovalRequest),
)
_LOCKED_BY_NUMBER = Question(
    _OF_KIND.where(
        _request.c.number == sa.bindparam("number", type_=sa.String()), _request.c.origin == NATIVE
    ),
    row_of(ApprovalRequest),
)
_SLOTS = Question(
    sa.select(*_stage.columns)
    .where(
        _stage.c.request_id == sa.bindparam("request_id", type_=sa.Uuid()),
        _stage.c.round == sa.bindparam("round", type_=sa.Integer()),
    )
    .order_by(_stage.c.position),
    row_of(ApprovalStage),
)


def locked(session: Session, kind: str, subject_id: UUID) -> ApprovalRequest:
    """The request, locked until the end of the transaction: the first lock of every action. Raises `NotFound`."""
    return _only(session, ask(session, _LOCKED(kind=kind, subject_id=subject_id)))


def locked_by_number(session: Session, kind: str, number: str) -> ApprovalRequest:
    """The same by the number people call the subject by."""
    return _only(session, ask(session, _LOCKED_BY_NUMBER(kind=kind, number=number)))


def _only(session: Session, found: list[dict[str, Any]]) -> ApprovalRequest:
    if not found:
        raise NotFound
    return attached(session, ApprovalRequest, found[0])


def read_ahead(session: Session, request: ApprovalRequest, person: UUID | None, now: datetime) -> None:
    """Slots, the person's authority and the running clocks, both locked, and the calendar's edition at once.

    Locks are taken in the order of every action: request, grants, account, clocks.
    """
    wanted: list[Asked[Any]] = [_SLOTS(request_id=request.id, round=request.round)]
    if person is not None:
        wanted.append(queries_authority.AUTHORITY(person=person, now=now))
    wanted += [deadlines.RUNNING(subject_id=request.subject_id), queries_calendar.NEWEST()]
    ask_ahead(session, *wanted)


def slots(session: Session, request: ApprovalRequest) -> list[dict[str, Any]]:
    """The slots of the current round in their order, by column names."""
    return ask(session, _SLOTS(request_id=request.id, round=request.round))
