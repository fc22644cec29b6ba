"""Passports of a delegation from custody to custody: one record, one duty, one suspension."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from tests.trip_stories import Office, Plan, draft, explain
from webapp.core.clock import SHANGHAI
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound, RuleBroken
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.deadlines import queries as deadlines
from webapp.people import queries_custody
from webapp.people import service as register
from webapp.people.commands import KeepPassport, KeepPerson
from webapp.people.states import Custody, PassportKind
from webapp.rulebook.states import Employment, Rank
from webapp.trips import queries_passports, service_passports, service_travel
from webapp.trips.commands import MovePassport, RecordCrossing, RecordEntry
from webapp.trips.states import PASSPORT_DUTY

LEAVES, RETURNS = date(2026, 4, 13), date(2026, 4, 17)
DUE = date(2026, 4, 24)  # the day after entry is day 1 of 7


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


@pytest.fixture
def custodian(call, make_actor):
    return call.as_actor(make_actor(Role.PASSPORT_CUSTODIAN))


def at(clock, day, hour=10):
    clock.set(datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI))


@pytest.fixture
def permitted(office, clock):
    """A delegation of two with its permit, three weeks before it leaves."""
    ready = draft(office.clerk, Plan(members=2, exit_on=LEAVES, entry_on=RETURNS))
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 3, 2))
    at(clock, date(2026, 3, 10))
    office.confirm_notice(trip)
    office.through_the_unit(trip)
    office.through_the_office(trip)
    return office.read(trip)


def travelled(office, clock, trip, back_on=RETURNS):
    at(clock, LEAVES, 20)
    service_travel.depart(office.clerk, RecordCrossing(trip.ref, LEAVES))
    at(clock, back_on, 20)
    service_travel.come_back(office.clerk, RecordEntry(number=trip.ref, on_day=back_on))


def move(trip, place, on, **more):
    return MovePassport(number=trip.ref, place=place, on_day=on, **more)


NEW = {"passport_number": "PE1234578", "expires_on": date(2030, 1, 1)}


def running(call, trip):
    with call.read() as session:
        return [deadline.item for deadline in deadlines.running(session, PASSPORT_DUTY, {trip.id})]


def board(call, who=None):
    who = who or call
    with who.read() as session:
        return queries_passports.board(session, who.actor, who.clock.now())


def names(rows):
    return [row.member.name for row in rows]


def test_a_document_in_hand_is_registered_handed_out_and_taken_back_and_the_duty_ends(
    office, clock, custodian, permitted
):
    at(clock, date(2026, 4, 10))
    service_passports.hand_out(custodian, move(permitted, 1, date(2026, 4, 10), **NEW))
    assert names(board(custodian).out) == ["成员甲"]
    assert names(board(custodian).to_hand_out) == ["成员乙"]
    travelled(office, clock, permitted)
    assert len(running(office.clerk, permitted)) == 2
    at(clock, date(2026, 4, 20))
    service_passports.take_back(custodian, move(permitted, 1, date(2026, 4, 20)))
    assert running(office.clerk, permitted) == [permitted.members[1].key]
    with custodian.read() as session:
        held = queries_custody.handovers(session, [permitted.members[0].id])[permitted.members[0].id]
    assert (held.out_on, held.ended_on, held.custody, held.late_days) == (
        date(2026, 4, 10),
        date(2026, 4, 20),
        Custody.KEPT,
        0,
    )


def test_the_last_day_is_in_time_and_the_day_after_is_late(office, clock, custodian, permitted):
    travelled(office, clock, permitted)
    at(clock, DUE, 23)
    assert [row.due_on for row in board(custodian).due] == [DUE, DUE]
    service_passports.take_back(custodian, move(permitted, 1, DUE, **NEW))
    at(clock, date(2026, 4, 25))
    assert [(row.member.name, row.late_days) for row in board(custodian).overdue] == [("成员乙", 1)]
    service_passports.take_back(
        custodian,
        move(permitted, 2, date(2026, 4, 25), passport_number="PE7654321", expires_on=date(2030, 1, 1)),
    )
    with office.clerk.read() as session:
        found = deadlines.of_subject(session, permitted.id)
    states = {row.item: row.state.value for row in found if row.kind == PASSPORT_DUTY}
    assert [states[member.key] for member in permitted.members] == ["met", "met_late"]


def test_a_passport_more_than_thirty_days_late_stops_the_unit_and_its_return_lets_it_go_on(
    office, clock, custodian, permitted
):
    travelled(office, clock, permitted)
    at(clock, date(2026, 4, 20))
    service_passports.take_back(custodian, move(permitted, 1, date(2026, 4, 20), **NEW))
    at(clock, date(2026, 5, 24))  # thirty days over: not yet
    following = draft(
        office.clerk, Plan(title="下一个团组", exit_on=date(2026, 9, 7), entry_on=date(2026, 9, 11))
    )
    explain(office.clerk, following.ref, "PLN-01")
    assert board(custodian).locked_units == []
    at(clock, date(2026, 5, 25))
    assert board(office.clerk).locked_units == [permitted.unit_name]
    with pytest.raises(RuleBroken) as refused:
        office.submit(following)
    assert "PST-02" in {line.rule for line in refused.value.findings}
    last = move(permitted, 2, date(2026, 5, 25), passport_number="PE7654321", expires_on=date(2030, 1, 1))
    service_passports.take_back(custodian, last)
    assert board(office.clerk).locked_units == []
    assert office.submit(following).number == "CG-2026-002"


def test_a_lost_document_ends_the_duty_with_its_reason_and_is_no_longer_waited_for(
    office, clock, custodian, permitted
):
    at(clock, date(2026, 4, 10))
    service_passports.hand_out(custodian, move(permitted, 1, date(2026, 4, 10), **NEW))
    travelled(office, clock, permitted)
    with pytest.raises(Invalid):
        service_passports.lose(custodian, move(permitted, 1, RETURNS))
    service_passports.lose(custodian, move(permitted, 1, RETURNS, note="在巴黎被窃，已报案并补发旅行证"))
    assert running(office.clerk, permitted) == [permitted.members[1].key]
    with pytest.raises(NotAllowedNow):
        service_passports.take_back(custodian, move(permitted, 1, RETURNS))


def test_who_does_not_travel_hands_the_document_in_and_owes_nothing_later(
    office, clock, custodian, permitted
):
    at(clock, date(2026, 4, 10))
    service_passports.hand_out(custodian, move(permitted, 1, date(2026, 4, 10), **NEW))
    service_passports.take_back(custodian, move(permitted, 1, date(2026, 4, 10)))
    travelled(office, clock, permitted)
    assert running(office.clerk, permitted) == [permitted.members[1].key]


def test_only_the_custodian_of_the_members_unit_moves_passports(
    office, call, clock, custodian, make_actor, permitted
):
    at(clock, date(2026, 4, 10))
    stranger = call.as_actor(make_actor(Role.PASSPORT_CUSTODIAN, unit="jyj"))
    with pytest.raises(NotFound):
        service_passports.hand_out(stranger, move(permitted, 1, date(2026, 4, 10), **NEW))
    with pytest.raises(Forbidden):
        service_passports.hand_out(office.clerk, move(permitted, 1, date(2026, 4, 10), **NEW))
    assert board(stranger).to_hand_out == []
    assert names(board(office.clerk).to_hand_out) == ["成员甲", "成员乙"], "the unit's clerk sees them"
    assert not any(row.may_move for row in board(office.clerk).to_hand_out)


def test_a_document_of_somebody_else_is_refused(office, clock, custodian, permitted):
    at(clock, date(2026, 4, 10))
    other = register.keep_person(
        custodian,
        KeepPerson(
            unit_id=permitted.unit_id, name="旁人", post="", rank=Rank.NONE, employment=Employment.SERVING
        ),
    )
    register.keep_passport(
        custodian,
        KeepPassport(
            person_id=other.id,
            kind=PassportKind.PUBLIC_AFFAIRS,
            number=NEW["passport_number"],
            expires_on=date(2030, 1, 1),
        ),
    )
    with pytest.raises(Invalid):
        service_passports.hand_out(custodian, move(permitted, 1, date(2026, 4, 10), **NEW))


def test_passports_wait_for_the_permit(office, clock, custodian):
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    with pytest.raises(NotAllowedNow):
        service_passports.hand_out(custodian, move(trip, 1, date(2026, 3, 2), **NEW))


def test_one_return_is_one_record_in_the_log(office, clock, custodian, permitted):
    travelled(office, clock, permitted)
    at(clock, DUE)
    service_passports.take_back(custodian, move(permitted, 1, DUE, **NEW))
    with office.clerk.read() as session:
        actions = list(
            session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.startswith("passport.")))
        )
    assert sorted(actions) == ["passport.kept", "passport.received", "passport.released"]


def test_the_journey_enters_the_history_of_registered_members(office, clock, custodian, permitted):
    at(clock, date(2026, 3, 11))
    ready = draft(
        office.clerk, Plan(title="第二团", members=1, exit_on=date(2026, 6, 1), entry_on=date(2026, 6, 5))
    )
    assert ready.members[0].person_id is None
    at(clock, date(2026, 4, 10))
    service_passports.hand_out(custodian, move(permitted, 1, date(2026, 4, 10), **NEW))
    again = draft(
        office.clerk, Plan(title="第三团", members=1, exit_on=date(2026, 6, 8), entry_on=date(2026, 6, 12))
    )
    assert again.members[0].person_id is not None, "found by name and unit in the register"
