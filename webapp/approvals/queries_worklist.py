"""The inbox: what waits for a person, what they signed, what they filed, what others signed for them.

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
from webapp.approvals.policy import may_approve
from webapp.approvals.states import Move, RequestState, SlotState, Verdict
from webapp.core.permissions import GrantView
from webapp.core.prefixes import below
from webapp.core.tx import Actor

PAGE = 30
COUNTED_TO = 100
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


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


def waiting_for(
    session: Session, actor: Actor, now: datetime, *, after: str = "", limit: int = PAGE
) -> Sequence[Card]:
    """Open slots the actor may sign now, in their own right or as a substitute, most urgent first."""
    rights = _rights(session, actor, now)
    if not rights:
        return []
    due = sa.func.coalesce(ApprovalStage.due_at, sa.literal(_NEVER, ApprovalStage.due_at.type))
    query = (
        sa.select(ApprovalStage, ApprovalRequest)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalStage.request_id)
        .where(*_wanted(actor, rights))
        .order_by(due, ApprovalStage.id)
        .limit(limit)
    )
    place = _key(after)
    if place is not None:
        at, row_id = place
        query = query.where(
            sa.or_(due > at, sa.and_(due == at, ApprovalStage.id > row_id)),
        )
    return [_todo(slot, request, rights) for slot, request in session.execute(query)]


def waiting_count(session: Session, actor: Actor, now: datetime) -> int:
    """How many wait, counted to 100 at most (shown as 99+)."""
    rights = _rights(session, actor, now)
    if not rights:
        return 0
    some = (
        sa.select(ApprovalStage.id)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalStage.request_id)
        .where(*_wanted(actor, rights))
        .limit(COUNTED_TO)
        .subquery()
    )
    return session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


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
    place = _key(after)
    if place is not None:
        query = query.where(_older(ApprovalTurn.at, ApprovalTurn.id, place))
    rows = session.execute(query).all()
    names = accounts.names(session, [turn.person_id for turn, _request in rows if turn.person_id])
    copied = [
        _card(
            request,
            turn.at,
            _mark(turn.at, turn.id),
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
    place = _key(after)
    if place is not None:
        query = query.where(_older(ApprovalRequest.started_at, ApprovalRequest.id, place))
    return [_card(row, row.started_at, _mark(row.started_at, row.id)) for row in session.scalars(query).all()]


def _decisions(session: Session, whose: Any, after: str, limit: int) -> Sequence[Card]:
    query = (
        sa.select(ApprovalDecision, ApprovalRequest, ApprovalStage.title)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalDecision.request_id)
        .join(ApprovalStage, ApprovalStage.id == ApprovalDecision.stage_id)
        .where(whose)
        .order_by(ApprovalDecision.decided_at.desc(), ApprovalDecision.id.desc())
        .limit(limit)
    )
    place = _key(after)
    if place is not None:
        query = query.where(_older(ApprovalDecision.decided_at, ApprovalDecision.id, place))
    rows = session.execute(query).all()
    names = accounts.names(session, [decision.person_id for decision, _request, _title in rows])
    return [
        _card(
            request,
            decision.decided_at,
            _mark(decision.decided_at, decision.id),
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


@dataclass(frozen=True)
class _Right:
    """A grant that holds now, its owner, and the owner's name where the actor only stands in for them."""

    grant: GrantView
    owner: UUID
    name: str = ""

    def fits(self, slot: ApprovalStage) -> bool:
        if slot.person_id is not None:
            return slot.person_id == self.owner
        return self.grant.role is slot.role and self.grant.covers(slot.unit_path)


def _rights(session: Session, actor: Actor, now: datetime) -> list[_Right]:
    """Own grants and those of persons the actor stands in for: two statements at most."""
    if actor.account_id is None:
        return []
    rights = [_Right(grant, actor.account_id) for grant in actor.grants if grant.holds(now)]
    principals = [row.principal_id for row in accounts.substitutes_for(session, actor.account_id, now)]
    if principals:
        names = accounts.names(session, principals)
        for principal, grants in accounts.grants_of(session, principals).items():
            name = names.get(principal, "")
            rights += [_Right(grant, principal, name) for grant in grants if grant.holds(now)]
    return rights


def _wanted(actor: Actor, rights: Sequence[_Right]) -> list[sa.ColumnElement[bool]]:
    """Open slots of the current round that fit a right, without those the actor must not sign."""
    me = str(actor.account_id)
    mine = {(right.grant.role, right.grant.unit_path) for right in rights}
    named = {right.owner for right in rights if may_approve(right.grant)}
    signed = (
        sa.select(ApprovalDecision.id)
        .where(
            ApprovalDecision.request_id == ApprovalStage.request_id,
            ApprovalDecision.round == ApprovalStage.round,
            ApprovalDecision.once_id == actor.account_id,
            ApprovalDecision.is_standing,
        )
        .exists()
    )
    attested = sa.or_(ApprovalStage.key.startswith("notice:"), ApprovalStage.key.startswith("external:"))
    is_party = sa.or_(
        sa.func.coalesce(ApprovalRequest.requester_id == actor.account_id, sa.false()),
        sa.cast(ApprovalRequest.parties, sa.Text).contains(me),
    )
    return [
        ApprovalStage.state == SlotState.OPEN,
        ApprovalRequest.round == ApprovalStage.round,
        ApprovalRequest.state == RequestState.IN_REVIEW,
        sa.or_(
            ApprovalStage.person_id.in_(sorted(named)),
            *(
                sa.and_(
                    ApprovalStage.person_id.is_(None),
                    ApprovalStage.role == role,
                    below(ApprovalStage.unit_path, path),
                )
                for role, path in sorted(mine)
            ),
        ),
        sa.or_(attested, sa.not_(is_party)),
        sa.or_(attested, sa.not_(signed)),
    ]


def _todo(slot: ApprovalStage, request: ApprovalRequest, rights: Sequence[_Right]) -> Card:
    fitting = [right.name for right in rights if right.fits(slot)]
    return _card(
        request,
        slot.opened_at or request.started_at,
        _mark(slot.due_at or _NEVER, slot.id),
        stage=slot.title,
        slot=slot.key,
        due_at=slot.due_at,
        opened_at=slot.opened_at,
        is_notice=slot.key.startswith("notice:"),
        posted_on=slot.posted_on,
        ready_on=slot.ready_on,
        for_name="" if "" in fitting else (fitting[0] if fitting else ""),
    )


def _card(request: ApprovalRequest, at: datetime, after: str, **more: Any) -> Card:
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


def _mark(at: datetime, row_id: UUID) -> str:
    return f"{at.astimezone(UTC).strftime('%Y%m%dT%H%M%S.%f')}-{row_id.hex}"


def _key(after: str) -> tuple[datetime, UUID] | None:
    """The place a page begins after; none, or a text of another form, means the first page."""
    try:
        at, row_id = after.split("-")
        return datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), UUID(row_id)
    except ValueError:
        return None
