"""Deadlines as other features use them: opened, met, met late, waived, cancelled, handed over."""

import uuid
from datetime import datetime

import pytest
import sqlalchemy as sa

from webapp.core.clock import SHANGHAI
from webapp.core.errors import Invalid, NotAllowedNow, NotFound, RuleBroken
from webapp.core.events import Subject
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.core.tx import Tx
from webapp.deadlines import queries, service
from webapp.deadlines.commands import (
    CancelDeadlines,
    MeetDeadline,
    OpenDeadline,
    OwnerLink,
    ReaddressDeadlines,
    WaiveDeadline,
)
from webapp.deadlines.states import DeadlineState, Ladder, TimeUnit

CASE = Subject(kind="incident", id=uuid.UUID(int=19), unit="wb", number="A-019")
KIND = "incidents.consular_notice"


def at(month, day, hour=9, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def spec(**more):
    return OpenDeadline(
        **{
            "about": CASE,
            "kind": KIND,
            "item": "person-1",
            "label": "领事通报",
            "ladder": Ladder.STATUTORY,
            "started_at": at(3, 1),
            "due_at": at(3, 6, 0),
            "target_at": at(3, 5),
            "unit": TimeUnit.CALENDAR_DAYS,
            "chain": (OwnerLink(role="duty_officer"), OwnerLink(role="section_chief")),
            "link": "/incidents/A-019",
            "waivable": True,
            **more,
        }
    )


def actions(call, subject_id=CASE.id):
    with call.read() as session:
        query = sa.select(AuditEntry.action).where(AuditEntry.object_id == subject_id).order_by(AuditEntry.id)
        return list(session.scalars(query))


def test_a_deadline_opens_with_its_source_and_is_written_in_the_log(call):
    opened = service.open_deadline(call, spec(legal_source="中日领事协定 第八条"))
    with call.read() as session:
        [row] = queries.open_of(session, CASE.id)
    assert (row.id, row.due_at, row.target_at, row.owner_role) == (
        opened.id,
        at(3, 6, 0),
        at(3, 5),
        "duty_officer",
    )
    assert actions(call) == ["deadline.opened"]


def test_the_same_clock_is_not_started_twice_while_it_runs_but_may_run_again_later(call):
    service.open_deadline(call, spec())
    with pytest.raises(NotAllowedNow):
        service.open_deadline(call, spec())
    service.open_deadline(call, spec(item="person-2"))
    service.meet(call, MeetDeadline(subject_id=CASE.id, kind=KIND, item="person-1"))
    service.open_deadline(call, spec())


@pytest.mark.parametrize(
    ("when", "state", "action"),
    [
        (at(3, 5, 23, 59), DeadlineState.MET, "deadline.met"),
        (at(3, 6, 0), DeadlineState.MET, "deadline.met"),
        (at(3, 6, 0, 1), DeadlineState.MET_LATE, "deadline.met_late"),
    ],
)
def test_what_counts_is_when_it_happened_not_when_it_was_typed_in(call, clock, when, state, action):
    service.open_deadline(call, spec())
    clock.set(at(3, 9))
    met = service.meet(call, MeetDeadline(subject_id=CASE.id, kind=KIND, item="person-1", at=when))
    assert (met.state, met.met_at, met.closed_at) == (state, when, at(3, 9))
    assert actions(call)[-1] == action
    with pytest.raises(NotFound):
        service.meet(call, MeetDeadline(subject_id=CASE.id, kind=KIND, item="person-1"))


def test_a_waiver_needs_a_reason_and_a_law_that_knows_one(call):
    service.open_deadline(call, spec())
    service.open_deadline(call, spec(item="person-2", waivable=False))
    waiver = WaiveDeadline(subject_id=CASE.id, kind=KIND, item="person-1", reason="本人书面声明不通报")
    with pytest.raises(Invalid):
        service.waive(call, WaiveDeadline(subject_id=CASE.id, kind=KIND, item="person-1", reason=" "))
    assert service.waive(call, waiver).state is DeadlineState.WAIVED
    with pytest.raises(RuleBroken):
        service.waive(
            call, WaiveDeadline(subject_id=CASE.id, kind=KIND, item="person-2", reason="本人书面声明不通报")
        )


def test_cancelling_stops_the_kinds_asked_for_and_says_how_many(call):
    service.open_deadline(call, spec())
    service.open_deadline(call, spec(item="person-2"))
    service.open_deadline(call, spec(kind="incidents.first_report", item=""))
    assert service.cancel(call, CancelDeadlines(subject_id=CASE.id, kinds=(KIND,), reason="不属实")) == 2
    assert service.cancel(call, CancelDeadlines(subject_id=CASE.id, kinds=(KIND,), reason="不属实")) == 0
    with call.read() as session:
        assert [row.kind for row in queries.open_of(session, CASE.id)] == ["incidents.first_report"]


def test_a_handover_addresses_the_running_clocks_anew_and_tells_somebody(call, make_actor):
    officer = make_actor()
    service.open_deadline(call, spec())
    chain = (OwnerLink(account_id=officer.account_id),)
    assert service.readdress(call, ReaddressDeadlines(subject_id=CASE.id, chain=chain, reason="交班")) == 1
    with call.read() as session:
        [row] = queries.open_of(session, CASE.id)
        told = list(
            session.scalars(sa.select(OutboxMessage.event).where(OutboxMessage.subject_id == CASE.id))
        )
    assert (row.owner_role, row.owner_account_id) == (None, officer.account_id)
    assert told == ["deadline.readdressed"]


def test_nothing_remains_of_a_deadline_whose_transaction_failed(call):
    with call.db.write() as session:
        tx = Tx(call, session)
        service.open_deadline.within(tx, spec())
        session.rollback()
    assert actions(call) == []
