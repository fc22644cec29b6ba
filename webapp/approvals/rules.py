"""The approval machine, pure: `apply(state, action)` gives the next state or refuses.

It knows no database and no clock; days and eligible persons come with the action. An independent model
can drive it step by step.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from webapp.approvals.route_plan import LINEAR, Plan
from webapp.approvals.rules_moves import (
    AddSigner,
    Forward,
    OfSlot,
    TakeBack,
    add_signer,
    forward,
    moved,
    of_slot,
    slot_for,
    take_back,
)
from webapp.approvals.rules_slots import (
    Review,
    Slot,
    end,
    follows,
    in_reach,
    is_judged,
    is_notice,
    open_next,
    signers,
    with_slots,
)
from webapp.approvals.states import (
    MOVES,
    SETTLED_SLOTS,
    Comeback,
    Move,
    Placed,
    RequestState,
    SlotState,
    Verdict,
)
from webapp.core.errors import NotAllowedNow


@dataclass(frozen=True)
class Decide:
    """A verdict in a slot by a person, standing in for `principal` or for nobody, on a day of the office.

    `may_repeat` lifts the rule of one signature a round: imported history knows roles, not persons.
    `also`: slots this one decision satisfies as well, where the route merges a person's stages.
    """

    slot: str
    verdict: Verdict
    person: UUID
    today: date
    principal: UUID | None = None
    may_repeat: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class PostNotice:
    """A unit has put its notice up; it may be confirmed from `ready_on` on."""

    slot: str
    ready_on: date


@dataclass(frozen=True)
class SendBack:
    """A return to an earlier stage instead of to the applicant: a new round with the same content begins there."""

    returned: Decide
    stage: str
    comeback: Comeback = Comeback.RUN_AGAIN


@dataclass(frozen=True)
class Plain:
    """A move of the whole request: withdraw, acknowledge a return, revoke, suspend, continue, urge, copy, comment."""

    move: Move


@dataclass(frozen=True)
class Resume:
    """A new round of freshly laid slots (`lay` makes them)."""

    slots: tuple[Slot, ...]


Action = Decide | PostNotice | SendBack | TakeBack | Forward | AddSigner | OfSlot | Plain | Resume
MOVE_OF_VERDICT = {
    Verdict.APPROVE: Move.SIGN,
    Verdict.CONFIRM: Move.SIGN,
    Verdict.ADVISE: Move.SIGN,
    Verdict.RETURN: Move.RETURN,
    Verdict.REJECT: Move.REJECT,
}
_ENDS_SLOT = {Verdict.RETURN: SlotState.RETURNED, Verdict.REJECT: SlotState.REJECTED}
_ROUND_GOES_ON = frozenset({Move.SUSPEND, Move.CONTINUE, Move.URGE, Move.COPY, Move.COMMENT})


def apply(review: Review, action: Action) -> Review:  # noqa: PLR0911 - one line for each kind of action
    """The state after the action. Raises `NotAllowedNow` with the reason where it cannot be done."""
    match action:
        case Decide():
            return _decide(review, action)
        case PostNotice():
            slot = slot_for(review, action.slot, Move.POST_NOTICE)
            return with_slots(review, {slot.key: replace(slot, ready_on=action.ready_on)})
        case SendBack():
            return _send_back(review, action)
        case TakeBack():
            return take_back(review, action)
        case Forward():
            return forward(review, action)
        case AddSigner():
            return add_signer(review, action)
        case OfSlot():
            return of_slot(review, action)
        case Resume():
            state = moved(review.state, Move.RESUME)
            return open_next(Review(state, review.round + 1, action.slots, review.plan))
        case Plain():
            state = moved(review.state, action.move)
            return replace(review, state=state) if action.move in _ROUND_GOES_ON else end(review, state)


def begin(slots: tuple[Slot, ...], plan: Plan = LINEAR) -> Review:
    """A first round: the slots as laid, the first stages open."""
    return open_next(Review(RequestState.IN_REVIEW, 1, slots, plan))


def _decide(review: Review, action: Decide) -> Review:
    move = MOVE_OF_VERDICT[action.verdict]
    slot = slot_for(review, action.slot, move)
    signed = replace(slot, signer=action.person, principal=action.principal)
    if action.verdict is not _settling(slot) and action.verdict not in _ENDS_SLOT:
        raise NotAllowedNow("wrong_verdict", slot=slot.key)
    if action.verdict in _ENDS_SLOT and slot.placed is Placed.DELEGATED:
        raise NotAllowedNow("wrong_verdict", slot=slot.key)
    judged = is_judged(slot)
    if judged and not action.may_repeat and {action.person, action.principal} & signers(review):
        raise NotAllowedNow("signed_this_round_already", slot=slot.key)
    if action.verdict in _ENDS_SLOT:
        after = with_slots(review, {slot.key: replace(signed, state=_ENDS_SLOT[action.verdict])})
        quorum = review.plan.quorums.get(slot.stage)
        is_vote = action.verdict is Verdict.REJECT and quorum is not None and quorum.votes
        if is_vote and in_reach(after, slot.stage):
            return open_next(after)
        return end(after, MOVES[review.state, move])
    if is_notice(slot) and (slot.ready_on is None or action.today < slot.ready_on):
        raise NotAllowedNow("notice_still_running", ready_on=slot.ready_on)
    written = {key: _signed_ahead(review.slot(key), action) for key in action.also}
    return open_next(with_slots(review, written | {slot.key: replace(signed, state=SlotState.SIGNED)}))


def _settling(slot: Slot) -> Verdict:
    """The verdict that settles the slot: notices are confirmed, whom it was delegated to gives advice."""
    if is_notice(slot):
        return Verdict.CONFIRM
    return Verdict.ADVISE if slot.placed is Placed.DELEGATED else Verdict.APPROVE


def _signed_ahead(slot: Slot, action: Decide) -> Slot:
    """A slot another decision of the same person satisfies: at once when it is open, else when its turn comes."""
    state = SlotState.SIGNED if slot.state is SlotState.OPEN else slot.state
    return replace(slot, state=state, signer=action.person, principal=action.principal)


def returnable(review: Review, slot: Slot) -> tuple[str, ...]:
    """Codes of the earlier stages that judged in this round, which the slot's signer may send it back to."""
    return tuple(
        dict.fromkeys(
            other.stage
            for other in review.slots
            if other.seat
            and is_judged(other)
            and other.state in _STANDING
            and follows(review, slot.stage, other.stage)
        )
    )


