"""The approval machine, pure: `apply(state, action)` gives the next state or refuses.

It knows no database and no clock; days and eligible persons come with the action. An independent model
can drive it step by step.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from webapp.approvals.route import LINEAR, Plan
from webapp.approvals.rules_slots import (
    Review,
    Slot,
    end,
    in_reach,
    is_attested,
    is_notice,
    open_next,
    signers,
    with_slots,
)
from webapp.approvals.states import MOVES, Move, RequestState, SlotState, Verdict
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
class Plain:
    """A move of the whole request: withdraw, acknowledge a return, revoke."""

    move: Move


@dataclass(frozen=True)
class Resume:
    """A new round of freshly laid slots (`lay` makes them)."""

    slots: tuple[Slot, ...]


Action = Decide | PostNotice | Plain | Resume
_MOVE_OF_VERDICT = {
    Verdict.APPROVE: Move.SIGN,
    Verdict.CONFIRM: Move.SIGN,
    Verdict.RETURN: Move.RETURN,
    Verdict.REJECT: Move.REJECT,
}
_ENDS_SLOT = {Verdict.RETURN: SlotState.RETURNED, Verdict.REJECT: SlotState.REJECTED}


def apply(review: Review, action: Action) -> Review:
    """The state after the action. Raises `NotAllowedNow` with the reason where it cannot be done."""
    match action:
        case Decide():
            return _decide(review, action)
        case PostNotice():
            slot = _open_slot(review, action.slot, Move.POST_NOTICE)
            if not is_notice(slot):
                raise NotAllowedNow("wrong_verdict", slot=slot.key)
            return with_slots(review, {slot.key: replace(slot, ready_on=action.ready_on)})
        case Resume():
            state = _moved(review.state, Move.RESUME)
            return open_next(Review(state, review.round + 1, action.slots, review.plan))
        case Plain():
            return end(review, _moved(review.state, action.move))


def begin(slots: tuple[Slot, ...], plan: Plan = LINEAR) -> Review:
    """A first round: the slots as laid, the first stages open."""
    return open_next(Review(RequestState.IN_REVIEW, 1, slots, plan))


def _moved(state: RequestState, move: Move) -> RequestState:
    after = MOVES.get((state, move))
    if after is None:
        raise NotAllowedNow("not_in_this_state", state=state.value, move=move.value)
    return after


def _open_slot(review: Review, key: str, move: Move) -> Slot:
    _moved(review.state, move)
    slot = review.slot(key)
    if slot.state is not SlotState.OPEN:
        code = "stage_not_open" if slot.state is SlotState.WAITING else "already_decided"
        raise NotAllowedNow(code, slot=key)
    return slot


def _decide(review: Review, action: Decide) -> Review:
    slot = _open_slot(review, action.slot, _MOVE_OF_VERDICT[action.verdict])
    signed = replace(slot, signer=action.person, principal=action.principal)
    notice = is_notice(slot)
    if (action.verdict is Verdict.CONFIRM) is not notice:
        raise NotAllowedNow("wrong_verdict", slot=slot.key)
    judged = not is_attested(slot)
    if judged and not action.may_repeat and {action.person, action.principal} & signers(review):
        raise NotAllowedNow("signed_this_round_already", slot=slot.key)
    if action.verdict in _ENDS_SLOT:
        after = with_slots(review, {slot.key: replace(signed, state=_ENDS_SLOT[action.verdict])})
        quorum = review.plan.quorums.get(slot.stage)
        is_vote = action.verdict is Verdict.REJECT and quorum is not None and quorum.votes
        if is_vote and in_reach(after, slot.stage):
            return open_next(after)
        return end(after, _moved(review.state, _MOVE_OF_VERDICT[action.verdict]))
    if notice and (slot.ready_on is None or action.today < slot.ready_on):
        raise NotAllowedNow("notice_still_running", ready_on=slot.ready_on)
    written = {key: _signed_ahead(review.slot(key), action) for key in action.also}
    return open_next(with_slots(review, written | {slot.key: replace(signed, state=SlotState.SIGNED)}))


def _signed_ahead(slot: Slot, action: Decide) -> Slot:
    """A slot another decision of the same person satisfies: at once when it is open, else when its turn comes."""
    state = SlotState.SIGNED if slot.state is SlotState.OPEN else slot.state
    return replace(slot, state=state, signer=action.person, principal=action.principal)


def changed_slots(before: Review, after: Review) -> Sequence[tuple[Slot, Slot]]:
    """(old, new) of every slot that differs, within one round."""
    return [(old, new) for old, new in zip(before.slots, after.slots, strict=True) if old != new]


def content_hash(content: Mapping[str, str]) -> str:
    """The hash of a map of section hashes (SHA-256 of its sorted JSON): what a decision signs."""
    text = json.dumps(dict(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
