"""A signature: approve, send back, refuse, confirm a notice. Locks in one order: request, slots, grants, account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from webapp.accounts import queries as accounts
from webapp.accounts import queries_authority
from webapp.approvals import events, queries_action, queries_sheet
from webapp.approvals.commands import DecideSlot
from webapp.approvals.models import ApprovalDecision, ApprovalPaper, ApprovalRequest
from webapp.approvals.policy import Mandate, Standing, bar, first_for, mandate
from webapp.approvals.policy_merging import merged_with
from webapp.approvals.route import RouteKind
from webapp.approvals.rules import Decide, apply
from webapp.approvals.rules_slots import Review, Slot, is_judged
from webapp.approvals.service_moves import Loaded, carry, handler, load, loaded_of, settle, tell
from webapp.approvals.states import LIVE_SLOTS, Comeback, RequestState, SlotState, Verdict
from webapp.core.clock import local_date
from webapp.core.display import when
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound, OutOfDate
from webapp.core.i18n import N_, gettext
from webapp.core.ids import new_id
from webapp.core.tx import Tx, command


@dataclass(frozen=True)
class Judgement:
    """A verdict with the right it is given in; `grant_id` is empty in observed history."""

    slot: str
    verdict: Verdict
    person: UUID
    opinion: str = ""
    principal: UUID | None = None
    grant_id: UUID | None = None
    paper: ApprovalPaper | None = None
    role: str = ""
    comeback: Comeback = Comeback.RUN_AGAIN
    also: tuple[str, ...] = ()


@command
def decide(tx: Tx, cmd: DecideSlot) -> ApprovalRequest:
    """The actor's verdict in a slot, in their own right or as a substitute.

    Authority (grants, their dates, substitution, state of the account) is read and locked here, after the
    request: a revocation that came first wins, a later one waits. Raises `NotAllowedNow` with who decided
    and when, `OutOfDate` for an older page or changed content, `Forbidden` with the reason, `Invalid`.
    """
    loaded = load(tx, cmd.kind, cmd.subject_id) if cmd.subject_id else load_shown(tx, cmd.kind, cmd.number)
    now = loaded.read_at
    standing = standing_of(tx, now)
    slot, right = right_to(tx, loaded, cmd.slot, standing, now)
    if slot.key.startswith("external:"):
        raise NotAllowedNow("result_is_entered")
    tx.check_version(loaded.request, cmd.version)
    if cmd.content_hash is not None and cmd.content_hash != loaded.request.content_hash:
        raise OutOfDate("content_changed")
    _check_form(loaded, cmd)
    judgement = Judgement(
        slot=slot.key,
        verdict=cmd.verdict,
        person=standing.person,
        opinion=cmd.opinion,
        principal=right.principal,
        grant_id=right.grant.grant_id,
        role=right.grant.role.value,
        comeback=cmd.comeback,
        also=_also(loaded, slot, cmd.verdict, standing, now),
    )
    return pass_judgement(tx, loaded, judgement, tx.now)


def load_shown(tx: Tx, kind: str, number: str) -> Loaded:
    """The request of an address; what the actor may not see is not there."""
    request = queries_action.locked_by_number(tx.session, kind, number)
    if not queries_sheet.may_see(tx.session, request, tx.actor, tx.now):
        raise NotFound
    return loaded_of(tx, request)


def _also(loaded: Loaded, slot: Slot, verdict: Verdict, standing: Standing, now: datetime) -> tuple[str, ...]:
    if verdict is not Verdict.APPROVE:
        return ()
    return merged_with(slot, loaded.route, loaded.review, standing, loaded.parties, now)


def standing_of(tx: Tx, now: datetime) -> Standing:
    """What the actor is entitled to now, locked. Raises `Forbidden` for who has no account."""
    if tx.actor.account_id is None:
        raise Forbidden("not_your_stage")
    found = queries_authority.authority(tx.session, tx.actor.account_id, now)
    return Standing(tx.actor.account_id, found.grants, found.principals)


def right_to(tx: Tx, loaded: Loaded, key: str, standing: Standing, now: datetime) -> tuple[Slot, Mandate]:
    """The slot (the first one open to the person when `key` is empty) and the right they have to it."""
    if not key:
        found = first_for(loaded.review.open, standing, loaded.parties, now)
        if found is None:
            raise Forbidden("not_your_stage")
        return found
    slot = loaded.review.slot(key)
    right = mandate(slot, standing, now)
    if right is None:
        raise Forbidden("not_your_stage")
    if slot.state not in LIVE_SLOTS:
        raise already_decided(tx, loaded, key)
    code = bar(slot, standing, loaded.parties)
    if code is not None:
        raise Forbidden(code)
    return slot, right


def already_decided(tx: Tx, loaded: Loaded, key: str) -> NotAllowedNow:
    """Who ended the slot and when; of a round that is over, who ended the round."""
    row = loaded.rows[key]
    if row.signer_id is None:
        row = next((r for r in loaded.rows.values() if r.state in _ENDERS), row)
    who = accounts.names(tx.session, [row.signer_id]).get(row.signer_id, "") if row.signer_id else ""
    at = when(row.ended_at, tx.now) if row.ended_at else ""
    return NotAllowedNow(
        "already_decided", who=who or gettext(N_("别人")), at=at, slot=key, state=row.state.value
    )


_ENDERS = (SlotState.RETURNED, SlotState.REJECTED)


_NEED_WORDS = (Verdict.RETURN, Verdict.REJECT, Verdict.ADVISE)


def _check_form(loaded: Loaded, cmd: DecideSlot) -> None:
    if cmd.verdict in _NEED_WORDS and not cmd.opinion.strip():
        raise Invalid("opinion_needed", fields={"opinion": [gettext(N_("请写明原因。"))]})
    flagged = loaded.request.unmet_count + loaded.request.explain_count
    if cmd.verdict is Verdict.APPROVE and flagged and not cmd.findings_seen:
        text = gettext(N_("请先看过需要注意的核查结果。"))
        raise Invalid("findings_not_seen", fields={"findings_seen": [text]})


def pass_judgement(tx: Tx, loaded: Loaded, judged: Judgement, at: datetime) -> ApprovalRequest:
    """Give the verdict: machine, rows, decision, entry, clocks, next stage, and the subject's own step."""
    request, slot = loaded.request, loaded.review.slot(judged.slot)
    subject = handler(tx, loaded)
    if subject is not None:
        subject.before_decision(tx, request.subject_id, slot.stage, judged.verdict.value)
    is_observed = loaded.route.kind is RouteKind.OBSERVED
    action = Decide(
        judged.slot,
        judged.verdict,
        judged.person,
        local_date(at),
        judged.principal,
        may_repeat=is_observed,
        also=judged.also,
    )
    after = apply(loaded.review, action)
    decision_id = keep_decision(tx, loaded, slot, judged, at)
    changes = carry(tx, loaded, after, at)
    record_decided(tx, loaded, slot, judged, at)
    settle(tx, loaded, changes, at)
    _outcome(tx, loaded, after, slot, judged, decision_id, at)
    return request


