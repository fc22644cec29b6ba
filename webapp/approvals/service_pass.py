"""Other hands: forward a slot, delegate it for advice, add a signer before, after or beside, take an added one out."""

from dataclasses import replace
from typing import Any

from webapp.accounts import queries as accounts
from webapp.approvals import events_actions as events
from webapp.approvals.commands import Act, AddSigner, PassOn
from webapp.approvals.models import ApprovalRequest, ApprovalStage
from webapp.approvals.rules import apply
from webapp.approvals.rules_moves import AddSigner as Add
from webapp.approvals.rules_moves import Forward, OfSlot
from webapp.approvals.rules_slots import Slot
from webapp.approvals.service_acts import Scene, enter, of_slot, recipient
from webapp.approvals.service_clocks import STAGE, owners
from webapp.approvals.service_moves import carry, settle, turn
from webapp.approvals.states import Move, Placed, SlotState
from webapp.core.tx import Tx, command
from webapp.deadlines import service as deadlines
from webapp.deadlines.commands import ReaddressDeadlines


@command
def forward(tx: Tx, cmd: PassOn) -> ApprovalRequest:
    """The slot is for another person from now on; its limit runs on, its reminders go to the new one (转交)."""
    scene = enter(tx, cmd, Move.FORWARD)
    loaded = scene.loaded
    name = recipient(tx, scene, cmd.to)
    after = apply(loaded.review, Forward(scene.its_slot.key, scene.person, cmd.to))
    before = scene.row.person_id
    scene.row.person_id, scene.row.seen_at = cmd.to, None
    turn(tx, loaded, Move.FORWARD, cmd.reason, tx.now, other=cmd.to, stage=scene.row.title)
    changes = carry(tx, loaded, after, tx.now)
    tx.record(
        of_slot(
            events.ApprovalForwarded,
            scene,
            tx.now,
            to=str(cmd.to),
            to_name=name,
            reason=cmd.reason,
            changes={"person": (str(before or ""), str(cmd.to))},
        )
    )
    settle(tx, loaded, changes, tx.now)
    readdressed = ReaddressDeadlines(
        subject_id=loaded.request.subject_id,
        chain=owners(scene.row),
        kinds=(STAGE,),
        item=scene.row.key,
        reason=cmd.reason,
    )
    deadlines.readdress.within(tx, readdressed)
    return loaded.request


@command
def delegate(tx: Tx, cmd: PassOn) -> ApprovalRequest:
    """Somebody gives advice first, then the slot comes back, its clock standing meanwhile (委派)."""
    wanted = AddSigner(**vars(cmd) | {"placed": Placed.DELEGATED})
    return _add(tx, wanted, enter(tx, cmd, Move.DELEGATE), Move.DELEGATE)


@command
def add_signer(tx: Tx, cmd: AddSigner) -> ApprovalRequest:
    """Another person signs before, after or beside (加签)."""
    return _add(tx, cmd, enter(tx, cmd, Move.ADD_SIGNER), Move.ADD_SIGNER)


def _add(tx: Tx, cmd: AddSigner, scene: Scene, move: Move) -> ApprovalRequest:
    loaded = scene.loaded
    name = recipient(tx, scene, cmd.to)
    after = apply(loaded.review, Add(scene.its_slot.key, scene.person, cmd.to, cmd.placed))
    added = replace(after.slots[-1], state=SlotState.WAITING)
    row = tx.add(_row(scene.row, added, len(loaded.rows)))
    loaded.rows = {**loaded.rows, added.key: row}
    tx.session.flush()
    loaded.review = replace(loaded.review, slots=(*loaded.review.slots, added))
    turn(tx, loaded, move, cmd.reason, tx.now, other=cmd.to, stage=scene.row.title)
    changes = carry(tx, loaded, after, tx.now)
    tx.record(
        of_slot(
            events.ApprovalSignerAdded,
            scene,
            tx.now,
            to=str(cmd.to),
            to_name=name,
            placed=cmd.placed.value,
            reason=cmd.reason,
        )
    )
    settle(tx, loaded, changes, tx.now)
    return loaded.request


@command
def remove_signer(tx: Tx, cmd: Act) -> ApprovalRequest:
    """Take out an added signer who has not signed yet: by who added them, or who may sign the slot itself (减签)."""
    scene = enter(tx, cmd, Move.REMOVE_SIGNER)
    loaded, row = scene.loaded, scene.row
    after = apply(loaded.review, OfSlot(Move.REMOVE_SIGNER, scene.its_slot.key))
    turn(tx, loaded, Move.REMOVE_SIGNER, cmd.reason, tx.now, other=row.person_id, stage=row.title)
    changes = carry(tx, loaded, after, tx.now)
    tx.record(
        of_slot(
            events.ApprovalSignerRemoved,
            scene,
            tx.now,
            to=str(row.person_id),
            to_name=accounts.names(tx.session, [row.person_id]).get(row.person_id, "")
            if row.person_id
            else "",
            reason=cmd.reason,
        )
    )
    settle(tx, loaded, changes, tx.now)
    return loaded.request


def _row(beside: ApprovalStage, slot: Slot, position: int) -> ApprovalStage:
    """An added signer has the same limit as the slot, from his own turn on."""
    values: dict[str, Any] = {
        "request_id": beside.request_id,
        "round": beside.round,
        "title": beside.title,
        "unit_id": beside.unit_id,
        "limit_wd": beside.limit_wd,
    }
    return ApprovalStage(
        **values,
        position=position,
        key=slot.key,
        stage=slot.stage,
        seat=slot.seat,
        role=None,
        unit_path=slot.unit,
        step=slot.step,
        order=slot.order,
        state=slot.state,
        person_id=slot.person,
        added_to=slot.added_to,
        placed=slot.placed,
        added_by_id=slot.added_by,
    )
