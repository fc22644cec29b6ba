"""What can be asked of the approval engine.

`occurred_at` says when a thing happened where that is not now; only the importer of history may state it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from webapp.approvals.states import Comeback, Placed, Verdict
from webapp.attachments.commands import Received
from webapp.core.events import Subject


@dataclass(frozen=True)
class Findings:
    """How many rules are not met, need the applicant's words, or are met."""

    unmet: int = 0
    explain: int = 0
    passed: int = 0


@dataclass(frozen=True, kw_only=True)
class SubmitRequest:
    """A subject goes to its approvers.

    route: a route by its code; empty: the routes themselves say which of them takes these facts.

    unit_id: the unit that asks; unit_ids: every unit that takes part (the asking one among them).
    travellers: accounts of those whom the decision sends; they, requester and drafters never decide.
    content: section → SHA-256 of what is submitted, a section `notice` for the published fields.
    facts: plain values the route's conditions read.
    """

    about: Subject
    unit_id: UUID
    title: str
    content: Mapping[str, str]
    route: str = ""
    unit_ids: tuple[UUID, ...] = ()
    requester: UUID | None = None
    drafters: tuple[UUID, ...] = ()
    travellers: tuple[UUID, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    lede: str = ""
    link: str = ""
    findings: Findings = field(default_factory=Findings)
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class DecideSlot:
    """A verdict on a subject. `slot` may stay empty: then the first open slot the actor may sign is meant.

    A page knows its subject by the number people call it and leaves `subject_id` empty.
    version: row version of the page; content_hash: what the page showed. Both stale → nothing happens.
    comeback: where a returned request goes when it is submitted again.
    """

    kind: str
    subject_id: UUID | None = None
    number: str = ""
    verdict: Verdict
    opinion: str = ""
    slot: str = ""
    version: int | None = None
    content_hash: str | None = None
    findings_seen: bool = False
    comeback: Comeback = Comeback.RUN_AGAIN


@dataclass(frozen=True, kw_only=True)
class Act:
    """A move other than a verdict, of a subject by its id or the number people call it by.

    slot: the slot it concerns; empty: the first of which the actor may do it. reason: the words that go with it.
    """

    kind: str
    subject_id: UUID | None = None
    number: str = ""
    slot: str = ""
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class SendBack(Act):
    """To an earlier stage; `content_hash` as for any verdict: what the page showed."""

    stage: str
    comeback: Comeback = Comeback.RUN_AGAIN
    content_hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class PassOn(Act):
    """Forward, delegate or copy to an account."""

    to: UUID


@dataclass(frozen=True, kw_only=True)
class AddSigner(PassOn):
    placed: Placed


@dataclass(frozen=True, kw_only=True)
class PostNotice:
    kind: str
    subject_id: UUID
    unit_id: UUID
    posted_on: date


@dataclass(frozen=True, kw_only=True)
class EndRequest:
    """Withdraw, revoke or acknowledge: a turn of the whole request with its reason."""

    kind: str
    subject_id: UUID
    reason: str = ""
    version: int | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RefreshContent:
    """What is under review has changed: pages made before become stale."""

    kind: str
    subject_id: UUID
    content: Mapping[str, str]
    findings: Findings | None = None
    travellers: tuple[UUID, ...] | None = None
    title: str | None = None
    lede: str | None = None


@dataclass(frozen=True, kw_only=True)
class EnterPaper:
    """A verdict signed on paper by `signer`, with the stored scan."""

    kind: str
    subject_id: UUID
    slot: str
    verdict: Verdict
    signer: UUID
    signed_on: date
    scan: Received
    opinion: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class ClosePaper:
    """Another person confirms or refuses a paper entry."""

    paper_id: UUID
    is_right: bool
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ObservedRound:
    """A round of imported history: its stages in the order seen (the route is read from them)."""

    about: Subject
    title: str
    stages: tuple[str, ...]
    is_finished: bool
    occurred_at: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ObservedHandOver:
    """In a foreign log, what was waiting is handed to the role that is named."""

    kind: str
    subject_id: UUID
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class ObservedVerdict:
    kind: str
    subject_id: UUID
    stage: str
    verdict: Verdict
    occurred_at: datetime
    opinion: str = ""
