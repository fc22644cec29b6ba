"""A leader signs on paper: one person enters the scan, another confirms, the entry says so."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests import factories
from tests.service.approvals.office import CONTENT, KIND
from webapp.approvals import service_paper, service_start
from webapp.approvals.commands import ClosePaper, EnterPaper, RefreshContent
from webapp.approvals.models import ApprovalDecision
from webapp.approvals.states import RequestState, Verdict
from webapp.attachments.commands import Received
from webapp.attachments.rules import FileKind
from webapp.core.clock import local_date
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, OutOfDate
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role

SEAT = "approval.leader"
SCAN = Received(name="批示.pdf", kind=FileKind.PDF, sha256="ab" * 32, size=1000)


@pytest.fixture
def at_leader(office, at_review):
    office.agree_until(at_review, SEAT)
    return at_review


@pytest.fixture
def enter(office, at_leader, clock):
    def entering(**changes):
        values = {
            "kind": KIND,
            "subject_id": at_leader,
            "slot": SEAT,
            "verdict": Verdict.APPROVE,
            "signer": office.people[SEAT].account_id,
            "signed_on": local_date(clock.now()),
            "scan": SCAN,
        }
        clerk = office.as_(office.people["acceptance.counter"])
        return service_paper.enter(clerk, EnterPaper(**values | changes))

    return entering


def close(office, paper, seat="review.officer", **more):
    values = {"paper_id": paper.id, "is_right": True} | more
    return service_paper.close(office.as_(office.people[seat]), ClosePaper(**values))


def test_a_paper_signature_counts_once_another_person_has_confirmed_it(office, at_leader, enter):
    paper = enter()
    assert office.state(at_leader) is RequestState.IN_REVIEW
    close(office, paper)
    assert office.state(at_leader) is RequestState.APPROVED
    with office.call.read() as session:
        decision = session.scalars(
            sa.select(ApprovalDecision).where(ApprovalDecision.paper_id == paper.id)
        ).one()
        entry = session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.action == "approval.decided", AuditEntry.object_id == at_leader)
            .order_by(AuditEntry.id.desc())
        ).first()
    assert decision.person_id == office.people[SEAT].account_id
    assert entry.public["figures"]["paper"] == 1
    assert entry.actor_id == office.people["review.officer"].account_id


def test_nobody_confirms_what_they_entered_themselves(office, at_leader, enter):
    paper = enter()
    with pytest.raises(Forbidden, match="two_persons"):
        close(office, paper, "acceptance.counter")
    assert office.state(at_leader) is RequestState.IN_REVIEW


def test_a_refused_entry_leaves_the_slot_open_for_a_better_one(office, at_leader, enter):
    paper = enter()
    with pytest.raises(NotAllowedNow, match="paper_waits"):
        enter()
    close(office, paper, is_right=False, reason="看不清")
    with pytest.raises(NotAllowedNow, match="paper_closed"):
        close(office, paper)
    close(office, enter())
    assert office.state(at_leader) is RequestState.APPROVED


def test_the_leader_signs_online_before_the_paper_is_confirmed(office, at_leader, enter):
    paper = enter()
    office.decide(at_leader, office.people[SEAT])
    with pytest.raises(NotAllowedNow, match="already_decided"):
        close(office, paper)


def test_paper_signed_before_the_content_changed_is_not_confirmed(office, at_leader, enter):
    paper = enter()
    change = RefreshContent(kind=KIND, subject_id=at_leader, content=CONTENT | {"legs": "other"})
    service_start.refresh_content(office.as_(office.clerk), change)
    with pytest.raises(OutOfDate, match="content_changed"):
        close(office, paper)


def test_only_the_office_enters_paper_and_only_for_who_may_sign(office, at_leader, enter):
    with pytest.raises(Forbidden, match="signer_may_not"):
        enter(signer=office.people["office_sign_off.director"].account_id)
    with pytest.raises(Invalid):
        enter(signed_on=local_date(office.call.clock.now()) + timedelta(days=1))
    with pytest.raises(Invalid):
        enter(verdict=Verdict.RETURN, opinion="")
    stranger = factories.actor(office.call, Role.FINANCE, unit="swj")
    with pytest.raises(Forbidden):
        service_paper.enter(
            office.as_(stranger),
            EnterPaper(
                kind=KIND,
                subject_id=at_leader,
                slot=SEAT,
                verdict=Verdict.APPROVE,
                signer=office.people[SEAT].account_id,
                signed_on=local_date(office.call.clock.now()),
                scan=SCAN,
            ),
        )
