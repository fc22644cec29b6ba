"""What approvers do besides signing, on the machine alone: take back, send back, forward, add, ask, suspend."""

from datetime import timedelta

import pytest

from tests.unit.test_approval_machine import DAY, OFFICER, advanced, person, sign, states
from webapp.approvals.route_plan import Plan, Quorum
from webapp.approvals.rules import Decide, Plain, SendBack, apply, begin, kept_again, returnable
from webapp.approvals.rules_moves import AddSigner, Forward, OfSlot, TakeBack
from webapp.approvals.rules_slots import Slot
from webapp.approvals.states import Comeback, Move, Placed, RequestState, SlotState, Verdict
from webapp.core.errors import NotAllowedNow
from webapp.core.permissions import Role

CHIEF, DIRECTOR, COUNTER = "review.chief", "office_sign_off.director", "acceptance.counter"
SOON = timedelta(minutes=10)


def keys(review):
    return [slot.key for slot in review.open]


def add(review, slot, placed, to=50, by=60):
    return apply(review, AddSigner(slot, person(by), person(to), placed))


def send_back(review, slot, stage, comeback=Comeback.RUN_AGAIN, who=70):
    return apply(review, SendBack(Decide(slot, Verdict.RETURN, person(who), DAY), stage, comeback))


def test_a_signature_is_taken_back_while_nobody_of_the_next_stage_has_moved():
    signed = sign(advanced(4), COUNTER, person(1))
    assert keys(signed) == [OFFICER]
    back = apply(signed, TakeBack(COUNTER, person(1), SOON))
    assert keys(back) == [COUNTER]
    assert back.slot(OFFICER).state is SlotState.WAITING
    assert back.slot(COUNTER).signer is None
    assert keys(sign(back, COUNTER, person(1))) == [OFFICER], "who took back signs again in the same round"


@pytest.mark.parametrize(
    ("who", "age", "seen", "code"),
    [
        (1, SOON + timedelta(seconds=1), (), "too_late_to_take_back"),
        (1, SOON, (OFFICER,), "next_has_seen"),
        (2, SOON, (), "not_your_signature"),
    ],
)
def test_it_is_not_taken_back_late_after_a_look_or_by_somebody_else(who, age, seen, code):
    signed = sign(advanced(4), COUNTER, person(1))
    with pytest.raises(NotAllowedNow, match=code):
        apply(signed, TakeBack(COUNTER, person(who), age, seen))


def test_it_is_not_taken_back_once_the_next_has_signed_nor_after_the_end():
    signed = sign(sign(advanced(4), COUNTER, person(1)), OFFICER, person(2))
    with pytest.raises(NotAllowedNow, match="next_has_acted"):
        apply(signed, TakeBack(COUNTER, person(1), SOON))
    done = advanced(9)
    with pytest.raises(NotAllowedNow, match="final_is_revoked"):
        apply(done, TakeBack("approval.leader", done.slot("approval.leader").signer, SOON))


def test_one_of_two_side_by_side_takes_back_although_the_other_has_signed():
    both = sign(sign(advanced(1), "unit_opinion.lead", person(1)), "unit_finance.finance", person(2))
    back = apply(both, TakeBack("unit_opinion.lead", person(1), SOON))
    assert keys(back) == ["unit_opinion.lead"]
    assert back.slot("unit_finance.finance").signer == person(2)


def test_sent_back_to_an_earlier_stage_everything_from_there_on_runs_again():
    review = send_back(advanced(6), CHIEF, "unit_leader")
    assert (review.state, review.round) == (RequestState.IN_REVIEW, 2)
    assert keys(review) == ["unit_leader.leader"]
    assert review.slot("background.personnel").state is SlotState.KEPT
    for key in (COUNTER, OFFICER, CHIEF):
        assert review.slot(key).state is SlotState.WAITING
        assert review.slot(key).signer is None


def test_sent_back_with_return_to_me_only_that_stage_signs_again():
    review = send_back(advanced(6), CHIEF, "unit_leader", Comeback.TO_ME)
    assert keys(review) == ["unit_leader.leader"]
    assert review.slot(COUNTER).state is SlotState.KEPT
    assert review.slot(OFFICER).state is SlotState.KEPT, (
        "the other eyes of the same stage have seen this content"
    )
    assert keys(sign(review, "unit_leader.leader", person(130))) == [CHIEF]


def test_who_signed_before_the_return_does_not_sign_a_second_seat_in_the_round_that_keeps_it():
    review = send_back(advanced(6), CHIEF, "unit_leader", Comeback.TO_ME)
    officer = review.slot(OFFICER).signer
    review = sign(review, "unit_leader.leader", person(130))
    with pytest.raises(NotAllowedNow, match="signed_this_round_already"):
        sign(review, CHIEF, officer)


