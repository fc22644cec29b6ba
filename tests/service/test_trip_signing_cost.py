"""What signing a real trip costs the database, step by step of its route."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from tests.trip_stories import Office, draft, explain
from webapp.approvals.notices import tell_approvers
from webapp.core.clock import SHANGHAI
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import Role
from webapp.demo.trips import SIGNERS
from webapp.trips.notices import tell_of_permit


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


def test_a_signature_on_a_trip_stays_within_its_statements(office, clock, statements):
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    ordinary, checked = {}, {}
    for seat in SIGNERS:
        who = getattr(office, seat)
        with statements() as seen:
            office.sign(who, trip)
        # acceptance and permit are points at which rules are enforced: the trip's facts are read again
        (checked if seat in {"counter", "mayor"} else ordinary)[seat] = len(seen)
    assert max(ordinary.values()) <= 16, ordinary
    assert checked["counter"] <= 31, checked
    assert checked["mayor"] <= 53, checked


def test_who_is_to_be_told_is_found_in_as_many_statements_for_many_as_for_few(
    office, call, clock, statements, make_actor
):
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    office.submit(ready)
    with call.read() as session:
        turn = session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.event == "approval.stage_opened")
        ).first()
    permit = OutboxMessage(event="permit.issued", subject_id=ready.id, payload={}, created_at=clock.now())

    def asked(subscriber, message):
        with call.read() as session, statements() as seen:
            told = list(subscriber(session, message))
        return len(seen), len(told)

    few = asked(tell_approvers, turn), asked(tell_of_permit, permit)
    for _ in range(3):
        make_actor(Role.CLERK)
    many = asked(tell_approvers, turn), asked(tell_of_permit, permit)
    assert many == tuple((statements_sent, told + 3) for statements_sent, told in few)
