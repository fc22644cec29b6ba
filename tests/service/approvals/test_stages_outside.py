"""Stages outside the office, and stages one person signs with one decision."""

from datetime import date

import pytest
import sqlalchemy as sa

from tests.service.approvals.office import KIND
from tests.service.approvals.test_choice_of_route import FACTS
from tests.service.approvals.test_paper import SCAN
from webapp.approvals import queries_waiting, service_results
from webapp.approvals.commands_routes import EnterResult
from webapp.approvals.models import ApprovalDecision
from webapp.approvals.queries import request, slots
from webapp.approvals.states import RequestState, SlotState, Verdict
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow

PROVINCE = "external:province.record"


@pytest.fixture
def at_province(office, clock):
    """A delegation led by a vice-mayor, signed by everybody in the city."""
    subject_id = office.submit(route="", facts=FACTS | {"highest_rank": "bureau"})
    office.confirm_notice(subject_id, clock)
    people = office.people
    for key in list(people)[1:]:
        if key != "approval.leader":
            office.decide(subject_id, people[key], slot=key)
    office.decide(subject_id, people["approval.leader"], slot="countersign.secretary")
    return subject_id


def answer(office, subject_id, who, **more):
    values = {
        "kind": KIND,
        "subject_id": subject_id,
        "slot": PROVINCE,
        "verdict": Verdict.APPROVE,
        "authority": "省外办",
        "document_no": "川外出〔2026〕12号",
        "decided_on": date(2026, 3, 10),
        "scan": SCAN,
        **more,
    }
    return service_results.enter(office.as_(who), EnterResult(**values))


def test_one_decision_satisfies_both_stages_of_a_person_whose_stages_are_merged(office, at_province):
    with office.call.read() as session:
        row = request(session, KIND, at_province)
        states = {slot.key: (slot.state, slot.signer_id) for slot in slots(session, row.id, row.round)}
        leader = office.people["approval.leader"].account_id
        given = session.scalars(sa.select(ApprovalDecision).where(ApprovalDecision.person_id == leader)).all()
    assert states["countersign.secretary"] == (SlotState.SIGNED, leader)
    assert states["approval.leader"] == (SlotState.SIGNED, leader)
    assert len(given) == 1
    assert office.open_keys(at_province) == [PROVINCE]


def test_the_answer_of_the_province_is_entered_with_number_date_and_paper(office, at_province):
    officer = office.people[
        "review.officer"
    ]  # has signed this round already, which does not bar from entering
    with office.call.read() as session:
        waiting = queries_waiting.waiting_for(session, officer, office.call.clock.now())
    assert [card.slot for card in waiting] == [PROVINCE]
    with pytest.raises(NotAllowedNow, match="result_is_entered"):
        office.decide(at_province, officer, slot=PROVINCE)
    with pytest.raises(Invalid):
        answer(office, at_province, officer, decided_on=date(2030, 1, 1))
    with pytest.raises(Invalid):
        answer(office, at_province, officer, verdict=Verdict.REJECT)
    with pytest.raises(Forbidden):
        answer(office, at_province, office.clerk)
    answer(office, at_province, officer)
    assert office.state(at_province) is RequestState.APPROVED
    with office.call.read() as session:
        opinion = session.scalar(sa.select(ApprovalDecision.opinion).where(ApprovalDecision.opinion != ""))
    assert opinion == "省外办 川外出〔2026〕12号 2026-03-10"


def test_a_refusal_of_the_province_ends_the_request(office, at_province):
    answer(office, at_province, office.people["review.officer"], verdict=Verdict.REJECT, note="任务不明确")
    assert office.state(at_province) is RequestState.REJECTED
