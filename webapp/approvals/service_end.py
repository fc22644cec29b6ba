"""Turns of the whole request: withdraw, acknowledge a return, revoke after the final approval."""

from datetime import datetime

from webapp.approvals import events
from webapp.approvals.commands import EndRequest
from webapp.approvals.models import ApprovalRequest
from webapp.approvals.policy import bar
from webapp.approvals.rules import Plain, apply
from webapp.approvals.service_decide import standing_of
from webapp.approvals.service_moves import Loaded, carry, handler, instant, load, settle, tell, turn
from webapp.approvals.states import Move
from webapp.core.errors import Forbidden, Invalid
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission, allowed
from webapp.core.tx import ActorKind, Tx, command


@command
def withdraw(tx: Tx, cmd: EndRequest) -> ApprovalRequest:
    """The applicant, a drafter or another clerk of the unit takes the request back before it is decided."""
    loaded = load(tx, cmd.kind, cmd.subject_id, cmd.version)
    at = instant(tx, cmd.occurred_at)
    _require_applicant(tx, loaded)
    loaded.request.comeback_key = ""
    _end(tx, loaded, Move.WITHDRAW, cmd.reason, at)
    tx.record(tell(events.ApprovalWithdrawn, loaded, at, reason=cmd.reason))
    subject = handler(tx, loaded)
    if subject is not None:
        subject.withdrawn(tx, loaded.request.subject_id, cmd.reason)
    return loaded.request


@command
def acknowledge(tx: Tx, cmd: EndRequest) -> ApprovalRequest:
    """The applicant has taken note of a return or revocation; the state stays, the record shows it."""
    loaded = load(tx, cmd.kind, cmd.subject_id, cmd.version)
    at = instant(tx, cmd.occurred_at)
    _require_applicant(tx, loaded)
    _end(tx, loaded, Move.ACKNOWLEDGE, cmd.reason, at)
    tx.record(tell(events.ApprovalAcknowledged, loaded, at, reason=cmd.reason))
    return loaded.request


@command
def revoke(tx: Tx, cmd: EndRequest) -> ApprovalRequest:
    """Take an approval back after the final signature: an approving leader or the office's director, by
    permission over the unit, never a party to the request. A reason is required.
    """
    loaded = load(tx, cmd.kind, cmd.subject_id, cmd.version)
    at = instant(tx, cmd.occurred_at)
    if tx.actor.kind is not ActorKind.IMPORTER:
        _require_revoker(tx, loaded)
        if not cmd.reason.strip():
            raise Invalid("reason_needed", fields={"reason": [gettext(N_("请写明原因。"))]})
    _end(tx, loaded, Move.REVOKE, cmd.reason, at)
    tx.record(tell(events.ApprovalRevoked, loaded, at, reason=cmd.reason))
    subject = handler(tx, loaded)
    if subject is not None:
        subject.revoked(tx, loaded.request.subject_id, cmd.reason)
    return loaded.request


def _require_applicant(tx: Tx, loaded: Loaded) -> None:
    parties = loaded.parties
    own = tx.actor.account_id in parties.drafters | {parties.requester}
    if tx.actor.kind is not ActorKind.IMPORTER and not own:
        tx.require(Permission.TRIPS_DRAFT, loaded.request.unit_path)


def _require_revoker(tx: Tx, loaded: Loaded) -> None:
    """Authority as it is now, locked, and separation of duties as for any other decision."""
    now = loaded.read_at
    standing = standing_of(tx, now)
    if not allowed(standing.grants, Permission.APPROVALS_REVOKE, now, loaded.request.unit_path):
        raise Forbidden(permission=Permission.APPROVALS_REVOKE.value)
    final = loaded.review.slots[-1]
    code = bar(final, standing, loaded.parties)
    if code is not None:
        raise Forbidden(code)


def _end(tx: Tx, loaded: Loaded, move: Move, reason: str, at: datetime) -> None:
    after = apply(loaded.review, Plain(move))
    turn(tx, loaded, move, reason, at)
    changes = carry(tx, loaded, after, at)
    settle(tx, loaded, changes, at)
