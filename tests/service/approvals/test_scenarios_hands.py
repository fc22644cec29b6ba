"""转办, 委派, 加签 (前, 后, 并), 减签: other hands, as the people of an office use them."""

import pytest

from tests import factories
from tests.service.approvals.acting import CHIEF, COUNTER, FINANCE, LEAD, LEADER, OFFICER, PERSONNEL, SECRECY
from webapp.accounts import queries as accounts
from webapp.accounts import service_setup
from webapp.accounts.commands import RevokeRole
from webapp.approvals import service_start
from webapp.approvals.states import Placed, RequestState, Verdict
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow
from webapp.core.permissions import Role


@pytest.fixture
def reviewed(acting):
    acting.agree(LEAD, FINANCE, PERSONNEL, SECRECY, LEADER, COUNTER)
    return acting


def test_a_forwarded_slot_leaves_the_old_inbox_and_keeps_its_limit(reviewed):
    """转办"""
    other = reviewed.colleague()
    due = reviewed.clock_of(OFFICER)[1]
    reviewed.forward(OFFICER, other)
    assert reviewed.inbox(OFFICER) == []
    assert reviewed.inbox(other) == [OFFICER]
    assert reviewed.clock_of(OFFICER) == ("open", due)
    with pytest.raises(Forbidden, match="not_your_stage"):
        reviewed.agree(OFFICER)
    reviewed.agree(other)
    assert reviewed.open == [CHIEF]


def test_nothing_is_forwarded_to_parties_signers_or_people_without_a_post(reviewed, office, clock):
    """转办"""
    with pytest.raises(Invalid, match="person_may_not"):
        reviewed.forward(OFFICER, office.clerk)
    drafter = reviewed.colleague(Role.UNIT_HEAD)
    request = office.submission(drafters=(office.clerk.account_id, drafter.account_id))
    other = type(reviewed)(office, clock, request.about.id)
    service_start.submit(office.as_(office.clerk), request)
    office.confirm_notice(other.id, clock)
    with pytest.raises(Invalid, match="person_is_party"):
        other.forward(LEAD, drafter, slot=LEAD)
    with pytest.raises(NotAllowedNow, match="person_signed_already"):
        reviewed.forward(OFFICER, COUNTER)
    elsewhere = factories.actor(office.call, Role.UNIT_HEAD, unit="jyj")
    with pytest.raises(Invalid, match="person_may_not"):
        reviewed.forward(OFFICER, elsewhere)


def test_who_lost_the_post_after_the_forwarding_does_not_sign(reviewed, office):
    """转办"""
    other = reviewed.colleague()
    reviewed.forward(OFFICER, other)
    with office.call.read() as session:
        grant = accounts.grant_rows(session, other.account_id)[0][0]
    service_setup.revoke_role(office.call, RevokeRole(grant_id=grant.id, reason="调离"))
    with pytest.raises(Forbidden, match="not_your_stage"):
        reviewed.agree(other)
    assert reviewed.open == [OFFICER]


def test_a_signer_added_before_signs_first_and_the_own_limit_stands(reviewed):
    """前加签"""
    other = reviewed.colleague(Role.SECTION_CHIEF)
    reviewed.add(OFFICER, other, Placed.BEFORE)
    assert reviewed.open == [f"{OFFICER}+1"]
    assert reviewed.clock_of(OFFICER)[0] == "paused"
    assert reviewed.clock_of(f"{OFFICER}+1")[0] == "open"
    reviewed.hours(24)
    reviewed.agree(other)
    assert reviewed.open == [OFFICER]
    row = reviewed.row(OFFICER)
    assert (row.paused_minutes, row.paused_wd) == (24 * 60, 1)
    assert reviewed.clock_of(OFFICER) == ("open", row.due_at)
    reviewed.agree(OFFICER)
    decided = reviewed.entries("approval.decided")[-1].public["figures"]
    assert (decided["minutes"], decided["paused"]) == (24 * 60, 24 * 60)


