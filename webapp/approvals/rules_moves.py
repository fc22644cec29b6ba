"""Moves on single slots, pure: take back, forward, add a signer; and what the tables of `states` say of each move."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from webapp.approvals.rules_slots import (
    Review,
    Slot,
    follows,
    is_judged,
    is_notice,
    open_next,
    signers,
    waits_for,
    with_slots,
)
from webapp.approvals.states import (
    MOVES,
    OF_A_NOTICE,
    OF_A_SLOT,
    SLOT_MOVES,
    Move,
    Placed,
    RequestState,
    SlotState,
)
from webapp.core.errors import NotAllowedNow

TAKE_BACK_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class TakeBack:
    """Who signed a slot takes it back; `age` since signing, `seen`: keys of slots somebody has opened the sheet for."""

    slot: str
    person: UUID
    age: timedelta
    seen: Collection[str] = ()


@dataclass(frozen=True)
class Forward:
    """The slot goes to another person (转交)."""

    slot: str
    by: UUID
    to: UUID


@dataclass(frozen=True)
class AddSigner:
    """Another person signs before, after or beside (加签), or gives advice first (委派)."""

    slot: str
    by: UUID
    to: UUID
    placed: Placed


@dataclass(frozen=True)
class OfSlot:
    """A move that needs to know nothing but its slot: remove an added signer, ask, answer, call the question off."""

    move: Move
    slot: str


def refusal(review: Review, move: Move, slot: Slot | None = None) -> str | None:
    """The code of what stands against the move now, whoever asks; None where the tables allow it."""
    if (review.state, move) not in MOVES:
        after_the_end = review.state is RequestState.APPROVED and move is Move.TAKE_BACK
        return "final_is_revoked" if after_the_end else _STATE_CODES.get(review.state, "not_in_this_state")
    if slot is None or (slot.state, move) in SLOT_MOVES:
        return None if slot is None else _unfit(slot, move)
    return _SLOT_CODES.get(slot.state, "already_decided")


def _unfit(slot: Slot, move: Move) -> str | None:
    """What kind of slot the move is not for."""
    if move not in OF_A_NOTICE if is_notice(slot) else move is Move.POST_NOTICE:
        return "wrong_verdict"
    return "only_added_signers" if move is Move.REMOVE_SIGNER and not slot.added_to else None


_STATE_CODES = {RequestState.SUSPENDED: "request_suspended"}
_SLOT_CODES = {
    SlotState.WAITING: "stage_not_open",
    SlotState.ASKED: "question_open",
    SlotState.OPEN: "not_asked",
}


def possible(review: Review) -> frozenset[tuple[Move, str]]:
    """Every move the tables allow now with the slot it concerns ('' for the whole request), whoever asks."""
    whole = {(move, "") for move in Move if move not in OF_A_SLOT and refusal(review, move) is None}
    return frozenset(whole) | {
        (move, slot.key) for slot in review.slots for move in OF_A_SLOT if refusal(review, move, slot) is None
    }


def moved(state: RequestState, move: Move) -> RequestState:
    code = refusal(Review(state, 1, ()), move)
    if code is not None:
        raise NotAllowedNow(code, state=state.value, move=move.value)
    return MOVES[state, move]


def slot_for(review: Review, key: str, move: Move) -> Slot:
    moved(review.state, move)
    slot = review.slot(key)
    code = refusal(review, move, slot)
    if code is not None:
        raise NotAllowedNow(code, slot=key)
    return slot


def forward(review: Review, action: Forward) -> Review:
    slot = slot_for(review, action.slot, Move.FORWARD)
    _require_other_hand(review, slot, action.by, action.to)
    return with_slots(review, {slot.key: replace(slot, person=action.to)})


def of_slot(review: Review, action: OfSlot) -> Review:
    slot = slot_for(review, action.slot, action.move)
    return open_next(with_slots(review, {slot.key: replace(slot, state=SLOT_MOVES[slot.state, action.move])}))


def add_signer(review: Review, action: AddSigner) -> Review:
    move = Move.DELEGATE if action.placed is Placed.DELEGATED else Move.ADD_SIGNER
    slot = slot_for(review, action.slot, move)
    _require_other_hand(review, slot, action.by, action.to)
    if slot.added_to:
        raise NotAllowedNow("added_signer_adds_none", slot=slot.key)
    beside = [other for other in review.slots if other.added_to == slot.key]
    if action.to in {other.person for other in beside if other.state is not SlotState.REMOVED}:
        raise NotAllowedNow("person_added_already", slot=slot.key)
    added = replace(
        slot,
        key=f"{slot.key}+{len(beside) + 1}",
        seat=f"{slot.seat}+{len(beside) + 1}",
        role=None,
        state=SlotState.WAITING,
        person=action.to,
        added_to=slot.key,
        placed=action.placed,
        added_by=action.by,
    )
    return open_next(replace(review, slots=(*review.slots, added)))


def take_back(review: Review, action: TakeBack) -> Review:
    """What one decision had settled is open again; what had opened after it waits again."""
    slot = slot_for(review, action.slot, Move.TAKE_BACK)
    if slot.signer != action.person:
        raise NotAllowedNow("not_your_signature", slot=slot.key)
    if action.age > TAKE_BACK_WITHIN:
        raise NotAllowedNow("too_late_to_take_back", slot=slot.key)
    for other in review.slots:
        if other.state in _ACTED and other.signer != action.person and _comes_after(review, other, slot):
            raise NotAllowedNow("next_has_acted", slot=other.key)
    after = open_next(with_slots(review, {s.key: _unsigned(s) for s in review.slots if _undone(s, slot)}))
    for other in after.slots:
        if other.state is SlotState.WAITING and other.key in action.seen:
            raise NotAllowedNow("next_has_seen", slot=other.key)
    return after


_ACTED = (SlotState.SIGNED, SlotState.REJECTED, SlotState.ASKED)


def _unsigned(slot: Slot) -> Slot:
    return replace(slot, state=SlotState.WAITING, signer=None, principal=None)


def _comes_after(review: Review, other: Slot, slot: Slot) -> bool:
    if other.stage == slot.stage:
        return waits_for(other, slot)
    return follows(review, other.stage, slot.stage)


def _undone(other: Slot, slot: Slot) -> bool:
    """The slot, those the same decision satisfied (a person signs once a round), those its quorum had spared."""
    if other.state is SlotState.SPARED:
        return other.stage == slot.stage
    same = is_judged(slot) and is_judged(other) and other.signer == slot.signer
    return other.key == slot.key or (same and other.state in (SlotState.SIGNED, SlotState.WAITING))


def _require_other_hand(review: Review, slot: Slot, by: UUID, to: UUID) -> None:
    if to in (by, slot.person):
        raise NotAllowedNow("same_person", slot=slot.key)
    if is_judged(slot) and to in signers(review):
        raise NotAllowedNow("person_signed_already", slot=slot.key)
