"""Requests and decisions as they stand, for the comparison with the log."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.approvals.models import ApprovalDecision, ApprovalRequest, ApprovalStage
from webapp.approvals.rules import content_hash
from webapp.approvals.states import RequestState
from webapp.audit.reconcile import LiveRow, Reconciler

STATES = {
    "approval.started": RequestState.IN_REVIEW.value,
    "approval.resumed": RequestState.IN_REVIEW.value,
    "approval.returned": RequestState.RETURNED.value,
    "approval.rejected": RequestState.REJECTED.value,
    "approval.withdrawn": RequestState.WITHDRAWN.value,
    "approval.concluded": RequestState.APPROVED.value,
    "approval.revoked": RequestState.REVOKED.value,
    "approval.sent_back": RequestState.IN_REVIEW.value,
    "approval.suspended": RequestState.SUSPENDED.value,
    "approval.continued": RequestState.IN_REVIEW.value,
}


def requests(session: Session) -> Iterator[LiveRow]:
    """Yield every request by its subject: state, round, and the hash of what is signed."""
    for row in session.scalars(sa.select(ApprovalRequest)).yield_per(500):
        fields = {
            "state": row.state,
            "figures.round": row.round,
            "figures.content_hash": row.content_hash,
        }
        yield LiveRow(key=str(row.subject_id), fields=fields, name=row.number)


def _content_problems(session: Session) -> Iterator[str]:
    for row in session.scalars(sa.select(ApprovalRequest)).yield_per(500):
        if content_hash(row.content) != row.content_hash:
            yield f"{row.number}: content"


def decisions(session: Session) -> Iterator[LiveRow]:
    """Yield every decision by request, round and seat: its verdict and the hash of what was signed."""
    query = (
        sa.select(ApprovalDecision, ApprovalStage, ApprovalRequest.subject_id, ApprovalRequest.number)
        .join(ApprovalStage, ApprovalStage.id == ApprovalDecision.stage_id)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalDecision.request_id)
        .order_by(ApprovalDecision.decided_at)
    )
    for decision, slot, subject_id, number in session.execute(query):
        fields = {
            "figures.verdict": decision.verdict,
            "figures.content_hash": decision.content_hash,
        }
        key = f"{subject_id} {decision.round} {slot.stage} {slot.seat}"
        yield LiveRow(key=key, fields=fields, name=f"{number} {slot.stage} {slot.seat}")


def _decision_key(public: Mapping[str, Any]) -> str:
    figures = public["figures"]
    return f"{public['object']} {figures['round']} {figures['stage']} {figures['seat']}"


RECONCILERS = (
    Reconciler(
        "approval_request",
        requests,
        actions=frozenset(STATES) | {"approval.content_changed"},
        states=STATES,
        problems=_content_problems,
    ),
    Reconciler("approval_decision", decisions, actions=frozenset({"approval.decided"}), key=_decision_key),
)