def keep_decision(tx: Tx, loaded: Loaded, slot: Slot, judged: Judgement, at: datetime) -> UUID:
    once = loaded.route.kind is RouteKind.CONFIGURED and is_judged(slot)
    decision_id = new_id(tx.now)
    tx.rows.add(
        ApprovalDecision,
        {
            "id": decision_id,
            "request_id": loaded.request.id,
            "stage_id": loaded.rows[slot.key].id,
            "round": loaded.request.round,
            "verdict": judged.verdict,
            "opinion": judged.opinion,
            "person_id": judged.person,
            "principal_id": judged.principal,
            "once_id": judged.person if once else None,
            "grant_id": judged.grant_id,
            "decided_at": at,
            "content_hash": loaded.request.content_hash,
            "is_standing": True,
            "paper_id": judged.paper.id if judged.paper else None,
        },
    )
    return decision_id


def record_decided(tx: Tx, loaded: Loaded, slot: Slot, judged: Judgement, at: datetime) -> None:
    row = loaded.rows[slot.key]
    stage = loaded.route.stage(slot.stage)
    waited = int((at - row.opened_at) / timedelta(minutes=1)) if row.opened_at else 0
    tx.record(
        tell(
            events.ApprovalDecided,
            loaded,
            at,
            stage=slot.stage,
            seat=slot.seat,
            verdict=judged.verdict.value,
            minutes=waited,
            paused=row.paused_minutes,
            counted=int(stage.counted),
            late=int(row.due_at is not None and at > row.due_at),
            paper=int(judged.paper is not None),
            substitute=int(judged.principal is not None),
            also=judged.also,
            content_hash=loaded.request.content_hash,
            opinion=judged.opinion,
            entered_by=str(judged.paper.entered_by) if judged.paper else "",
            acting_for=judged.principal,
            role=judged.role,
            result=judged.verdict.value,
        )
    )


def _outcome(
    tx: Tx,
    loaded: Loaded,
    after: Review,
    slot: Slot,
    judged: Judgement,
    decision_id: UUID,
    at: datetime,
) -> None:
    """What the end of a round means to the applicant and to the subject."""
    request, subject = loaded.request, handler(tx, loaded)
    if after.state is RequestState.RETURNED:
        request.comeback_key = slot.key if judged.comeback is Comeback.TO_ME else ""
        tx.record(tell(events.ApprovalReturned, loaded, at, stage=slot.stage, reason=judged.opinion))
        if subject is not None:
            subject.returned(tx, request.subject_id, slot.stage, judged.opinion)
    elif after.state is RequestState.REJECTED:
        tx.record(tell(events.ApprovalRejected, loaded, at, stage=slot.stage, reason=judged.opinion))
        if subject is not None:
            subject.rejected(tx, request.subject_id, slot.stage, judged.opinion)
    elif after.state is RequestState.APPROVED:
        minutes = int((at - request.started_at) / timedelta(minutes=1))
        tx.record(tell(events.ApprovalConcluded, loaded, at, minutes=minutes))
        if subject is not None:
            subject.concluded(tx, request.subject_id, decision_id)