def test_a_signer_added_after_is_waited_for(reviewed):
    """后加签"""
    other = reviewed.colleague()
    reviewed.add(OFFICER, other, Placed.AFTER)
    assert reviewed.open == [OFFICER]
    reviewed.agree(OFFICER)
    assert reviewed.open == [f"{OFFICER}+1"]
    reviewed.agree(other)
    assert reviewed.open == [CHIEF]


def test_a_signer_added_beside_is_waited_for(reviewed):
    """并行加签"""
    other = reviewed.colleague()
    reviewed.add(OFFICER, other, Placed.BESIDE)
    reviewed.agree(other)
    assert reviewed.open == [OFFICER]
    reviewed.agree(OFFICER)
    assert reviewed.open == [CHIEF]


def test_an_added_signer_may_return_the_whole_request(reviewed, office):
    """加签"""
    other = reviewed.colleague()
    reviewed.add(OFFICER, other, Placed.BEFORE)
    office.decide(reviewed.id, other, Verdict.RETURN, opinion="材料不全")
    assert office.state(reviewed.id) is RequestState.RETURNED


def test_who_was_added_by_mistake_is_taken_out(reviewed):
    """减签"""
    other = reviewed.colleague(Role.SECTION_CHIEF)
    reviewed.add(OFFICER, other, Placed.BEFORE)
    assert "remove_signer" in reviewed.offers(OFFICER)
    assert "remove_signer" not in reviewed.offers(LEADER)
    with pytest.raises(Forbidden):
        reviewed.do("remove", LEADER, slot=f"{OFFICER}+1")
    reviewed.do("remove", OFFICER, slot=f"{OFFICER}+1")
    assert reviewed.open == [OFFICER]
    assert reviewed.inbox(other) == []
    assert reviewed.clock_of(f"{OFFICER}+1")[0] == "cancelled"
    with pytest.raises(NotAllowedNow, match="only_added_signers"):
        reviewed.do("remove", OFFICER, slot=OFFICER)


def test_who_has_signed_is_not_taken_out(reviewed):
    """减签"""
    other = reviewed.colleague()
    reviewed.add(OFFICER, other, Placed.BEFORE)
    reviewed.agree(other)
    with pytest.raises(NotAllowedNow, match="already_decided"):
        reviewed.do("remove", OFFICER, slot=f"{OFFICER}+1")


def test_a_delegate_gives_advice_and_it_comes_back(reviewed, office):
    """委派"""
    other = reviewed.colleague(Role.SECTION_CHIEF)
    reviewed.delegate(OFFICER, other)
    assert reviewed.sheet(other).advises
    with pytest.raises(NotAllowedNow, match="wrong_verdict"):
        reviewed.agree(other)
    with pytest.raises(Invalid, match="opinion_needed"):
        office.decide(reviewed.id, other, Verdict.ADVISE)
    office.decide(reviewed.id, other, Verdict.ADVISE, opinion="行程合理")
    assert reviewed.open == [OFFICER]
    reviewed.agree(OFFICER)
    office.decide(reviewed.id, other, slot=CHIEF)
    assert reviewed.open == ["office_sign_off.director"], "advice was no signature of that person's"


def test_nobody_is_added_twice_by_an_added_signer_or_by_himself(reviewed):
    """加签"""
    other, third = reviewed.colleague(), reviewed.colleague()
    with pytest.raises(NotAllowedNow, match="same_person"):
        reviewed.add(OFFICER, OFFICER)
    reviewed.add(OFFICER, other, Placed.BESIDE)
    with pytest.raises(NotAllowedNow, match="person_added_already"):
        reviewed.add(OFFICER, other, Placed.AFTER)
    with pytest.raises(NotAllowedNow, match="added_signer_adds_none"):
        reviewed.add(other, third, slot=f"{OFFICER}+1")
