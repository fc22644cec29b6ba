"""What can be asked of the routes themselves."""

from dataclasses import dataclass
from datetime import date

from webapp.approvals.states import ProposalState


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
