"""催办, 补充说明, 抄送, 评论, 挂起, 唤醒: words around a decision and time that stands still."""

from datetime import timedelta

import pytest

from tests import factories
from tests.service.approvals.acting import (
    COUNTER,
    DIRECTOR,
    FINANCE,
    LEAD,
    LEADER,
    OFFICER,
    PERSONNEL,
    SECRECY,
)
from webapp.approvals.states import RequestState
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow
from webapp.core.permissions import Role


def test_the_applicant_urges_once_in_four_hours(acting, office):
    """催办"""
    acting.do("urge", office.clerk)
    with pytest.raises(NotAllowedNow, match="urged_already"):
        acting.do("urge", office.clerk)
    acting.hours(4)
    acting.do("urge", office.clerk)
    assert len(acting.entries("approval.urged")) == 2
    with pytest.raises(Forbidden, match="only_applicants"):
        acting.do("urge", FINANCE)


def test_while_an_answer_is_waited_for_the_limit_stands(acting, office, clock):
    """补充说明"""
    before = acting.clock_of(LEAD)[1]
    acting.do("ask", LEAD, reason="邀请函是谁签的？")
    assert acting.clock_of(LEAD)[0] == "paused"
    assert acting.inbox(LEAD) == []
    assert acting.inbox(FINANCE) == [FINANCE], "who sits beside goes on"
    with pytest.raises(NotAllowedNow, match="question_open"):
        acting.agree(LEAD)
    assert "answer" in acting.offers(office.clerk)
    assert "answer" not in acting.offers(FINANCE)
    clock.advance(timedelta(days=4))  # Thursday 12 March to Monday 16 March 2026: two working days
    acting.do("answer", office.clerk, reason="对方商会会长")
    state, after = acting.clock_of(LEAD)
    assert (state, after - before) == ("open", timedelta(days=2))
    assert acting.row(LEAD).due_at == after
    assert acting.inbox(LEAD) == [LEAD]
    assert acting.entries("approval.information_given")[0].public["figures"]["minutes"] == 4 * 24 * 60
    acting.agree(LEAD)
    assert acting.entries("approval.decided")[-1].public["figures"]["late"] == 0


def test_a_question_is_called_off(acting):
    """补充说明"""
    acting.do("ask", LEAD, reason="？")
    acting.do("call_off", LEAD)
    acting.agree(LEAD)
    assert acting.open == [FINANCE]


def test_a_question_needs_words_and_somebody_who_may_sign(acting, office):
    """补充说明"""
    with pytest.raises(Invalid):
        acting.do("ask", LEAD, reason=" ")
    with pytest.raises(Forbidden):
        acting.do("ask", office.clerk, slot=LEAD)


def test_a_copy_lets_a_colleague_read_and_nothing_else(acting, office):
    """抄送"""
    other = factories.actor(office.call, Role.PASSPORT_CUSTODIAN, unit="wb", scope="jh")
    assert not acting.sees(other)
    acting.copy(LEAD, other)
    assert acting.sees(other)
    assert [card.copier for card in acting.copies(other)] == [acting.who(LEAD).name]
    assert acting.inbox(other) == []
    assert acting.offers(other) == set()
    with pytest.raises(NotAllowedNow, match="copied_already"):
        acting.copy(LEAD, other)


def test_no_copy_to_people_whose_post_does_not_cover_the_unit(acting, office):
    """抄送"""
    elsewhere = factories.actor(office.call, Role.UNIT_HEAD, unit="jyj")
    admin = factories.actor(office.call, Role.SYSTEM_ADMIN, unit="jh")
    for other in (elsewhere, admin):
        with pytest.raises(Invalid, match="person_may_not"):
            acting.copy(LEAD, other)


def test_who_is_involved_comments_and_an_auditor_only_reads(acting, office):
    """评论"""
    acting.do("comment", LEAD, reason="建议压缩天数")
    assert (acting.who(LEAD).name, "评论") in acting.record()
    auditor = factories.actor(office.call, Role.AUDITOR, unit="wb", scope="jh")
    assert acting.offers(auditor) == set()
    with pytest.raises(Forbidden, match="only_involved"):
        acting.do("comment", auditor)


def test_nobody_signs_while_suspended_and_limits_go_on_afterwards(acting, office, clock):
    """挂起, 唤醒"""
    acting.do("ask", FINANCE, reason="汇率？")
    before = acting.clock_of(LEAD)[1]
    acting.do("suspend", DIRECTOR, reason="等部里意见")
    assert office.state(acting.id) is RequestState.SUSPENDED
    assert acting.clock_of(LEAD)[0] == "paused"
    assert acting.inbox(LEAD) == []
    with pytest.raises(NotAllowedNow, match="request_suspended"):
        acting.agree(LEAD)
    assert acting.offers(office.clerk) == {"comment", "copy"}
    clock.advance(timedelta(days=4))
    acting.do("resume", DIRECTOR)
    assert acting.clock_of(LEAD)[1] - before == timedelta(days=2)
    assert acting.clock_of(FINANCE)[0] == "paused", "that still waits for its answer"
    acting.agree(LEAD)
    with pytest.raises(Forbidden, match="not_allowed"):
        acting.do("suspend", LEADER)


def test_the_offices_ten_days_stand_too_while_it_waits_for_an_answer(acting, clock):
    """补充说明"""
    acting.agree(LEAD, FINANCE, PERSONNEL, SECRECY, LEADER, COUNTER)
    before = acting.clock_of("office_review")[1]
    acting.do("ask", OFFICER, reason="请补行程")
    assert acting.clock_of("office_review")[0] == "paused"
    clock.advance(timedelta(days=1))
    acting.do("answer", acting.office.clerk)
    assert acting.clock_of("office_review") == ("open", before + timedelta(days=1))