def test_it_is_sent_back_only_to_stages_that_have_judged():
    review = advanced(5)
    assert returnable(review, review.slot(OFFICER)) == (
        "unit_opinion",
        "unit_finance",
        "background",
        "unit_leader",
        "acceptance",
    )
    for stage in ("notice", "draft", "review", "approval", "nowhere"):
        with pytest.raises(NotAllowedNow, match="no_earlier_stage"):
            send_back(review, OFFICER, stage)


def test_after_a_return_to_the_applicant_unchanged_stages_stay_signed_and_it_comes_back_to_who_returned_it():
    before = advanced(5)
    laid = advanced(0).slots
    unchanged = {"notice", "unit_opinion", "background", "unit_leader"}
    review = kept_again(laid, before.slots, unchanged, before.slot(OFFICER))
    kept = {slot.key for slot in review if slot.state is SlotState.KEPT}
    assert "unit_finance.finance" not in kept, "its section has changed"
    assert {"unit_opinion.lead", "background.personnel", "unit_leader.leader"} <= kept
    assert OFFICER not in kept


def test_a_forwarded_slot_is_for_one_person_and_for_nobody_who_has_signed():
    review = apply(advanced(5), Forward(OFFICER, person(60), person(61)))
    assert review.slot(OFFICER).person == person(61)
    assert keys(review) == [OFFICER]
    with pytest.raises(NotAllowedNow, match="same_person"):
        apply(review, Forward(OFFICER, person(61), person(61)))
    signer = review.slot(COUNTER).signer
    with pytest.raises(NotAllowedNow, match="person_signed_already"):
        apply(review, Forward(OFFICER, person(61), signer))


@pytest.mark.parametrize(
    ("placed", "first", "then"),
    [
        (Placed.BEFORE, [f"{OFFICER}+1"], [OFFICER]),
        (Placed.AFTER, [OFFICER], [f"{OFFICER}+1"]),
        (Placed.DELEGATED, [f"{OFFICER}+1"], [OFFICER]),
    ],
)
def test_a_signer_added_before_or_after_has_his_turn_there(placed, first, then):
    review = add(advanced(5), OFFICER, placed)
    assert keys(review) == first
    verdict = Verdict.ADVISE if placed is Placed.DELEGATED else Verdict.APPROVE
    review = sign(review, first[0], person(50) if first[0] != OFFICER else person(60), verdict)
    assert keys(review) == then
    review = sign(review, then[0], person(60) if then[0] == OFFICER else person(50))
    assert keys(review) == [CHIEF]


def test_a_signer_added_beside_is_waited_for():
    review = add(advanced(5), OFFICER, Placed.BESIDE)
    assert keys(review) == [OFFICER, f"{OFFICER}+1"]
    review = sign(review, OFFICER, person(60))
    assert keys(review) == [f"{OFFICER}+1"]
    assert keys(sign(review, f"{OFFICER}+1", person(50))) == [CHIEF]


def test_a_signer_added_after_the_last_one_is_waited_for_too():
    review = sign(add(advanced(8), "approval.leader", Placed.AFTER), "approval.leader", person(60))
    assert review.state is RequestState.IN_REVIEW
    assert sign(review, "approval.leader+1", person(50)).state is RequestState.APPROVED


def test_an_added_signer_is_removed_before_signing_and_a_seat_of_the_route_never():
    review = add(advanced(5), OFFICER, Placed.BEFORE)
    after = apply(review, OfSlot(Move.REMOVE_SIGNER, f"{OFFICER}+1"))
    assert keys(after) == [OFFICER]
    with pytest.raises(NotAllowedNow, match="only_added_signers"):
        apply(review, OfSlot(Move.REMOVE_SIGNER, OFFICER))
    signed = sign(review, f"{OFFICER}+1", person(50))
    with pytest.raises(NotAllowedNow, match="already_decided"):
        apply(signed, OfSlot(Move.REMOVE_SIGNER, f"{OFFICER}+1"))


def test_a_person_is_added_once_and_adds_nobody():
    review = add(advanced(5), OFFICER, Placed.BESIDE)
    with pytest.raises(NotAllowedNow, match="person_added_already"):
        add(review, OFFICER, Placed.AFTER)
    with pytest.raises(NotAllowedNow, match="added_signer_adds_none"):
        add(review, f"{OFFICER}+1", Placed.BEFORE, to=51, by=50)
    removed = apply(review, OfSlot(Move.REMOVE_SIGNER, f"{OFFICER}+1"))
    assert keys(add(removed, OFFICER, Placed.BESIDE)) == [OFFICER, f"{OFFICER}+2"]


