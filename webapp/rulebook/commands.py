"""What is asked of the rulebook, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.rulebook.fees import FeeStandard
from webapp.rulebook.states import Basis, Confidence, Counting, ProposalState, Severity


@dataclass(frozen=True, kw_only=True)
class ChangeRule:
    """The office's own edition of a rule. `basis` is the document it rests on; `seen` the edition on the page."""

    code: str
    params: Mapping[str, Any]
    severity: Severity
    is_on: bool
    citation: str
    confidence: Confidence
    valid_from: date
    valid_until: date | None = None
    reason: str
    basis: str
    seen: int | None = None


@dataclass(frozen=True, kw_only=True)
class ProposeFees:
    """A whole table of fee standards, to be put in force by somebody else for the days from `valid_from` on."""

    document: str
    valid_from: date
    valid_until: date | None = None
    standards: tuple[FeeStandard, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class SettleProposal:
    """What to do with a proposed table or terms: put in force, refuse, take back (one's own)."""

    number: int
    state: ProposalState
    note: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class SetRate:
    """Yuan for 100 units of a currency on a day."""

    currency: str
    on_day: date
    per_100: Decimal
    source: str


@dataclass(frozen=True, kw_only=True)
class ProposeTreaty:
    """Other terms for a nationality, to be put in force by somebody else. `basis` None: as it was."""

    code: str
    basis: Basis | None = None
    instrument: str
    notify_days: int | None
    counting: Counting
    mandatory: bool
    opt_out: bool
    known: bool
    visit_days: int | None
    source: str
    confidence: Confidence
    reason: str
    version: int | None = None
