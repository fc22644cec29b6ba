"""The approval machine: every state against every action, and what a round does from start to end."""

from datetime import date
from uuid import UUID

import pytest

from webapp.approvals.route_text import shipped
from webapp.approvals.rules import Decide, Plain, PostNotice, Resume, apply, begin, content_hash
from webapp.approvals.rules_laying import Ground, lay
from webapp.approvals.rules_slots import Review, is_attested
from webapp.approvals.states import Move, RequestState, SlotState, Verdict
from webapp.core.errors import NotAllowedNow

ROUTE = shipped()["R1"]
GROUND = Ground(unit="c/jh/", units=("c/jh/",), facts={"needs_discipline": False})
DAY = date(2026, 3, 10)
ORDER = [
    ["notice:notice.unit@c/jh/"],
    ["unit_opinion.lead", "unit_finance.finance"],
    ["background.personnel", "background.secrecy"],
    ["unit_leader.leader"],
    ["acceptance.counter"],
    ["review.officer"],
    ["review.chief"],
    ["office_sign_off.director"],
    ["approval.leader"],
]


def person(number):
    return UUID(int=number)


def fresh():
    return begin(lay(ROUTE, GROUND))


def sign(review, key, who, verdict=Verdict.APPROVE):
    if key.startswith("notice:"):
        review = apply(review, PostNotice(key, DAY))
        verdict = Verdict.CONFIRM
    return apply(review, Decide(key, verdict, who, DAY))


def advanced(groups, review=None):
    """The review after everybody of the first `groups` groups has agreed."""
    review = review or fresh()
    for number, keys in enumerate(ORDER[:groups]):
        for place, key in enumerate(keys):
            review = sign(review, key, person(100 + 10 * number + place))
    return review


def states(review):
    return {slot.key: slot.state for slot in review.slots}


def test_stages_open_one_group_after_the_other_and_the_last_signature_approves():
    review = fresh()
    for number, keys in enumerate(ORDER):
        assert [slot.key for slot in review.open] == keys
        for place, key in enumerate(keys):
            review = sign(review, key, person(100 + 10 * number + place))
    assert review.state is RequestState.APPROVED
    assert review.open == ()


def test_a_group_waits_for_all_its_signatures_in_any_order():
    review = sign(advanced(1), "unit_finance.finance", person(1))
    assert [slot.key for slot in review.open] == ["unit_opinion.lead"]
    review = sign(review, "unit_opinion.lead", person(2))
    assert [slot.key for slot in review.open] == ["background.personnel", "background.secrecy"]


def test_four_eyes_want_two_persons_in_their_order():
    review = advanced(5)
    with pytest.raises(NotAllowedNow, match="stage_not_open"):
        sign(review, "review.chief", person(1))
    review = sign(review, "review.officer", person(1))
    with pytest.raises(NotAllowedNow, match="signed_this_round_already"):
        sign(review, "review.chief", person(1))
    assert [s.key for s in sign(review, "review.chief", person(2)).open] == ["office_sign_off.director"]


def test_a_person_signs_once_a_round_also_through_a_substitute_or_as_one():
    review = sign(advanced(5), "review.officer", person(1))
    for who, principal in ((person(1), person(9)), (person(9), person(1))):
        with pytest.raises(NotAllowedNow, match="signed_this_round_already"):
            apply(review, Decide("review.chief", Verdict.APPROVE, who, DAY, principal))


def test_who_confirmed_a_notice_may_still_judge_later():
    review = sign(fresh(), ORDER[0][0], person(1))
    assert sign(review, "unit_opinion.lead", person(1)).slot("unit_opinion.lead").signer == person(1)


@pytest.mark.parametrize(
    ("ready_on", "today", "allowed"),
    [(None, DAY, False), (date(2026, 3, 11), DAY, False), (DAY, DAY, True), (date(2026, 3, 9), DAY, True)],
)
def test_a_notice_is_confirmed_only_after_its_working_days_have_gone_by(ready_on, today, allowed):
    key = ORDER[0][0]
    review = apply(fresh(), PostNotice(key, ready_on)) if ready_on else fresh()
    action = Decide(key, Verdict.CONFIRM, person(1), today)
    if allowed:
        assert apply(review, action).slot(key).state is SlotState.SIGNED
        return
    with pytest.raises(NotAllowedNow, match="notice_still_running"):
        apply(review, action)


