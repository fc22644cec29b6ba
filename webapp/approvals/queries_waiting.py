"""What waits for a person now, in their own right or as a substitute, most urgent first; and how much it is.

Read in the order of an index and no further than a page, so that it costs the same however many wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals.models import ApprovalDecision, ApprovalRequest, ApprovalStage
from webapp.approvals.policy import may_approve
from webapp.approvals.queries_worklist import PAGE, Card, card_of, mark, place_of
from webapp.approvals.states import RequestState, SlotState
from webapp.core.permissions import GrantView, Role
from webapp.core.prefixes import below
from webapp.core.tx import Actor

COUNTED_TO = 100
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


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


def waiting_for(
    session: Session, actor: Actor, now: datetime, *, after: str = "", limit: int = PAGE
) -> Sequence[Card]:
    """Open slots the actor may sign now, in their own right or as a substitute, most urgent first."""
    rights = _rights(session, actor, now)
    if not rights:
        return []
    first = sa.union_all(*_first(actor, rights, limit, place_of(after))).subquery()
    due = sa.func.coalesce(ApprovalStage.due_at, sa.literal(_NEVER, ApprovalStage.due_at.type))
    query = (
        sa.select(ApprovalStage, ApprovalRequest)
        .join(first, first.c.id == ApprovalStage.id)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalStage.request_id)
        .order_by(due, ApprovalStage.id)
        .limit(limit)
    )
    return [_todo(slot, request, rights) for slot, request in session.execute(query)]


def waiting_count(session: Session, actor: Actor, now: datetime) -> int:
    """How many wait, counted to 100 at most (shown as 99+)."""
    rights = _rights(session, actor, now)
    if not rights:
        return 0
    some = sa.union_all(*_first(actor, rights, COUNTED_TO)).subquery()
    return min(COUNTED_TO, session.scalar(sa.select(sa.func.count()).select_from(some)) or 0)


def _first(
    actor: Actor, rights: Sequence[_Right], limit: int, place: tuple[datetime, UUID] | None = None
) -> list[sa.Select[tuple[UUID]]]:
    """The ids of so many open slots of each kind of right, with an end and without, after the place.

    Each is read in the order of an index and no further than `limit`, so that it costs the same however many wait.
    """
    found = []
    at, last = place or (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
    end, slot_id = ApprovalStage.due_at, ApprovalStage.id
    later = sa.or_(end > at, sa.and_(end == at, slot_id > last))
    halves = [
        (sa.and_(end.is_not(None), end >= at, later) if place else end.is_not(None), (end, slot_id)),
        (sa.and_(end.is_(None), slot_id > last) if at == _NEVER else end.is_(None), (slot_id,)),
    ]
    for whose in _whose(rights):
        for half, order in halves:
            query = (
                sa.select(slot_id)
                .join(ApprovalRequest, ApprovalRequest.id == ApprovalStage.request_id)
                .where(whose, half, *_wanted(actor))
                .order_by(*order)
                .limit(limit)
            )
            found.append(sa.select(query.subquery().c.id))
    return found


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


def _whose(rights: Sequence[_Right]) -> list[sa.ColumnElement[bool]]:
    """The slots that fit the rights, by each way there is: a person's, and those of each role. None is in two."""
    mine: dict[Role, set[str]] = {}
    for right in rights:
        mine.setdefault(right.grant.role, set()).add(right.grant.unit_path)
    named = sorted({right.owner for right in rights if may_approve(right.grant)})
    by_role = [
        sa.and_(
            ApprovalStage.person_id.is_(None),
            ApprovalStage.role == role,
            sa.or_(*(below(ApprovalStage.unit_path, path) for path in sorted(paths))),
        )
        for role, paths in sorted(mine.items())
    ]
    return [ApprovalStage.person_id == person for person in named] + by_role


def _wanted(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Open slots of the current round, without those the actor must not sign."""
    me = str(actor.account_id)
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
        # written out, since the index of open slots is found by this very word
        ApprovalStage.state
        == sa.bindparam(None, SlotState.OPEN, ApprovalStage.state.type, literal_execute=True),
        ApprovalRequest.round == ApprovalStage.round,
        ApprovalRequest.state == RequestState.IN_REVIEW,
        sa.or_(attested, sa.not_(is_party)),
        sa.or_(attested, sa.not_(signed)),
    ]


def _todo(slot: ApprovalStage, request: ApprovalRequest, rights: Sequence[_Right]) -> Card:
    fitting = [right.name for right in rights if right.fits(slot)]
    return card_of(
        request,
        slot.opened_at or request.started_at,
        mark(slot.due_at or _NEVER, slot.id),
        stage=slot.title,
        slot=slot.key,
        due_at=slot.due_at,
        opened_at=slot.opened_at,
        is_notice=slot.key.startswith("notice:"),
        posted_on=slot.posted_on,
        ready_on=slot.ready_on,
        for_name="" if "" in fitting else (fitting[0] if fitting else ""),
    )
