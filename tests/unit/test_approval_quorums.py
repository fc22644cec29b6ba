"""Quorums and branches: when a stage is over before everybody has signed, and which stages wait for which."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.approvals.route_plan import Plan, Quorum
from webapp.approvals.rules import Decide, apply, begin
from webapp.approvals.rules_slots import Slot
from webapp.approvals.states import RequestState, SlotState, Verdict
from webapp.core.errors import NotAllowedNow

DAY = date(2026, 3, 10)
COMMITTEE = [Slot(f"vote.{n}", "vote", str(n), None, "c/", 1, 0) for n in range(5)]
AFTER = Slot("leader.l", "leader", "l", None, "c/", 2, 0)


def person(number):
    return UUID(int=number + 1)


def opened(quorum, slots=(*COMMITTEE, AFTER)):
    return begin(tuple(slots), Plan(quorums={"vote": quorum}))


def voted(review, *votes):
    for number, verdict in votes:
        review = apply(review, Decide(f"vote.{number}", verdict, person(number), DAY))
    return review


YES, NO = Verdict.APPROVE, Verdict.REJECT


def test_three_of_five_are_enough_and_the_others_are_spared():
    review = voted(opened(Quorum(3)), (0, YES), (3, YES))
    assert {slot.key for slot in review.open} == {"vote.1", "vote.2", "vote.4"}
    review = voted(review, (1, YES))
    assert [slot.key for slot in review.open] == ["leader.l"]
    assert [slot.state for slot in review.slots[:5]] == [
        SlotState.SIGNED,
        SlotState.SIGNED,
        SlotState.SPARED,
        SlotState.SIGNED,
        SlotState.SPARED,
    ]
    with pytest.raises(NotAllowedNow, match="already_decided"):
        voted(review, (2, YES))


def test_each_side_of_a_quorum_by_groups_has_to_sign():
    """Finance (0, 1) and discipline (2, 3): one of each."""
    quorum = Quorum(2, groups=((frozenset("01"), 1), (frozenset("23"), 1)))
    both_of_finance = voted(opened(quorum), (0, YES), (1, YES))
    assert {slot.key for slot in both_of_finance.open} == {"vote.2", "vote.3", "vote.4"}
    assert [slot.key for slot in voted(both_of_finance, (3, YES)).open] == ["leader.l"]


def test_a_refusal_ends_the_request_unless_it_is_one_vote_of_several():
    assert voted(opened(Quorum(3)), (0, NO)).state is RequestState.REJECTED
    review = voted(opened(Quorum(3, votes=True)), (0, NO), (1, NO))
    assert review.state is RequestState.IN_REVIEW
    with pytest.raises(NotAllowedNow, match="signed_this_round_already"):
        apply(review, Decide("vote.2", YES, person(0), DAY))
    assert voted(review, (2, NO)).state is RequestState.REJECTED


def test_a_refused_vote_does_not_hold_up_what_the_others_agree_to():
    review = voted(opened(Quorum(3, votes=True)), (0, NO), (1, YES), (2, YES), (3, YES))
    assert [slot.key for slot in review.open] == ["leader.l"]
    done = apply(review, Decide("leader.l", YES, person(9), DAY))
    assert done.state is RequestState.APPROVED


@given(
    needs=st.integers(1, 5),
    votes=st.booleans(),
    ballots=st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from([YES, NO])), max_size=5, unique_by=lambda b: b[0]
    ),
    sides=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
def test_a_vote_ends_exactly_when_counting_says_so(needs, votes, ballots, sides):
    """Against plain counting: 0 and 1 sit on one side, 2 and 3 on the other, 4 on none."""
    groups = (({0, 1}, sides[0]), ({2, 3}, sides[1]))
    quorum = Quorum(needs, tuple((frozenset(map(str, who)), n) for who, n in groups), votes)
    review, yes, no = opened(quorum), set(), set()

    def enough(people):
        return len(people) >= needs and all(len(people & who) >= n for who, n in groups)

    for number, verdict in ballots:
        if review.state is not RequestState.IN_REVIEW or review.slot("leader.l").state is SlotState.OPEN:
            break
        review = voted(review, (number, verdict))
        (yes if verdict is YES else no).add(number)
        lost = bool(no) and (not votes or not enough({0, 1, 2, 3, 4} - no))
        assert (review.state is RequestState.REJECTED) is lost
        assert (review.slot("leader.l").state is SlotState.OPEN) is (not lost and enough(yes))


def test_branches_run_beside_each_other_and_are_joined():
    """Two branches, a → b and c → d side by side; e waits for both ends."""
    order = {"a": 1, "b": 2, "c": 1, "d": 2, "e": 3}
    slots = tuple(Slot(f"{code}.x", code, "x", None, "c/", step, 0) for code, step in order.items())
    after = {"a": set(), "b": {"a"}, "c": set(), "d": {"c"}, "e": {"b", "d"}}
    review = begin(slots, Plan(after={code: frozenset(codes) for code, codes in after.items()}))

    def sign(review, code):
        return apply(review, Decide(f"{code}.x", YES, person(ord(code)), DAY))

    assert [slot.stage for slot in review.open] == ["a", "c"]
    review = sign(sign(review, "a"), "b")
    assert [slot.stage for slot in review.open] == ["c"]
    review = sign(sign(review, "c"), "d")
    assert [slot.stage for slot in review.open] == ["e"]
    assert sign(review, "e").state is RequestState.APPROVED


def test_one_decision_signs_ahead_what_is_merged_with_it():
    slots = (
        Slot("a.x", "a", "x", None, "c/", 1, 0),
        Slot("b.x", "b", "x", None, "c/", 2, 0),
        Slot("c.x", "c", "x", None, "c/", 3, 0),
    )
    review = apply(begin(slots), Decide("a.x", YES, person(1), DAY, also=("c.x",)))
    assert review.slot("c.x").state is SlotState.WAITING
    review = apply(review, Decide("b.x", YES, person(2), DAY))
    assert review.state is RequestState.APPROVED
    assert review.slot("c.x").signer == person(1)
