"""The inbox besides what waits: what a person signed, what they filed, what others signed for them.

Every list takes a fixed number of statements and pages by key, so that it costs the same at any size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals.models import ApprovalDecision, ApprovalRequest, ApprovalStage, ApprovalTurn
from webapp.approvals.states import Move, RequestState, Verdict
from webapp.core.tx import Actor

PAGE = 30


@dataclass(frozen=True)
class Card:
    """One line of a list. `for_name`: whom the actor stands in for; `after`: the key of the next page."""

    kind: str
    number: str
    title: str
    lede: str
    link: str
    unit_id: UUID | None
    state: RequestState
    at: datetime
    after: str
    stage: str = ""
    slot: str = ""
    due_at: datetime | None = None
    opened_at: datetime | None = None
    version: int = 0
    content_hash: str = ""
    unmet: int = 0
    explain: int = 0
    passed: int = 0
    is_notice: bool = False
    posted_on: Any = None
    ready_on: Any = None
    for_name: str = ""
    verdict: Verdict | None = None
    who: str = ""
    copier: str = ""
    is_standing: bool = True

    @property
    def is_flagged(self) -> bool:
        return bool(self.unmet or self.explain)


def decided_by(session: Session, actor: Actor, *, after: str = "", limit: int = PAGE) -> Sequence[Card]:
    """What the actor signed, newest first."""
    return _decisions(session, ApprovalDecision.person_id == actor.account_id, after, limit)


def copied_to(session: Session, actor: Actor, *, after: str = "", limit: int = PAGE) -> Sequence[Card]:
    """For information, newest first: what was copied to the actor, and what a substitute signed in their place."""
    signed = _decisions(session, ApprovalDecision.principal_id == actor.account_id, after, limit)
    query = (
        sa.select(ApprovalTurn, ApprovalRequest)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalTurn.request_id)
        .where(ApprovalTurn.other_id == actor.account_id, ApprovalTurn.move == Move.COPY)
        .order_by(ApprovalTurn.at.desc(), ApprovalTurn.id.desc())
        .limit(limit)
    )
    place = place_of(after)
    if place is not None:
        query = query.where(_older(ApprovalTurn.at, ApprovalTurn.id, place))
    rows = session.execute(query).all()
    names = accounts.names(session, [turn.person_id for turn, _request in rows if turn.person_id])
    copied = [
        card_of(
            request,
            turn.at,
            mark(turn.at, turn.id),
            copier=names.get(turn.person_id, "") if turn.person_id else "",
        )
        for turn, request in rows
    ]
    return sorted([*signed, *copied], key=lambda card: card.after, reverse=True)[:limit]


def filed_by(session: Session, actor: Actor, *, after: str = "", limit: int = PAGE) -> Sequence[Card]:
    """What the actor filed, newest first."""
    query = (
        sa.select(ApprovalRequest)
        .where(ApprovalRequest.requester_id == actor.account_id, ApprovalRequest.origin == "native")
        .order_by(ApprovalRequest.started_at.desc(), ApprovalRequest.id.desc())
        .limit(limit)
    )
    place = place_of(after)
    if place is not None:
        query = query.where(_older(ApprovalRequest.started_at, ApprovalRequest.id, place))
    return [
        card_of(row, row.started_at, mark(row.started_at, row.id)) for row in session.scalars(query).all()
    ]


def _decisions(session: Session, whose: Any, after: str, limit: int) -> Sequence[Card]:
    query = (
        sa.select(ApprovalDecision, ApprovalRequest, ApprovalStage.title)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalDecision.request_id)
        .join(ApprovalStage, ApprovalStage.id == ApprovalDecision.stage_id)
        .where(whose)
        .order_by(ApprovalDecision.decided_at.desc(), ApprovalDecision.id.desc())
        .limit(limit)
    )
    place = place_of(after)
    if place is not None:
        query = query.where(_older(ApprovalDecision.decided_at, ApprovalDecision.id, place))
    rows = session.execute(query).all()
    names = accounts.names(session, [decision.person_id for decision, _request, _title in rows])
    return [
        card_of(
            request,
            decision.decided_at,
            mark(decision.decided_at, decision.id),
            stage=title,
            verdict=decision.verdict,
            who=names.get(decision.person_id, ""),
            is_standing=decision.is_standing,
        )
        for decision, request, title in rows
    ]


def _older(at: Any, row_id: Any, place: tuple[datetime, UUID]) -> sa.ColumnElement[bool]:
    """Rows after a place in an order of newest first."""
    moment, last = place
    return sa.tuple_(at, row_id) < sa.tuple_(sa.literal(moment, at.type), sa.literal(last, sa.Uuid()))


def card_of(request: ApprovalRequest, at: datetime, after: str, **more: Any) -> Card:
    return Card(
        kind=request.subject_kind,
        number=request.number,
        title=request.title,
        lede=request.lede,
        link=request.link,
        unit_id=request.unit_id,
        state=request.state,
        at=at,
        after=after,
        version=request.version,
        content_hash=request.content_hash,
        unmet=request.unmet_count,
        explain=request.explain_count,
        passed=request.passed_count,
        **more,
    )


def mark(at: datetime, row_id: UUID) -> str:
    return f"{at.astimezone(UTC).strftime('%Y%m%dT%H%M%S.%f')}-{row_id.hex}"


def place_of(after: str) -> tuple[datetime, UUID] | None:
    """The place a page begins after; none, or a text of another form, means the first page."""
    try:
        at, row_id = after.split("-")
        return datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), UUID(row_id)
    except ValueError:
        return None