def test_every_unit_that_takes_part_confirms_its_notice():
    both = Ground(unit="c/jh/", units=("c/jh/", "c/sw/"), facts={"needs_discipline": False})
    review = begin(lay(ROUTE, both))
    keys = ["notice:notice.unit@c/jh/", "notice:notice.unit@c/sw/"]
    assert [slot.key for slot in review.open] == keys
    review = sign(review, keys[0], person(1))
    assert [slot.key for slot in review.open] == keys[1:]
    assert [slot.stage for slot in sign(review, keys[1], person(2)).open] == ["unit_opinion", "unit_finance"]


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        (ORDER[0][0], Verdict.APPROVE),
        (ORDER[0][0], Verdict.RETURN),
        (ORDER[0][0], Verdict.REJECT),
        ("unit_opinion.lead", Verdict.CONFIRM),
    ],
)
def test_a_notice_is_confirmed_and_a_sheet_is_judged_never_the_other_way(key, verdict):
    review = fresh() if is_attested(fresh().slot(ORDER[0][0])) and key == ORDER[0][0] else advanced(1)
    with pytest.raises(NotAllowedNow, match="wrong_verdict"):
        apply(review, Decide(key, verdict, person(1), DAY))


@pytest.mark.parametrize(
    ("verdict", "request_state", "slot_state"),
    [
        (Verdict.RETURN, RequestState.RETURNED, SlotState.RETURNED),
        (Verdict.REJECT, RequestState.REJECTED, SlotState.REJECTED),
    ],
)
def test_sending_back_or_refusing_ends_the_round_for_everybody(verdict, request_state, slot_state):
    review = sign(advanced(1), "unit_opinion.lead", person(1), verdict)
    assert review.state is request_state
    assert review.slot("unit_opinion.lead").state is slot_state
    left = {"draft", ORDER[0][0], "unit_opinion.lead", "background.discipline"}
    assert {s.state for s in review.slots if s.key not in left} == {SlotState.VOID}
    assert review.open == ()


def test_a_round_after_a_return_begins_at_the_third_stage_and_keeps_a_good_notice():
    returned = sign(advanced(4), "acceptance.counter", person(1), Verdict.RETURN)
    kept = Ground(unit="c/jh/", units=("c/jh/",), facts=GROUND.facts, kept=frozenset({"notice"}))
    review = apply(returned, Resume(lay(ROUTE, kept, from_stage="unit_opinion")))
    assert (review.state, review.round) == (RequestState.IN_REVIEW, 2)
    assert [slot.key for slot in review.open] == ORDER[1]
    assert review.slot(ORDER[0][0]).state is SlotState.KEPT


def test_a_round_after_a_return_runs_the_notice_again_when_what_was_published_changed():
    returned = sign(advanced(4), "acceptance.counter", person(1), Verdict.RETURN)
    review = apply(returned, Resume(lay(ROUTE, GROUND, from_stage="unit_opinion")))
    assert [slot.key for slot in review.open] == ORDER[0]


def in_state(state):
    """A review in the given state, reached by moves alone."""
    if state is RequestState.IN_REVIEW:
        return advanced(1)
    if state is RequestState.APPROVED:
        return advanced(len(ORDER))
    if state is RequestState.REVOKED:
        return apply(advanced(len(ORDER)), Plain(Move.REVOKE))
    plain = {RequestState.WITHDRAWN: Move.WITHDRAW, RequestState.SUSPENDED: Move.SUSPEND}
    if state in plain:
        return apply(advanced(1), Plain(plain[state]))
    verdict = {RequestState.RETURNED: Verdict.RETURN, RequestState.REJECTED: Verdict.REJECT}[state]
    return sign(advanced(1), "unit_opinion.lead", person(1), verdict)


OFFICER = "review.officer"


@pytest.mark.parametrize("state", [s for s in SlotState if s is not SlotState.OPEN])
@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.RETURN, Verdict.REJECT])
def test_nothing_but_an_open_slot_can_be_decided(state, verdict):
    review = advanced(1)
    slots = tuple(
        type(s)(**{f: getattr(s, f) for f in s.__slots__} | {"state": state})
        if s.key == "unit_opinion.lead"
        else s
        for s in review.slots
    )
    with pytest.raises(NotAllowedNow, match=r"stage_not_open|question_open|already_decided"):
        apply(Review(review.state, 1, slots), Decide("unit_opinion.lead", verdict, person(1), DAY))


def test_only_a_notice_is_put_up():
    with pytest.raises(NotAllowedNow, match="wrong_verdict"):
        apply(advanced(1), PostNotice("unit_opinion.lead", DAY))


def test_a_slot_that_does_not_exist_is_refused():
    with pytest.raises(NotAllowedNow, match="no_such_stage"):
        apply(fresh(), Decide("nowhere", Verdict.APPROVE, person(1), DAY))


def test_the_hash_of_the_content_does_not_depend_on_the_order_of_its_sections():
    assert content_hash({"a": "1", "b": "2"}) == content_hash({"b": "2", "a": "1"})
    assert content_hash({"a": "1", "b": "2"}) != content_hash({"a": "2", "b": "1"})
