"""What can be asked of the routes themselves, and of their stages outside the office."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from webapp.approvals.states import ProposalState, Verdict
from webapp.attachments.commands import Received


@dataclass(frozen=True, kw_only=True)
class ProposeRoute:
    """A route's text, wanted in force from a day on."""

    text: str
    valid_from: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class SettleRoute:
    """What to do with a proposed text: put it in force, refuse it, take it back (one's own)."""

    number: int
    state: ProposalState
    note: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class EnterResult:
    """What an authority outside decided, as its paper says it."""

    kind: str
    subject_id: UUID
    slot: str
    verdict: Verdict
    authority: str
    document_no: str
    decided_on: date
    scan: Received
    note: str = ""
    version: int | None = None
