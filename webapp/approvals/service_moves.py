"""What every action on a request shares: load it locked, carry the machine's result into the rows, tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from webapp.approvals import events, queries, queries_action
from webapp.approvals.models import ApprovalRequest, ApprovalStage, ApprovalTurn
from webapp.approvals.policy import Parties
from webapp.approvals.route import Route
from webapp.approvals.rules import changed_slots, content_hash
from webapp.approvals.rules_slots import Review, Slot, waits_for
from webapp.approvals.service_clocks import Changes, due_after, turn_clocks
from webapp.approvals.service_pauses import go_on, turn_pauses
from webapp.approvals.states import LIVE_SLOTS, Move, RequestState, SlotState
from webapp.core.db import Base
from webapp.core.errors import Forbidden, sentences
from webapp.core.events import Subject
from webapp.core.gathered import AttachedRows
from webapp.core.i18n import N_
from webapp.core.ledger import NATIVE
from webapp.core.tx import ActorKind, Tx

E = TypeVar("E", bound=events.ApprovalEvent)

sentences(
    {
        "stage_not_open": N_("还没有轮到这个环节。"),
        "already_decided": N_("%(who)s已于%(at)s办理，你的签批没有提交。"),
        "not_in_this_state": N_("现在的状态不能做这件事。"),
        "no_such_stage": N_("没有这个环节。"),
        "wrong_verdict": N_("这个环节不能这样办理。"),
        "signed_this_round_already": N_("你在这一轮已经签批过，同一轮不能再签。"),
        "notice_still_running": N_("公示还没有期满，最早 %(ready_on)s 可以确认。"),
        "requester_never_decides": N_("你是申请人，不能审批自己的申请。"),
        "drafter_never_decides": N_("你参与了起草，不能审批这份申请。"),
        "traveller_never_decides": N_("你是团组成员，不能审批这份申请。"),
        "substitute_of_a_party_never_decides": N_("你是当事人的代理人，不能审批这份申请。"),
        "not_your_stage": N_("这个环节不由你办理，或者你的授权已经失效。"),
        "content_changed": N_("送审内容在你打开页面之后有变动，你的签批没有提交。请看过新内容再签。"),
        "findings_not_seen": N_("请先看过需要注意的核查结果。"),
    }
)


class SubjectHandler(Protocol):
    """What the engine tells the subject's feature, inside the same transaction.

    Raising a `DomainError` from any of these refuses the whole action.
    """

    def stage_opened(self, tx: Tx, subject_id: UUID, stage: str) -> None: ...
    def before_decision(self, tx: Tx, subject_id: UUID, stage: str, verdict: str) -> None: ...
    def returned(self, tx: Tx, subject_id: UUID, stage: str, reason: str) -> None: ...
    def rejected(self, tx: Tx, subject_id: UUID, stage: str, reason: str) -> None: ...
    def concluded(self, tx: Tx, subject_id: UUID, decision_id: UUID) -> None: ...
    def withdrawn(self, tx: Tx, subject_id: UUID, reason: str) -> None: ...
    def revoked(self, tx: Tx, subject_id: UUID, reason: str) -> None: ...


@dataclass
class Loaded:
    """A request locked until the end of the transaction, with its route and the slots of its round.

    read_at: the instant after the lock was got, at which authority is asked for.
    """

    request: ApprovalRequest
    route: Route
    rows: Mapping[str, ApprovalStage]
    review: Review
    read_at: datetime

    @property
    def parties(self) -> Parties:
        return queries.parties_of(self.request)

    @property
    def about(self) -> Subject:
        request = self.request
        return Subject(
            kind=request.subject_kind,
            id=request.subject_id,
            version=request.version,
            unit=request.unit_code,
            number=request.number,
        )

    @property
    def is_native(self) -> bool:
        return self.request.origin == NATIVE


def load(
    tx: Tx, kind: str, subject_id: UUID, version: int | None = None, *, slots_only: bool = False
) -> Loaded:
    """Lock the request first, then read its slots. Raises `NotFound`, `OutOfDate` for an older page."""
    request = queries_action.locked(tx.session, kind, subject_id)
    tx.check_version(request, version)
    return loaded_of(tx, request, slots_only=slots_only)


def loaded_of(tx: Tx, request: ApprovalRequest, *, slots_only: bool = False) -> Loaded:
    """The rest of a request that is already locked, and ahead what actions go on to ask of it.

    `slots_only` asks nothing ahead, for what neither judges authority nor moves a clock.
    """
    read_at = tx.call.clock.now()
    if tx.actor.kind is not ActorKind.IMPORTER and not slots_only:
        queries_action.read_ahead(tx.session, request, tx.actor.account_id, read_at)
    slots = queries_action.slots(tx.session, request)
    rows = AttachedRows(tx.session, ApprovalStage, {slot["key"]: slot for slot in slots})
    route = queries.route_of(tx.session, request.route_id)
    review = Review(request.state, request.round, tuple(map(queries.slot_of, slots)), route.plan)
    return Loaded(request, route, rows, review, read_at)


def instant(tx: Tx, occurred_at: datetime | None) -> datetime:
    """When the action counts as done; only an importer may name another instant than now."""
    if occurred_at is None:
        return tx.now
    if tx.actor.kind is not ActorKind.IMPORTER:
        raise Forbidden("only_history_is_backdated")
    return occurred_at


def require_handler(tx: Tx, kind: str) -> None:
    """Raise RuntimeError for a native subject nobody answers for: a fault of composition, not of the user."""
    if tx.actor.kind is not ActorKind.IMPORTER and kind not in tx.call.ports.subjects:
        msg = f"nobody answers for subjects of kind {kind}"
        raise RuntimeError(msg)


def handler(tx: Tx, loaded: Loaded) -> SubjectHandler | None:
    """The subject's own feature; None for imported history, whose subjects have none."""
    if loaded.is_native:
        require_handler(tx, loaded.request.subject_kind)
    found: SubjectHandler | None = tx.call.ports.subjects.get(loaded.request.subject_kind)
    return found


