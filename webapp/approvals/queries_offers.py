"""What the person who looks at a request may do besides signing, for links on its page and for refusals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.accounts import queries_authority
from webapp.approvals import queries
from webapp.approvals.models import ApprovalRequest, ApprovalStage
from webapp.approvals.policy import Standing
from webapp.approvals.policy_sides import Seen, offers
from webapp.approvals.rules import apply, returnable
from webapp.approvals.rules_moves import TakeBack
from webapp.approvals.rules_slots import Review, is_judged
from webapp.approvals.states import Move
from webapp.core.errors import NotAllowedNow
from webapp.core.permissions import ADMINS, ROLE_PERMISSIONS, Permission, Role
from webapp.core.tx import Actor

# In the order in which a page lists them; signing, returning and refusing have the panel, the rest other pages.
SHOWN = (
    Move.TAKE_BACK,
    Move.ANSWER,
    Move.ASK,
    Move.CALL_OFF,
    Move.SEND_BACK,
    Move.FORWARD,
    Move.DELEGATE,
    Move.ADD_SIGNER,
    Move.REMOVE_SIGNER,
    Move.URGE,
    Move.COMMENT,
    Move.COPY,
    Move.SUSPEND,
    Move.CONTINUE,
)


@dataclass(frozen=True)
class Offer:
    """One thing to do now. `about`: the stage or person it concerns, where several of the kind are offered."""

    move: Move
    slot: str = ""
    about: str = ""


def standing(session: Session, actor: Actor, now: datetime) -> Standing:
    """The same question every action asks, without locks: what the page offers is checked again then."""
    assert actor.account_id is not None
    principals = [row.principal_id for row in accounts.substitutes_for(session, actor.account_id, now)]
    grants = accounts.grants_of(session, principals) if principals else {}
    return Standing(actor.account_id, actor.grants, tuple((p, grants.get(p, ())) for p in principals))


def seen_by(request: ApprovalRequest, review: Review, own: Standing, now: datetime) -> Seen:
    return Seen(review, own, queries.parties_of(request), request.unit_path, now)


def offered(seen: Seen, rows: Mapping[str, ApprovalStage], names: Mapping[UUID, str]) -> list[Offer]:
    """What is possible now, in the order of `SHOWN`; a move of several slots once for each that differs."""
    found = offers(seen)
    keys = {move: [slot.key for slot in seen.review.slots if (move, slot.key) in found] for move in SHOWN}
    looked_at = frozenset(key for key, row in rows.items() if row.seen_at is not None)
    listed: list[Offer] = []
    for move in SHOWN:
        if (move, "") in found and (move is not Move.URGE or seen.review.open):
            listed.append(Offer(move))
        good = [key for key in keys[move] if _works(seen, move, rows[key], looked_at)]
        listed += [Offer(move, key, _about(move, rows[key], names)) for key in good]
    return listed


def _works(seen: Seen, move: Move, row: ApprovalStage, looked_at: frozenset[str]) -> bool:
    """What the tables allow in general may still be too late, or have nowhere to go."""
    slot = seen.review.slot(row.key)
    if move is Move.SEND_BACK:
        return is_judged(slot) and bool(returnable(seen.review, slot))
    if move in (Move.DELEGATE, Move.ADD_SIGNER):
        return not slot.added_to
    return move is not Move.TAKE_BACK or (row.ended_at is not None and _still_fresh(seen, row, looked_at))


def _still_fresh(seen: Seen, row: ApprovalStage, looked_at: frozenset[str]) -> bool:
    assert row.ended_at is not None
    try:
        age = seen.now - row.ended_at
        apply(seen.review, TakeBack(row.key, seen.standing.person, age, looked_at))
    except NotAllowedNow:
        return False
    return True


def _about(move: Move, row: ApprovalStage, names: Mapping[UUID, str]) -> str:
    if move is Move.REMOVE_SIGNER and row.person_id:
        return names.get(row.person_id, "")
    return row.title if move in (Move.TAKE_BACK, Move.ANSWER) else ""


def recipients(
    session: Session, request: ApprovalRequest, move: Move, me: UUID | None, now: datetime
) -> list[tuple[str, str]]:
    """Whom a slot can go to, or a copy: ids and words. Parties and the actor are left out; the action checks again."""
    everybody = queries_authority.posts_over(session, request.unit_path, now)
    roles = frozenset(Role) - ADMINS if move is Move.COPY else _APPROVE
    parties = queries.parties_of(request)
    out = {me} if move is Move.COPY else parties.travellers | parties.drafters | {parties.requester, me}
    found = {row.id: row for row in everybody if row.role in roles and row.id not in out}
    return [(str(row.id), "，".join(filter(None, (row.name, row.unit, row.post)))) for row in found.values()]


_APPROVE = frozenset(role for role, may in ROLE_PERMISSIONS.items() if Permission.APPROVALS_DECIDE in may)


def earlier_stages(
    session: Session, request: ApprovalRequest, rows: Sequence[ApprovalStage], key: str
) -> list[tuple[str, str]]:
    """Stages the slot may send the request back to, the nearest first: codes and titles."""
    route = queries.route_of(session, request.route_id)
    review = Review(request.state, request.round, tuple(queries.as_slot(row) for row in rows), route.plan)
    titles = {row.stage: row.title for row in rows}
    if key not in {row.key for row in rows}:
        return []
    return [(code, titles[code]) for code in reversed(returnable(review, review.slot(key)))]
