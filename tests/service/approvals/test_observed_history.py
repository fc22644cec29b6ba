"""Imported history runs through the same engine: its own routes, its own times, no mail, no clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests import factories
from webapp.approvals import queries, service_end, service_observed
from webapp.approvals.commands import EndRequest, ObservedRound, ObservedVerdict
from webapp.approvals.models import ApprovalRoute
from webapp.approvals.states import RequestState, Verdict
from webapp.core.errors import Forbidden, NotAllowedNow
from webapp.core.events import Subject
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.core.tx import ActorKind
from webapp.deadlines import queries as deadline_queries

KIND = "observed_permit"
START = datetime(2017, 1, 9, 8, 0, tzinfo=UTC)


class History:
    """A log's events of one case, an hour apart, each by the account of its role."""

    def __init__(self, office):
        self.office = office
        self.subject_id = uuid4()
        self.hour = 0
        self.actors = {}

    def at(self):
        self.hour += 1
        return START + timedelta(hours=self.hour)

    def call(self, role):
        if role not in self.actors:
            actor = factories.actor(self.office.call, unit="swj")
            self.actors[role] = replace(actor, kind=ActorKind.IMPORTER, origin="imported:" + "0" * 64)
        return self.office.as_(self.actors[role])

    def submit(self, *stages, finished=True):
        service_observed.begin_round(
            self.call("employee"),
            ObservedRound(
                about=Subject(kind=KIND, id=self.subject_id, number="permit 1"),
                title="permit 1",
                stages=stages,
                is_finished=finished,
                occurred_at=self.at(),
            ),
        )

    def verdict(self, role, verdict=Verdict.APPROVE):
        service_observed.take_verdict(
            self.call(role),
            ObservedVerdict(
                kind=KIND, subject_id=self.subject_id, stage=role, verdict=verdict, occurred_at=self.at()
            ),
        )

    def turn(self, role, move):
        move(self.call(role), EndRequest(kind=KIND, subject_id=self.subject_id, occurred_at=self.at()))

    def state(self):
        with self.office.call.read() as session:
            return queries.request(session, KIND, self.subject_id).state


@pytest.fixture
def case(office):
    return History(office)


def test_a_case_is_sent_back_acknowledged_filed_again_approved_and_revoked(office, case):
    case.submit("administration", "supervisor", finished=False)
    case.verdict("administration")
    case.verdict("supervisor", Verdict.RETURN)
    assert case.state() is RequestState.RETURNED
    case.turn("employee", service_end.acknowledge)
    case.submit("administration", "supervisor", "supervisor")
    case.verdict("administration")
    case.verdict("supervisor")
    assert case.state() is RequestState.IN_REVIEW
    case.verdict("supervisor")
    assert case.state() is RequestState.APPROVED
    case.turn("missing", service_end.revoke)
    case.submit("director")
    case.verdict("director")
    assert case.state() is RequestState.APPROVED
    with office.call.read() as session:
        entries = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.object_id == case.subject_id).order_by(AuditEntry.id)
        ).all()
        told = session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.subject_id == case.subject_id)
        ).all()
        clocks = deadline_queries.of_subject(session, case.subject_id)
    assert not told
    assert not clocks
    assert {entry.origin for entry in entries} == {"imported:" + "0" * 64}
    assert [entry.occurred_at for entry in entries] == sorted(entry.occurred_at for entry in entries)
    assert entries[0].occurred_at == START + timedelta(hours=1)


def test_a_refusal_by_a_role_that_signs_nothing_in_the_round_sends_it_back(case):
    case.submit(finished=False)
    case.verdict("budget_owner", Verdict.RETURN)
    assert case.state() is RequestState.RETURNED


def test_each_distinct_sequence_becomes_a_route_once(office, case):
    for _ in range(2):
        again = History(office)
        again.submit("administration", "supervisor")
    case.submit("supervisor")
    with office.call.read() as session:
        rows = session.scalars(sa.select(ApprovalRoute).where(ApprovalRoute.kind == "observed")).all()
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("events", "code"),
    [
        (["administration"], "already_decided"),
        (["administration", "supervisor", "supervisor"], "not_in_this_state"),
        (["supervisor"], "stage_not_open"),
        (["nobody"], "no_such_stage"),
    ],
)
def test_what_the_engine_refuses_has_a_code_and_leaves_nothing_behind(office, case, events, code):
    case.submit("administration", "supervisor")
    if events[0] == "administration":
        case.verdict("administration")
    for role in events[1:-1]:
        case.verdict(role)
    before = count(office, case)
    with pytest.raises(NotAllowedNow, match=code):
        case.verdict(events[-1])
    assert count(office, case) == before


def count(office, case):
    with office.call.read() as session:
        return session.scalar(
            sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.object_id == case.subject_id)
        )


def test_a_second_submission_while_the_first_runs_is_refused(case):
    case.submit("supervisor")
    with pytest.raises(NotAllowedNow, match="not_in_this_state"):
        case.submit("supervisor")


def test_only_the_importer_writes_history(office, case):
    with pytest.raises(Forbidden, match="only_history"):
        service_observed.begin_round(
            office.as_(office.clerk),
            ObservedRound(
                about=Subject(kind=KIND, id=uuid4()),
                title="x",
                stages=("a",),
                is_finished=True,
                occurred_at=START,
            ),
        )
