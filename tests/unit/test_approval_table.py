"""Every state of a request, and of a slot, against every action: the tables say what works, and nothing else does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.test_approval_machine import (
    DAY,
    GROUND,
    OFFICER,
    ORDER,
    ROUTE,
    advanced,
    fresh,
    in_state,
    person,
)
from webapp.approvals.rules import Decide, Plain, PostNotice, Resume, SendBack, apply
from webapp.approvals.rules_laying import lay
from webapp.approvals.rules_moves import AddSigner, Forward, OfSlot, TakeBack, possible
from webapp.approvals.rules_slots import with_slots
from webapp.approvals.states import (
    MOVES,
    OF_A_SLOT,
    SLOT_MOVES,
    Move,
    Placed,
    RequestState,
    SlotState,
    Verdict,
)
from webapp.core.errors import NotAllowedNow


def doing(move, slot=OFFICER):
    """An action of every kind; the person 77 has done nothing before."""
    by_verdict = {Move.SIGN: Verdict.APPROVE, Move.RETURN: Verdict.RETURN, Move.REJECT: Verdict.REJECT}
    if move in by_verdict:
        return Decide(slot, by_verdict[move], person(77), DAY)
    placed = {Move.ADD_SIGNER: Placed.BESIDE, Move.DELEGATE: Placed.DELEGATED}
    if move in placed:
        return AddSigner(slot, person(77), person(78), placed[move])
    if move in (Move.REMOVE_SIGNER, Move.ASK, Move.ANSWER, Move.CALL_OFF):
        return OfSlot(move, slot)
    others = {
        Move.POST_NOTICE: PostNotice(ORDER[0][0], DAY),
        Move.SEND_BACK: SendBack(Decide(slot, Verdict.RETURN, person(77), DAY), "acceptance"),
        Move.TAKE_BACK: TakeBack(slot, person(77), timedelta(minutes=1)),
        Move.FORWARD: Forward(slot, person(77), person(78)),
        Move.RESUME: Resume(lay(ROUTE, GROUND)),
    }
    return others.get(move) or Plain(move)


def prepared(move):
    """A running review in which the move can be made of the officer's slot."""
    if move is Move.POST_NOTICE:
        return fresh()
    return with_officer(advanced(5), BEFORE.get(move, SlotState.OPEN), move)


BEFORE = {Move.ANSWER: SlotState.ASKED, Move.CALL_OFF: SlotState.ASKED, Move.TAKE_BACK: SlotState.SIGNED}


def with_officer(review, state, move):
    """The same review with the officer's slot in a state, as an added one where only such can be meant."""
    old = review.slot(OFFICER)
    added = {"added_to": "review.chief", "placed": Placed.BESIDE} if move is Move.REMOVE_SIGNER else {}
    signer = person(77) if state is SlotState.SIGNED else None
    return with_slots(review, {OFFICER: replace(old, state=state, signer=signer, **added)})


@pytest.mark.parametrize("move", list(Move))
@pytest.mark.parametrize("state", list(RequestState))
def test_every_state_against_every_action(state, move):
    review = prepared(move) if state is RequestState.IN_REVIEW else in_state(state)
    assert review.state is state
    known = {known for known, _slot in possible(review)}
    if (state, move) not in MOVES:
        assert move not in known
        with pytest.raises(NotAllowedNow, match=r"not_in_this_state|request_suspended|final_is_revoked"):
            apply(review, doing(move))
        return
    assert move in known
    assert apply(review, doing(move)).state is MOVES[state, move]


@pytest.mark.parametrize("move", sorted(OF_A_SLOT - {Move.POST_NOTICE}))
@pytest.mark.parametrize("state", list(SlotState))
def test_every_state_of_a_slot_against_every_action_on_one(state, move):
    review = with_officer(advanced(5), state, move)
    assert ((move, OFFICER) in possible(review)) is ((state, move) in SLOT_MOVES)
    if (state, move) not in SLOT_MOVES:
        with pytest.raises(NotAllowedNow, match=r"stage_not_open|question_open|not_asked|already_decided"):
            apply(review, doing(move))
        return
    after = apply(review, doing(move))
    # a return to an earlier stage begins a new round, where the slot waits again
    wanted = SlotState.WAITING if move is Move.SEND_BACK else SLOT_MOVES[state, move]
    assert after.slot(OFFICER).state is wanted