def tell(kind: type[E], loaded: Loaded, at: datetime, **values: Any) -> E:
    """An event of this request."""
    return kind(
        about=loaded.about,
        occurred_at=at,
        route=loaded.route.code,
        route_version=loaded.route.version,
        round=loaded.request.round,
        title=loaded.request.title,
        **values,
    )


def carry(tx: Tx, loaded: Loaded, after: Review, at: datetime) -> Changes:
    """Write the machine's result into the rows, at once. The request's version rises with every action."""
    tx.session.flush()  # what the action itself has set on these rows goes first
    changes = Changes()
    written: list[tuple[Base, dict[str, Any]]] = []
    for old, new in changed_slots(loaded.review, after):
        row = loaded.rows[new.key]
        values = _of_slot(loaded, row, new, at)
        if new.state is SlotState.OPEN and old.state is SlotState.WAITING and row.opened_at is None:
            values["opened_at"], (values["due_at"], provisional) = at, _end_of(tx, loaded, row, at)
            changes.opened.append((row, provisional))
        elif new.state is not old.state:
            values |= _clock_of(tx, changes, (row, old, new), after, at)
        written.append((row, values))
    request = loaded.request
    ended_at = None if after.state in _RUNS else at
    written.append((request, {"state": after.state, "ended_at": ended_at, "version": request.version + 1}))
    for found, values in written:
        tx.rows.change(found, values)
    loaded.review = after
    return changes


_RUNS = (RequestState.IN_REVIEW, RequestState.SUSPENDED)


