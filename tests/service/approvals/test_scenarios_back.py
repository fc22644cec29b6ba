"""拿回, 退回到上一步, 指定步, 发起人, 驳回策略: going back, as the people of an office do it."""

import pytest

from tests.service.approvals.acting import (
    CHIEF,
    COUNTER,
    FINANCE,
    LEAD,
    LEADER,
    MAYOR,
    OFFICER,
    PERSONNEL,
    SECRECY,
)
from tests.service.approvals.office import CONTENT, KIND
from webapp.approvals import service_seen
from webapp.approvals.states import Comeback, RequestState, Verdict
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow


def until_review(acting):
    acting.agree(LEAD, FINANCE, PERSONNEL, SECRECY, LEADER, COUNTER)


def test_who_signed_by_mistake_takes_it_back_and_signs_again(acting):
    """拿回"""
    until_review(acting)
    acting.minutes(10)
    acting.do("take_back", COUNTER, slot=COUNTER)
    assert acting.open == [COUNTER]
    assert acting.row(OFFICER).opened_at is None
    assert acting.inbox(OFFICER) == []
    assert acting.clock_of(COUNTER)[0] == "open"
    assert acting.clock_of(OFFICER)[0] == "cancelled"
    assert acting.clock_of("office_review")[0] == "cancelled", (
        "the ten days begin with an acceptance that stands"
    )
    assert (acting.who(COUNTER).name, "拿回") in acting.record()
    acting.agree(COUNTER)
    assert acting.open == [OFFICER]
    assert acting.clock_of("office_review")[0] == "open"


def test_taking_back_works_for_ten_minutes(acting):
    """拿回"""
    until_review(acting)
    acting.minutes(11)
    assert "take_back" not in acting.offers(COUNTER)
    with pytest.raises(NotAllowedNow, match="too_late_to_take_back"):
        acting.do("take_back", COUNTER, slot=COUNTER)


def test_once_somebody_of_the_next_stage_has_looked_it_stays(acting, office):
    """拿回"""
    until_review(acting)
    assert "take_back" in acting.offers(COUNTER)
    service_seen.see(office.as_(acting.who(OFFICER)), KIND, acting.id, OFFICER)
    assert "take_back" not in acting.offers(COUNTER)
    with pytest.raises(NotAllowedNow, match="next_has_seen"):
        acting.do("take_back", COUNTER, slot=COUNTER)


def test_nothing_is_taken_back_after_the_next_has_signed_by_another_or_after_the_end(acting, office):
    """拿回"""
    until_review(acting)
    acting.agree(OFFICER)
    with pytest.raises(NotAllowedNow, match="next_has_acted"):
        acting.do("take_back", COUNTER, slot=COUNTER)
    with pytest.raises(Forbidden, match="not_your_signature"):
        acting.do("take_back", LEADER, slot=COUNTER)
    acting.agree(CHIEF, "office_sign_off.director", MAYOR)
    assert office.state(acting.id) is RequestState.APPROVED
    with pytest.raises(NotAllowedNow, match="final_is_revoked"):
        acting.do("take_back", MAYOR, slot=MAYOR)


def test_sent_back_one_stage_everything_from_there_on_signs_again(acting, office):
    """退回上一步"""
    until_review(acting)
    acting.agree(OFFICER)
    acting.send_back(CHIEF, "unit_leader")
    assert office.request(acting.id).round == 2
    assert office.state(acting.id) is RequestState.IN_REVIEW
    assert acting.open == [LEADER]
    assert acting.row(PERSONNEL).state.value == "kept"
    assert acting.clock_of("office_review")[0] == "cancelled"
    acting.agree(LEADER, COUNTER, OFFICER, CHIEF)
    assert acting.open == ["office_sign_off.director"]


def test_sent_back_to_a_chosen_stage_it_comes_straight_back(acting):
    """退回指定步, 驳回策略"""
    until_review(acting)
    acting.agree(OFFICER)
    due = acting.clock_of("office_review")
    acting.send_back(CHIEF, "unit_finance", Comeback.TO_ME)
    assert acting.open == [FINANCE]
    assert acting.clock_of("office_review") == due, "acceptance stands, so its ten days run on"
    acting.agree(FINANCE)
    assert acting.open == [CHIEF]
    acting.agree(CHIEF)
    assert acting.row(OFFICER).state.value == "kept"


def test_sending_back_needs_a_reason_a_stage_that_signed_and_ones_own_turn(acting):
    """退回"""
    until_review(acting)
    with pytest.raises(Invalid):
        acting.send_back(OFFICER, "unit_leader", reason=" ")
    with pytest.raises(NotAllowedNow, match="no_earlier_stage"):
        acting.send_back(OFFICER, "approval")
    with pytest.raises(Forbidden, match="not_your_stage"):
        acting.send_back(LEADER, "unit_opinion", slot=OFFICER)


def test_returned_to_the_applicant_only_changed_stages_sign_again_then_it_comes_back(acting, office):
    """退回发起人, 驳回策略"""
    until_review(acting)
    office.decide(acting.id, acting.who(OFFICER), Verdict.RETURN, opinion="预算要改", comeback=Comeback.TO_ME)
    assert office.state(acting.id) is RequestState.RETURNED
    office.submit(acting.id, content=CONTENT | {"budget": "changed"})
    assert acting.open == [FINANCE], "only finance answers for the budget before the unit's leader"
    assert acting.row(PERSONNEL).state.value == "kept"
    acting.agree(FINANCE)
    assert acting.open == [LEADER]
    acting.agree(LEADER)
    assert acting.open == [COUNTER]
    acting.agree(COUNTER)
    assert acting.open == [OFFICER]


def test_returned_and_unchanged_it_goes_straight_to_who_returned_it(acting, office):
    """退回发起人, 驳回策略"""
    until_review(acting)
    office.decide(acting.id, acting.who(OFFICER), Verdict.RETURN, opinion="请确认", comeback=Comeback.TO_ME)
    office.submit(acting.id)
    assert acting.open == [OFFICER]
    office.decide(acting.id, acting.who(OFFICER), Verdict.RETURN, opinion="请重报")
    office.submit(acting.id)
    assert acting.open == [LEAD, FINANCE], "without that wish it runs again from the unit"
