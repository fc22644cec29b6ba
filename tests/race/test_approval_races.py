"""Two approvers and the loss of one's authority, at the same instant, 300 times on each database.

Every round runs through the service with threads and real commits. What must hold: exactly one decision a
round, and none by somebody whose authority was already gone when it was committed.
"""

import threading
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests import factories
from tests.service.approvals.office import KIND, RememberingSubject
from webapp.accounts import queries as accounts
from webapp.accounts import service_setup
from webapp.accounts.commands import GrantRole, RevokeRole
from webapp.approvals import queries, service_decide, service_start
from webapp.approvals.commands import DecideSlot, SubmitRequest
from webapp.approvals.models import ApprovalDecision, ApprovalRoute
from webapp.approvals.route import RouteKind
from webapp.approvals.states import RequestState, Verdict
from webapp.core.clock import SystemClock
from webapp.core.errors import Forbidden, NotAllowedNow, OutOfDate
from webapp.core.events import Subject
from webapp.core.permissions import Role
from webapp.core.ports import Ports
from webapp.core.tx import SYSTEM, Call

pytestmark = [pytest.mark.race, pytest.mark.own_database]

ROUNDS = 300
ROUTE = {
    "code": "one-signature",
    "version": 1,
    "title": "一审",
    "stages": [
        {"code": "finance", "title": "财务", "seats": [{"code": "f", "title": "财务", "role": "finance"}]}
    ],
}
# At the commit itself, with what is committed by then: was the grant the decision names still good?
WATCH = """
CREATE TABLE lost_authority (decision_id uuid);
CREATE FUNCTION watch_authority() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_sleep(0.002);
  INSERT INTO lost_authority SELECT NEW.id FROM role_grant WHERE id = NEW.grant_id AND revoked_at IS NOT NULL;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER watch_authority AFTER INSERT ON approval_decision
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION watch_authority();
"""


@pytest.fixture
def race_call(database):
    ports = Ports(subjects={KIND: RememberingSubject()})
    return Call(db=database, clock=SystemClock(), actor=SYSTEM, ports=ports)


def test_one_decision_each_and_none_after_the_loss_of_authority(race_call, database):
    call = race_call
    clerk = factories.actor(call, Role.CLERK)
    steady, fading = (factories.actor(call, Role.FINANCE) for _ in range(2))
    with call.read() as session:
        unit_id = accounts.unit_by_code(session, "swj").id
    prepare(database)
    outcomes = {"steady": 0, "fading": 0}
    for _ in range(ROUNDS):
        subject_id = submit(call.as_actor(clerk), unit_id)
        grant_id = renew(call, fading, unit_id)
        answers = race(call, subject_id, steady, fading, grant_id)
        assert answers.count("decided") == 1, answers
        with call.read() as session:
            row = queries.request(session, KIND, subject_id)
            made = session.scalars(
                sa.select(ApprovalDecision).where(ApprovalDecision.request_id == row.id)
            ).all()
            assert row.state is RequestState.APPROVED
            assert len(made) == 1
            outcomes["steady" if made[0].person_id == steady.account_id else "fading"] += 1
            if database.is_sqlite and made[0].person_id == fading.account_id:
                assert decided_before_revoked(session, subject_id, fading)
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT count(*) FROM lost_authority")) == 0
    assert min(outcomes.values()) > 0, f"no race happened: {outcomes}"


def prepare(database):
    """The route of one signature and, on PostgreSQL, the watch at the commit."""
    with database.engine.begin() as connection:
        connection.execute(
            sa.insert(ApprovalRoute).values(
                id=uuid4(),
                code=ROUTE["code"],
                version=1,
                kind=RouteKind.CONFIGURED,
                title="一审",
                definition=ROUTE,
                created_at=SystemClock().now(),
            )
        )
        if not database.is_sqlite:
            connection.exec_driver_sql(WATCH)


def submit(call, unit_id):
    subject_id = uuid4()
    service_start.submit(
        call,
        SubmitRequest(
            about=Subject(kind=KIND, id=subject_id, number=subject_id.hex[:12]),
            route="one-signature",
            unit_id=unit_id,
            title="x",
            content={"task": "a"},
        ),
    )
    return subject_id


def renew(call, actor, unit_id):
    grant = service_setup.grant_role(
        call, GrantRole(account_id=actor.account_id, role=Role.FINANCE, unit_id=unit_id, reason="x")
    )
    with call.read() as session:
        held = accounts.grants_of(session, [actor.account_id])[actor.account_id]
    for view in held:
        if view.grant_id != grant.id:
            service_setup.revoke_role(call, RevokeRole(grant_id=view.grant_id, reason="x"))
    return grant.id


def race(call, subject_id, steady, fading, grant_id):
    """Three at once; what each was answered."""
    barrier = threading.Barrier(3)
    answers = []

    def decide(actor):
        command = DecideSlot(kind=KIND, subject_id=subject_id, verdict=Verdict.APPROVE, version=1)
        barrier.wait()
        try:
            service_decide.decide(call.as_actor(actor), command)
            answers.append("decided")
        except (NotAllowedNow, OutOfDate, Forbidden) as refused:
            answers.append(refused.code)

    def revoke():
        barrier.wait()
        service_setup.revoke_role(call, RevokeRole(grant_id=grant_id, reason="x"))
        answers.append("revoked")

    threads = [
        threading.Thread(target=decide, args=(steady,)),
        threading.Thread(target=decide, args=(fading,)),
        threading.Thread(target=revoke),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 3, answers
    return answers


def decided_before_revoked(session, subject_id, fading):
    """SQLite has one writer at a time: the log's own row numbers are the order of commits."""
    order = sa.text(
        "SELECT max(d.rowid) < max(r.rowid) FROM audit_entry d, audit_entry r "
        "WHERE d.object_id = :subject AND d.action = 'approval.decided' "
        "AND r.object_id = :account AND r.action = 'role.revoked'"
    )
    return bool(session.scalar(order, {"subject": subject_id.hex, "account": fading.account_id.hex}))
