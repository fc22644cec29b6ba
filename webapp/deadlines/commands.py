"""What other features ask of deadlines."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from webapp.core.events import Subject
from webapp.deadlines.calendar import Term
from webapp.deadlines.states import Confidence, Ladder, TimeUnit


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerLink:
    """One link of the chain of those who answer: an account, or everybody who holds `role`.

    With `unit_id` the role counts only where its grant covers that unit.
    """

    account_id: UUID | None = None
    role: str | None = None
    unit_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenDeadline:
    """Start a clock.

    about: the object it belongs to; with `kind` and `item` unique while open.
    label: Chinese words marked with N_(), shown on the board and in mails.
    started_at: when the clock began, which may be before now; steps of the ladder before it do not exist.
    due_at: the legal end; met exactly then is met in time.
    target_at: internal end before the legal one; the ladder hangs on it when set.
    term: how the end was counted, where a change of the calendar may move it.
    chain: the owner first, then who is told when nobody moves.
    """

    about: Subject
    kind: str
    label: str
    ladder: Ladder
    started_at: datetime
    due_at: datetime
    unit: TimeUnit
    chain: tuple[OwnerLink, ...]
    link: str
    item: str = ""
    target_at: datetime | None = None
    performer: str = ""
    legal_source: str = ""
    confidence: Confidence = Confidence.UNVERIFIED
    term: Term | None = None
    calendar_version: str = ""
    provisional: bool = False
    waivable: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class MeetDeadline:
    """The duty was done `at` a moment (default: now), whoever typed it in later."""

    subject_id: UUID
    kind: str
    item: str = ""
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnDeadlines:
    """A step of a process: some clocks of a subject are met by it, others start."""

    subject_id: UUID
    met: tuple[MeetDeadline, ...] = ()
    opened: tuple[OpenDeadline, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class WaiveDeadline:
    """The duty falls away for a reason the law knows; the caller has checked who may say so."""

    subject_id: UUID
    kind: str
    reason: str
    item: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CancelDeadlines:
    """All open clocks of a subject that match stop, because what they measured no longer happens."""

    subject_id: UUID
    reason: str
    kinds: tuple[str, ...] | None = None
    item: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PauseDeadlines:
    """These running clocks of a subject, (kind, item) each, stand still until they go on."""

    subject_id: UUID
    clocks: frozenset[tuple[str, str]]
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContinueDeadlines:
    """These paused clocks of a subject go on, with as much time left as they had."""

    subject_id: UUID
    clocks: frozenset[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReopenDeadlines:
    """The newest ended clock of each (kind, item) runs again, as if it had not ended."""

    subject_id: UUID
    clocks: frozenset[tuple[str, str]]
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReaddressDeadlines:
    """Others answer from now on: after a hand-over, a substitution, the closing of an account."""

    subject_id: UUID
    chain: tuple[OwnerLink, ...]
    kinds: tuple[str, ...] | None = None
    item: str | None = None
    reason: str = ""