def test_advice_decides_nothing_and_leaves_the_adviser_free_to_sign_his_own_seat():
    review = add(advanced(5), OFFICER, Placed.DELEGATED)
    for verdict in (Verdict.APPROVE, Verdict.RETURN, Verdict.REJECT):
        with pytest.raises(NotAllowedNow, match="wrong_verdict"):
            sign(review, f"{OFFICER}+1", person(50), verdict)
    with pytest.raises(NotAllowedNow, match="wrong_verdict"):
        sign(advanced(5), OFFICER, person(50), Verdict.ADVISE)
    review = sign(sign(review, f"{OFFICER}+1", person(50), Verdict.ADVISE), OFFICER, person(60))
    assert sign(review, CHIEF, person(50)).slot(CHIEF).signer == person(50)


def test_an_added_signer_does_not_sign_his_own_seat_as_well():
    review = sign(add(advanced(5), OFFICER, Placed.BEFORE), f"{OFFICER}+1", person(50))
    with pytest.raises(NotAllowedNow, match="signed_this_round_already"):
        sign(review, OFFICER, person(50))


def test_while_a_question_is_open_only_that_slot_stands_still():
    review = apply(advanced(1), OfSlot(Move.ASK, "unit_opinion.lead"))
    assert keys(review) == ["unit_finance.finance"]
    with pytest.raises(NotAllowedNow, match="question_open"):
        sign(review, "unit_opinion.lead", person(1))
    review = sign(review, "unit_finance.finance", person(2))
    assert keys(review) == []
    assert keys(apply(review, OfSlot(Move.ANSWER, "unit_opinion.lead"))) == ["unit_opinion.lead"]
    assert keys(apply(review, OfSlot(Move.CALL_OFF, "unit_opinion.lead"))) == ["unit_opinion.lead"]


def test_nothing_is_signed_while_suspended_and_all_goes_on_where_it_stood():
    before = apply(advanced(1), OfSlot(Move.ASK, "unit_opinion.lead"))
    still = apply(before, Plain(Move.SUSPEND))
    assert still.open == ()
    with pytest.raises(NotAllowedNow, match="request_suspended"):
        sign(still, "unit_finance.finance", person(2))
    again = apply(still, Plain(Move.CONTINUE))
    assert (again.round, states(again)) == (before.round, states(before))


def test_a_refusal_beside_an_open_question_ends_the_round_for_both():
    review = apply(advanced(1), OfSlot(Move.ASK, "unit_opinion.lead"))
    review = sign(review, "unit_finance.finance", person(2), Verdict.REJECT)
    assert review.slot("unit_opinion.lead").state is SlotState.VOID


def voting(needs=2, seats="abc"):
    """A stage of side-by-side seats of which some are enough, and one after it."""
    slots = [Slot(f"vote.{c}", "vote", c, Role.UNIT_HEAD, "u/", 1, 0) for c in seats]
    slots.append(Slot("last.z", "last", "z", Role.CITY_LEADER, "u/", 2, 0))
    return begin(tuple(slots), Plan(quorums={"vote": Quorum(needs)}))


def test_taking_back_the_vote_that_made_the_number_gives_the_spared_their_vote_again():
    review = sign(sign(voting(), "vote.a", person(1)), "vote.b", person(2))
    assert keys(review) == ["last.z"]
    assert review.slot("vote.c").state is SlotState.SPARED
    back = apply(review, TakeBack("vote.b", person(2), SOON))
    assert keys(back) == ["vote.b", "vote.c"]


def test_an_added_signer_is_no_vote_and_is_waited_for():
    review = add(voting(), "vote.a", Placed.BESIDE)
    review = sign(sign(review, "vote.a+1", person(50)), "vote.a", person(1))
    assert keys(review) == ["vote.b", "vote.c"]
    other = sign(sign(add(voting(), "vote.a", Placed.BESIDE), "vote.a", person(1)), "vote.b", person(2))
    assert keys(other) == ["vote.c", "vote.a+1"]


def test_one_decision_for_two_stages_is_taken_back_from_both():
    merged = apply(voting(needs=1), Decide("vote.a", Verdict.APPROVE, person(1), DAY, also=("last.z",)))
    assert merged.state is RequestState.APPROVED
    review = apply(voting(), Decide("vote.a", Verdict.APPROVE, person(1), DAY, also=("last.z",)))
    assert review.slot("last.z").signer == person(1)
    assert apply(review, TakeBack("vote.a", person(1), SOON)).slot("last.z").signer is None
