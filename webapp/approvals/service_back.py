"""Going back: taking back one's own signature, and sending a request back to an earlier stage of its route."""

import sqlalchemy as sa

from webapp.approvals import events_actions as events
from webapp.approvals.commands import Act, SendBack
from webapp.approvals.models import ApprovalDecision, ApprovalRequest, ApprovalStage
from webapp.approvals.policy import mandate
from webapp.approvals.rules import Decide, apply, changed_slots
from webapp.approvals.rules import SendBack as Back
from webapp.approvals.rules_moves import TakeBack
from webapp.approvals.rules_slots import Review, Slot, is_over
from webapp.approvals.service_acts import Scene, enter, of_slot
from webapp.approvals.service_clocks import SPAN, STAGE, Changes
from webapp.approvals.service_decide import Judgement, keep_decision, record_decided
from webapp.approvals.service_moves import carry, handler, settle, start_clock, turn
from webapp.approvals.states import Move, SlotState, Verdict
from webapp.core.clock import local_date
from webapp.core.errors import Invalid, NotAllowedNow, OutOfDate
from webapp.core.i18n import N_, gettext
from webapp.core.tx import Tx, command
from webapp.deadlines import service as deadlines
from webapp.deadlines.commands import CancelDeadlines


@command
def take_back(tx: Tx, cmd: Act) -> ApprovalRequest:
    """Whoever signed a slot takes it back: for 10 minutes, and only while nobody of the next stage has opened the
    sheet or decided; never after the final stage. The decision stays, marked as no longer standing.
    """
    scene = enter(tx, cmd, Move.TAKE_BACK)
    loaded = scene.loaded
    decision = tx.session.scalars(
        sa.select(ApprovalDecision)
        .where(ApprovalDecision.stage_id == scene.row.id, ApprovalDecision.is_standing)
        .with_for_update()
    ).one_or_none()
    if decision is None:  # satisfied by a decision in another stage, or kept from an earlier round
        raise NotAllowedNow("not_your_signature", slot=scene.its_slot.key)
    seen = frozenset(key for key, row in loaded.rows.items() if row.seen_at is not None)
    age = scene.now - decision.decided_at
    after = apply(loaded.review, TakeBack(scene.its_slot.key, scene.person, age, seen))
    decision.is_standing = False
    turn(tx, loaded, Move.TAKE_BACK, cmd.reason, tx.now, stage=scene.row.title)
    changes = carry(tx, loaded, after, tx.now)
    waiting = tuple(row.key for row in changes.shut)
    told = of_slot(
        events.ApprovalTakenBack,
        scene,
        tx.now,
        seconds=int(age.total_seconds()),
        slots=waiting,
        reason=cmd.reason,
        acting_for=decision.principal_id,
    )
    tx.record(told)
    settle(tx, loaded, changes, tx.now)
    return loaded.request


@command
def send_back(tx: Tx, cmd: SendBack) -> ApprovalRequest:
    """Return the request to an earlier stage, which signs the same content anew; the stages in between run again,
    or it comes straight back to who sent it back. A reason is required.
    """
    scene = enter(tx, cmd, Move.SEND_BACK)
    loaded, slot = scene.loaded, scene.its_slot
    if cmd.content_hash is not None and cmd.content_hash != loaded.request.content_hash:
        raise OutOfDate("content_changed")
    if not cmd.reason.strip():
        raise Invalid("reason_needed", fields={"reason": [gettext(N_("请写明原因。"))]})
    subject = handler(tx, loaded)
    if subject is not None:
        subject.before_decision(tx, loaded.request.subject_id, slot.stage, Verdict.RETURN.value)
    right = mandate(slot, scene.seen.standing, scene.now)
    assert right is not None
    judged = Judgement(
        slot=slot.key,
        verdict=Verdict.RETURN,
        person=scene.person,
        opinion=cmd.reason,
        principal=right.principal,
        grant_id=right.grant.grant_id,
        role=right.grant.role.value,
    )
    action = Decide(slot.key, Verdict.RETURN, scene.person, local_date(tx.now), right.principal)
    begun = apply(loaded.review, Back(action, cmd.stage, cmd.comeback))
    keep_decision(tx, loaded, slot, judged, tx.now)
    record_decided(tx, loaded, slot, judged, tx.now)
    for _old, new in changed_slots(loaded.review, apply(loaded.review, action)):
        row = loaded.rows[new.key]
        row.state, row.signer_id, row.principal_id, row.ended_at = (
            new.state,
            new.signer,
            new.principal,
            tx.now,
        )
    _stop_clocks(tx, scene, begun)
    old = loaded.rows
    loaded.request.state, loaded.request.round = begun.state, begun.round
    loaded.review = begun
    loaded.rows = {
        new.key: tx.add(_again(old[new.key], new, begun.round, place))
        for place, new in enumerate(begun.slots)
    }
    fresh = [row for row in loaded.rows.values() if row.state is SlotState.OPEN]
    changes = Changes(opened=start_clock(tx, loaded, fresh, tx.now))
    tx.session.flush()
    tx.record(
        of_slot(
            events.ApprovalSentBack,
            scene,
            tx.now,
            to_stage=cmd.stage,
            comeback=cmd.comeback.value,
            content_hash=loaded.request.content_hash,
            reason=cmd.reason,
            result=Verdict.RETURN.value,
        )
    )
    settle(tx, loaded, changes, tx.now)
    return loaded.request


def _stop_clocks(tx: Tx, scene: Scene, begun: Review) -> None:
    """Limits of stages end with their round; a span goes on while the stage it began after stays good."""
    loaded = scene.loaded
    subject_id = loaded.request.subject_id
    deadlines.cancel.within(tx, CancelDeadlines(subject_id=subject_id, kinds=(STAGE,), reason="sent_back"))
    for clock in loaded.route.clocks:
        if not is_over(begun, clock.after):
            cancelled = CancelDeadlines(
                subject_id=subject_id, kinds=(SPAN,), item=clock.code, reason="sent_back"
            )
            deadlines.cancel.within(tx, cancelled)


_COPIED = ("request_id", "stage", "seat", "title", "unit_id", "limit_wd")
_CARRIED = ("posted_on", "ready_on", "sections_hash", "ended_at")


def _again(old: ApprovalStage, slot: Slot, round_: int, position: int) -> ApprovalStage:
    """The slot's row in the new round; what stays good carries its signature along."""
    row = ApprovalStage(
        **{name: getattr(old, name) for name in _COPIED},
        round=round_,
        position=position,
        key=slot.key,
        role=slot.role,
        unit_path=slot.unit,
        step=slot.step,
        order=slot.order,
        state=slot.state,
        signer_id=slot.signer,
        principal_id=slot.principal,
        person_id=slot.person,
        added_to=slot.added_to,
        placed=slot.placed,
        added_by_id=slot.added_by,
    )
    if slot.state is not SlotState.WAITING and slot.state is not SlotState.OPEN:
        for name in _CARRIED:
            setattr(row, name, getattr(old, name))
    return row
