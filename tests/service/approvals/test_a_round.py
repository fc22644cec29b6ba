"""A delegation goes through route R1 in the database, with entries, clocks and the subject's own steps."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.service.approvals.office import CONTENT, KIND, NOTICE, SEATS
from webapp.approvals import queries, service_end, service_notice, service_start
from webapp.approvals.commands import EndRequest, Findings, PostNotice, RefreshContent
from webapp.approvals.models import ApprovalDecision
from webapp.approvals.rules import content_hash
from webapp.approvals.states import RequestState, SlotState, Verdict
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound, OutOfDate, RuleBroken
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.core.permissions import Role
from webapp.deadlines import queries as deadline_queries
from webapp.deadlines.states import DeadlineState


def actions(office, subject_id):
    with office.call.read() as session:
        rows = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.object_id == subject_id).order_by(AuditEntry.id)
        )
        return [(row.action, row.public["figures"].get("stage")) for row in rows]


def clocks(office, subject_id):
    with office.call.read() as session:
        return {
            (row.kind, row.item): (row.state, row.due_at)
            for row in deadline_queries.of_subject(session, subject_id)
        }


def test_a_delegation_goes_from_notice_to_approval(office, clock, subject):
    subject_id = office.submit()
    assert office.open_keys(subject_id) == [NOTICE]
    office.confirm_notice(subject_id, clock)
    office.agree_until(subject_id)
    assert office.state(subject_id) is RequestState.APPROVED
    stages = [told[1] for told in subject.told if told[0] == "stage_opened"]
    assert stages == [
        "notice",
        "unit_opinion",
        "unit_finance",
        "background",
        "unit_leader",
        "acceptance",
        "review",
        "review",
        "office_sign_off",
        "approval",
    ]
    assert subject.told[-1] == ("concluded",)
    names = [name for name, _stage in actions(office, subject_id) if name.startswith("approval.")]
    assert names.count("approval.decided") == len(SEATS) + 1
    assert names.count("approval.stage_opened") == len(stages)
    assert names[0] == "approval.started"
    assert names[-1] == "approval.concluded"


def test_a_unit_confirms_its_notice_only_after_five_working_days(office, clock):
    """Put up on Monday 2 March 2026; five working days end on the 9th; the 10th is the first day."""
    subject_id = office.submit()
    post = PostNotice(kind=KIND, subject_id=subject_id, unit_id=office.unit_id(), posted_on=date(2026, 3, 2))
    with pytest.raises(NotAllowedNow, match="notice_still_running"):
        office.decide(subject_id, office.clerk, Verdict.CONFIRM)
    service_notice.post_notice(office.as_(office.clerk), post)
    clock.set(datetime(2026, 3, 9, 15, 59, tzinfo=UTC))  # 23:59 of the 9th in Shanghai
    with pytest.raises(NotAllowedNow, match="notice_still_running"):
        office.decide(subject_id, office.clerk, Verdict.CONFIRM)
    clock.advance(timedelta(minutes=1))
    office.decide(subject_id, office.clerk, Verdict.CONFIRM)
    assert office.open_keys(subject_id) == ["unit_opinion.lead", "unit_finance.finance"]


def test_a_notice_is_not_put_up_in_the_future_nor_by_a_unit_that_takes_no_part(office, clock):
    subject_id = office.submit()
    post = {"kind": KIND, "subject_id": subject_id}
    with pytest.raises(Invalid):
        service_notice.post_notice(
            office.as_(office.clerk), PostNotice(**post, unit_id=office.unit_id(), posted_on=date(2026, 3, 3))
        )
    other = office.call
    with pytest.raises(NotFound):
        service_notice.post_notice(
            other.as_actor(office.clerk),
            PostNotice(**post, unit_id=office.unit_id("wb"), posted_on=date(2026, 3, 2)),
        )


def test_the_limits_of_the_stages_run_and_are_met(office, at_review):
    opened = clocks(office, at_review)
    assert {item for _kind, item in opened} == {"unit_opinion.lead", "unit_finance.finance"}
    # opened on Thursday 12 March: two working days end with Monday the 16th, three with the 17th
    assert opened["approvals.stage", "unit_opinion.lead"][1] == datetime(2026, 3, 16, 16, 0, tzinfo=UTC)
    assert opened["approvals.stage", "unit_finance.finance"][1] == datetime(2026, 3, 17, 16, 0, tzinfo=UTC)
    office.agree_until(at_review, "review.officer")
    after = clocks(office, at_review)
    assert after["approvals.stage", "acceptance.counter"][0] is DeadlineState.MET
    # ten working days from acceptance to approval
    assert after["approvals.span", "office_review"] == (
        DeadlineState.OPEN,
        datetime(2026, 3, 26, 16, 0, tzinfo=UTC),
    )
    for key in ("review.officer", "review.chief", "office_sign_off.director", "approval.leader"):
        office.decide(at_review, office.people[key], slot=key)
    assert {state for state, _due in clocks(office, at_review).values()} == {DeadlineState.MET}


def test_a_decision_signs_the_hash_of_what_was_shown(office, at_review):
    shown = content_hash(CONTENT)
    office.decide(at_review, office.people["unit_opinion.lead"], content_hash=shown, opinion="同意")
    with office.call.read() as session:
        decision = session.scalars(
            sa.select(ApprovalDecision).where(ApprovalDecision.verdict == Verdict.APPROVE)
        ).one()
    assert decision.content_hash == shown
    assert decision.opinion == "同意"


def test_a_sheet_that_changed_after_it_was_opened_is_not_signed(office, at_review):
    shown = content_hash(CONTENT)
    change = RefreshContent(kind=KIND, subject_id=at_review, content=CONTENT | {"budget": "other"})
    service_start.refresh_content(office.as_(office.clerk), change)
    finance = office.people["unit_finance.finance"]
    with pytest.raises(OutOfDate, match="content_changed"):
        office.decide(at_review, finance, content_hash=shown)
    assert "unit_finance.finance" in office.open_keys(at_review)
    office.decide(at_review, finance, content_hash=office.request(at_review).content_hash)


def test_a_page_older_than_the_last_action_does_nothing(office, at_review):
    seen = office.request(at_review).version
    office.decide(at_review, office.people["unit_opinion.lead"], version=seen)
    assert office.request(at_review).version == seen + 1
    with pytest.raises(OutOfDate):
        office.decide(at_review, office.people["unit_finance.finance"], version=seen)


def test_findings_are_looked_at_before_agreeing(office, clock):
    subject_id = office.submit(findings=Findings(unmet=1, explain=1, passed=11))
    office.confirm_notice(subject_id, clock)
    lead = office.people["unit_opinion.lead"]
    with pytest.raises(Invalid, match="findings_not_seen"):
        office.decide(subject_id, lead, findings_seen=False)
    office.decide(subject_id, lead, findings_seen=True)


@pytest.mark.parametrize("verdict", [Verdict.RETURN, Verdict.REJECT])
def test_sending_back_and_refusing_need_a_reason(office, at_review, verdict):
    with pytest.raises(Invalid, match="opinion_needed"):
        office.decide(at_review, office.people["unit_opinion.lead"], verdict, opinion="  ")
    assert office.state(at_review) is RequestState.IN_REVIEW


def test_a_request_sent_back_starts_its_next_round_at_the_third_stage(office, clock, subject, at_review):
    office.agree_until(at_review, "acceptance.counter")
    office.decide(at_review, office.people["acceptance.counter"], Verdict.RETURN, opinion="请附邀请函")
    assert office.state(at_review) is RequestState.RETURNED
    assert ("returned", "acceptance", "请附邀请函") in subject.told
    assert DeadlineState.OPEN not in {state for state, _due in clocks(office, at_review).values()}
    office.submit(at_review, content=CONTENT | {"attachments": "new"})
    row = office.request(at_review)
    assert (row.state, row.round) == (RequestState.IN_REVIEW, 2)
    assert office.open_keys(at_review) == ["unit_opinion.lead", "unit_finance.finance"]
    with office.call.read() as session:
        notice = next(s for s in queries.slots(session, row.id, 2) if s.key == NOTICE)
    assert notice.state is SlotState.KEPT
    assert notice.signer_id == office.clerk.account_id
    office.agree_until(at_review)
    assert office.state(at_review) is RequestState.APPROVED


def test_the_notice_runs_again_when_what_was_published_changed(office, clock, at_review):
    office.decide(at_review, office.people["unit_opinion.lead"], Verdict.RETURN, opinion="成员有变")
    office.submit(at_review, content=CONTENT | {"notice": "other members"})
    assert office.open_keys(at_review) == [NOTICE]


def test_a_running_request_is_not_submitted_again(office, at_review):
    with pytest.raises(NotAllowedNow):
        office.submit(at_review)


def test_the_subject_can_forbid_a_signature_and_nothing_is_left_behind(office, subject, at_review):
    subject.refuse.add(("unit_opinion", "approve"))
    before = actions(office, at_review)
    with pytest.raises(RuleBroken):
        office.decide(at_review, office.people["unit_opinion.lead"])
    assert actions(office, at_review) == before
    assert "unit_opinion.lead" in office.open_keys(at_review)


def test_the_applicant_withdraws_and_may_submit_again(office, subject, at_review):
    service_end.withdraw(office.as_(office.clerk), EndRequest(kind=KIND, subject_id=at_review, reason="改期"))
    assert office.state(at_review) is RequestState.WITHDRAWN
    assert subject.told[-1] == ("withdrawn", "改期")
    assert DeadlineState.OPEN not in {state for state, _due in clocks(office, at_review).values()}
    office.submit(at_review)
    assert office.request(at_review).round == 2


def test_an_approver_does_not_withdraw_for_the_applicant(office, at_review):
    with pytest.raises(Forbidden):
        service_end.withdraw(
            office.as_(office.people["unit_opinion.lead"]), EndRequest(kind=KIND, subject_id=at_review)
        )


@pytest.mark.parametrize(
    ("seat", "may"),
    [(key, key in {"office_sign_off.director", "approval.leader"}) for key in SEATS],
)
def test_only_a_leader_revokes_after_the_final_approval(office, subject, at_review, seat, may):
    office.agree_until(at_review)
    revoke = EndRequest(kind=KIND, subject_id=at_review, reason="安全形势变化")
    if not may:
        with pytest.raises(Forbidden):
            service_end.revoke(office.as_(office.people[seat]), revoke)
        return
    service_end.revoke(office.as_(office.people[seat]), revoke)
    assert office.state(at_review) is RequestState.REVOKED
    assert subject.told[-1] == ("revoked", "安全形势变化")


def test_revoking_needs_a_reason_and_an_approval(office, at_review):
    director = office.as_(office.people["office_sign_off.director"])
    with pytest.raises(Invalid, match="reason_needed"):
        service_end.revoke(director, EndRequest(kind=KIND, subject_id=at_review))
    with pytest.raises(NotAllowedNow, match="not_in_this_state"):
        service_end.revoke(director, EndRequest(kind=KIND, subject_id=at_review, reason="x"))


def test_those_whose_turn_it_is_and_the_applicant_are_to_be_told(office, at_review):
    office.decide(at_review, office.people["unit_opinion.lead"], Verdict.RETURN, opinion="请补充")
    with office.call.read() as session:
        told = session.scalars(
            sa.select(OutboxMessage.event)
            .where(OutboxMessage.subject_id == at_review)
            .order_by(OutboxMessage.id)
        ).all()
    assert [name for name in told if name.startswith("approval.")] == [
        "approval.stage_opened",
        "approval.stage_opened",
        "approval.stage_opened",
        "approval.returned",
    ]


def test_nobody_backdates_but_the_importer_of_history(office, at_review):
    with pytest.raises(Forbidden, match="only_history"):
        service_end.withdraw(
            office.as_(office.clerk),
            EndRequest(kind=KIND, subject_id=at_review, occurred_at=datetime(2020, 1, 1, tzinfo=UTC)),
        )


def test_a_role_granted_after_the_stage_opened_counts_too(office, at_review, make_actor):
    second = make_actor(Role.FINANCE)
    office.decide(at_review, second)
    assert office.open_keys(at_review) == ["unit_opinion.lead"]