def _clock_of(
    tx: Tx, changes: Changes, what: tuple[ApprovalStage, Slot, Slot], after: Review, at: datetime
) -> dict[str, Any]:
    """What a slot's clock does, beside the plain opening of one that has never been open; columns it changes."""
    row, old, new = what
    if new.state is SlotState.OPEN and old.state in LIVE_SLOTS:
        go_on(tx, [row], at)
        changes.continued.append(row)
        return {"due_at": row.due_at}
    if new.state is SlotState.OPEN:
        changes.restored.append(row)
    elif new.state is SlotState.ASKED or (new.state is SlotState.WAITING and _waits_in_between(after, new)):
        row.paused_at = at
        changes.paused.append(row)
    elif new.state is SlotState.WAITING:
        row.seen_at = None
        changes.shut.append(row)
        return {"opened_at": None, "due_at": None}
    elif old.state is not SlotState.WAITING:
        changes.ended.append(row)
    return {}


def _waits_in_between(after: Review, slot: Slot) -> bool:
    """Whether somebody who was added before the slot works in the meantime."""
    return any(waits_for(slot, s) for s in after.slots if s.added_to == slot.key and s.state in LIVE_SLOTS)


def _of_slot(loaded: Loaded, row: ApprovalStage, slot: Slot, at: datetime) -> dict[str, Any]:
    """Every column a move may change, so that all slots of an action go into one statement."""
    sections_hash = row.sections_hash
    if slot.state is SlotState.SIGNED:
        sections = loaded.route.stage(row.stage).sections
        sections_hash = content_hash({s: str(loaded.request.content.get(s, "")) for s in sections})
    return {
        "state": slot.state,
        "opened_at": row.opened_at,
        "due_at": row.due_at,
        "ready_on": slot.ready_on,
        "signer_id": slot.signer,
        "principal_id": slot.principal,
        "sections_hash": sections_hash,
        "ended_at": None if slot.state in LIVE_SLOTS else at,
    }


def _end_of(tx: Tx, loaded: Loaded, row: ApprovalStage, at: datetime) -> tuple[datetime | None, bool]:
    """When a slot's limit ends that opens now, and whether the calendar is provisional; history has no limits."""
    if row.limit_wd is None or not loaded.is_native:
        return row.due_at, False
    return due_after(tx, at, row.limit_wd)


def start_clock(
    tx: Tx, loaded: Loaded, rows: Sequence[ApprovalStage], at: datetime
) -> list[tuple[ApprovalStage, bool]]:
    """Mark slots that are new themselves as opened; a native one whose stage has a limit gets its end."""
    started = []
    for row in rows:
        row.opened_at = at
        row.due_at, provisional = _end_of(tx, loaded, row, at)
        started.append((row, provisional))
    return started


def settle(tx: Tx, loaded: Loaded, changes: Changes, at: datetime) -> None:
    """Meet, stop and open clocks; tell the subject and those whose turn it is."""
    if loaded.is_native:
        turn_clocks(tx, loaded.request, loaded.route, loaded.review, changes, at)
        if not changes.is_plain:
            turn_pauses(tx, loaded.request, loaded.route, loaded.review, changes)
    subject = handler(tx, loaded)
    by_stage: dict[str, list[str]] = {}
    for row in [row for row, _provisional in changes.opened] + changes.continued:
        by_stage.setdefault(row.stage, []).append(row.key)
    for stage, keys in by_stage.items():
        tx.record(tell(events.ApprovalStageOpened, loaded, at, stage=stage, slots=tuple(keys)))
        if subject is not None:
            subject.stage_opened(tx, loaded.request.subject_id, stage)


def turn(
    tx: Tx,
    loaded: Loaded,
    move: Move | None,
    reason: str,
    at: datetime,
    *,
    other: UUID | None = None,
    stage: str = "",
) -> None:
    """A line of the record for what is no verdict; `other` is whom it concerns, `stage` the title of a stage."""
    tx.add(
        ApprovalTurn(
            request_id=loaded.request.id,
            round=loaded.request.round,
            move=move,
            person_id=tx.actor.account_id,
            reason=reason,
            at=at,
            content=dict(loaded.request.content),
            other_id=other,
            stage=stage,
        )
    )