_STANDING = (SlotState.SIGNED, SlotState.KEPT)


def _send_back(review: Review, action: SendBack) -> Review:
    """The content is the same, so what was signed before the wanted stage stays good; who sent it back signs anew."""
    slot = slot_for(review, action.returned.slot, Move.SEND_BACK)
    if action.stage not in returnable(review, slot):
        raise NotAllowedNow("no_earlier_stage", stage=action.stage)
    ended = _decide(review, action.returned)
    stages = {action.stage}
    if action.comeback is Comeback.RUN_AGAIN:
        stages |= {other.stage for other in review.slots if follows(review, other.stage, action.stage)}
    again = {slot.key} | {other.key for other in review.slots if other.stage in stages}
    fresh = (_anew(other, again) for other in review.slots if _is_laid(other, again))
    return open_next(Review(RequestState.IN_REVIEW, ended.round + 1, tuple(fresh), review.plan))


def _is_laid(slot: Slot, again: Collection[str]) -> bool:
    """Added signers come along only where their signature stays good; the route's own slots always do."""
    return not slot.added_to or (slot.key not in again and slot.state in _STANDING)


def _anew(slot: Slot, again: Collection[str]) -> Slot:
    if slot.state is SlotState.SKIPPED:
        return slot
    if slot.key not in again and slot.state in SETTLED_SLOTS:
        return replace(slot, state=SlotState.KEPT if slot.state in _STANDING else slot.state)
    return replace(slot, state=SlotState.WAITING, signer=None, principal=None)


def kept_again(
    fresh: Sequence[Slot], before: Sequence[Slot], good: Collection[str], until: Slot
) -> tuple[Slot, ...]:
    """Slots of a round that comes back to who returned the last one (`until`): of what had been settled before it,
    stages in `good` (their sections are unchanged) keep their signature, everything else is signed anew.
    """
    stood = {slot.key: slot for slot in before if slot.state in SETTLED_SLOTS and slot.signer is not None}
    kept: list[Slot] = []
    for slot in fresh:
        old = stood.get(slot.key)
        if slot.state is SlotState.WAITING and old and slot.stage in good and slot.step <= until.step:
            kept.append(replace(old, state=SlotState.KEPT))
        else:
            person = until.person if slot.key == until.key else None
            kept.append(replace(slot, person=slot.person or person))
    return tuple(kept)


def changed_slots(before: Review, after: Review) -> Sequence[tuple[Slot, Slot]]:
    """(old, new) of every slot that differs, within one round."""
    return [(old, new) for old, new in zip(before.slots, after.slots, strict=True) if old != new]


def content_hash(content: Mapping[str, str]) -> str:
    """The hash of a map of section hashes (SHA-256 of its sorted JSON): what a decision signs."""
    text = json.dumps(dict(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
