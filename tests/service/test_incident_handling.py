"""Levels, reports, late receipts, hand-overs, closing and reopening, corrections, old pages."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests import cases
from tests.cases import at
from webapp.accounts import queries as accounts
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, OutOfDate
from webapp.core.permissions import Role
from webapp.deadlines import queries as deadline_queries
from webapp.deadlines.states import DeadlineState
from webapp.incidents import queries_duties, service_close, service_handle, service_people, service_report
from webapp.incidents.commands import (
    AddMeasure,
    AddNote,
    AddPerson,
    CorrectMeasure,
    HandOver,
    NamePerson,
    Step,
    Unmask,
)
from webapp.incidents.kinds import DutyKind, MeasureKind, Tile
from webapp.incidents.models import Entry, Measure, Person, Receipt
from webapp.incidents.states import IncidentState, Level, Secrecy


@pytest.fixture
def lead(call):
    return cases.as_somebody(call, Role.INCIDENT_LEAD, login="limei")


def step(number, reason="", version=None):
    return Step(number=number, version=version, reason=reason)


def login_of(call, somebody):
    with call.read() as session:
        return accounts.account(session, somebody.actor.account_id).login


def chain_of(call, number, kind):
    row = cases.current(call, number)
    with call.read() as session:
        clocks = deadline_queries.open_of(session, row.id, [queries_duties.kind_name(kind)])
    return [link["account_id"] or link["role"] for link in clocks[0].chain]


@pytest.mark.parametrize(("level", "hours"), [(Level.L1, 2), (Level.L2, 2), (Level.L3, 4), (Level.L4, 24)])
def test_the_level_moves_the_first_report_counted_from_the_moment_word_arrived(lead, clock, level, hours):
    number = cases.registered(lead, clock).number
    clock.advance(timedelta(minutes=50))
    cases.level(lead, number, level)
    due = cases.duties(lead, number)[DutyKind.FIRST_REPORT]
    assert due.due_at == at("2026-09-30T17:00") + timedelta(hours=hours)
    assert due.is_open


def test_the_call_that_came_before_it_was_typed_in_counts(lead, clock):
    number = cases.registered(lead, clock, received_at=at("2026-09-30T16:20")).number
    assert cases.duties(lead, number)[DutyKind.FIRST_REPORT].due_at == at("2026-09-30T18:20")


@pytest.mark.parametrize(("level", "hours"), [(Level.L1, 4), (Level.L2, 8), (Level.L3, 24), (Level.L4, 24)])
def test_each_report_starts_the_next_one_and_a_new_level_moves_it(lead, clock, level, hours):
    number = cases.registered(lead, clock).number
    cases.level(lead, number, level)
    cases.report(lead, number, sent="2026-09-30T17:00")
    following = cases.duties(lead, number)[DutyKind.FOLLOW_UP]
    assert (following.item, following.due_at) == ("1", at("2026-09-30T17:00") + timedelta(hours=hours))
    cases.level(lead, number, Level.L1)
    assert cases.duties(lead, number)[DutyKind.FOLLOW_UP].due_at <= at("2026-09-30T21:00")
    cases.report(lead, number, DutyKind.FOLLOW_UP)
    assert cases.duties(lead, number)[DutyKind.FOLLOW_UP].item == "2"


def test_a_report_not_owed_cannot_be_filed_twice(lead, clock):
    number = cases.registered(lead, clock).number
    cases.report(lead, number)
    for kind in (DutyKind.FIRST_REPORT, DutyKind.FINAL_REPORT):
        with pytest.raises(NotAllowedNow):
            cases.report(lead, number, kind)


def test_a_notice_given_in_time_and_entered_late_counts_as_in_time_and_is_marked(lead, clock):
    number = cases.registered(lead, clock).number
    clock.set(at("2026-10-06T09:00"))
    cases.notice(lead, number, DutyKind.CONSULAR_NOTICE, "2026-10-04T23:59", source="省外办电话")
    assert cases.duties(lead, number)[DutyKind.CONSULAR_NOTICE].state is DeadlineState.MET
    with lead.read() as session:
        line = session.scalars(sa.select(Entry).where(Entry.kind == "notice")).one()
        receipt = session.scalars(sa.select(Receipt)).one()
    assert line.is_late
    assert line.occurred_at == at("2026-10-04T23:59")
    assert (receipt.source, receipt.late_minutes, receipt.performer) == ("省外办电话", 0, "省公安厅")


@pytest.mark.parametrize(
    ("done", "state", "late"),
    [
        ("2026-10-05T00:00", DeadlineState.MET, 0),
        ("2026-10-05T00:01", DeadlineState.MET_LATE, 1),
        ("2026-10-05T03:12", DeadlineState.MET_LATE, 192),
    ],
)
def test_the_legal_end_is_what_makes_a_notice_late_not_the_internal_target(lead, clock, done, state, late):
    number = cases.registered(lead, clock).number
    clock.set(at("2026-10-06T09:00"))
    cases.notice(lead, number, DutyKind.CONSULAR_NOTICE, done)
    assert cases.duties(lead, number)[DutyKind.CONSULAR_NOTICE].state is state
    with lead.read() as session:
        assert session.scalars(sa.select(Receipt.late_minutes)).one() == late


@pytest.mark.parametrize("done", ["2026-09-30T15:59", "2026-09-30T17:01"])
def test_a_notice_before_the_measure_or_in_the_future_is_refused(lead, clock, done):
    number = cases.registered(lead, clock).number
    with pytest.raises(Invalid):
        cases.notice(lead, number, DutyKind.CONSULAR_NOTICE, done)
    assert cases.duties(lead, number)[DutyKind.CONSULAR_NOTICE].is_open


def test_an_arrest_after_the_detention_starts_its_own_clocks(lead, clock):
    number = cases.registered(lead, clock).number
    clock.set(at("2026-10-03T12:00"))
    with lead.read() as session:
        person = session.scalars(sa.select(Person)).one()
    wanted = AddMeasure(
        number=number,
        version=None,
        person_id=person.id,
        measure=MeasureKind.ARREST,
        started_at=at("2026-10-03T10:00"),
    )
    service_report.add_measure(lead, wanted)
    row = cases.current(lead, number)
    with lead.read() as session:
        owed = queries_duties.running(session, row.id, DutyKind.CONSULAR_NOTICE)
    assert [duty.due_at for duty in owed] == [at("2026-10-05T00:00"), at("2026-10-08T00:00")]


def test_a_corrected_start_moves_the_running_clocks_and_keeps_the_old_ones_on_record(lead, clock):
    number = cases.registered(lead, clock).number
    with lead.read() as session:
        measure = session.scalars(sa.select(Measure)).one()
    cmd = CorrectMeasure(
        number=number,
        version=None,
        measure_id=measure.id,
        started_at=at("2026-09-29T23:30"),
        reason="拘留证时间",
    )
    service_report.correct_measure(lead, cmd)
    row = cases.current(lead, number)
    with lead.read() as session:
        every = queries_duties.of_incident(session, row.id)
    notices = [duty for duty in every if duty.kind is DutyKind.CONSULAR_NOTICE]
    assert {(duty.state, duty.due_at) for duty in notices} == {
        (DeadlineState.CANCELLED, at("2026-10-05T00:00")),
        (DeadlineState.OPEN, at("2026-10-04T00:00")),
    }
    assert cases.duties(lead, number)[DutyKind.FIRST_REPORT].is_open


def test_ending_stops_the_follow_ups_but_not_an_overdue_one(lead, clock):
    number = cases.registered(lead, clock, tile=Tile.VICTIM, measure=None).number
    cases.level(lead, number)
    cases.report(lead, number)
    clock.advance(timedelta(hours=25))
    cases.ended(lead, number)
    owed = cases.duties(lead, number)
    assert owed[DutyKind.FOLLOW_UP].is_open
    # A clock was missed, so even the lowest level owes its lessons.
    assert {DutyKind.FINAL_REPORT, DutyKind.LESSONS} <= set(owed)

    calm = cases.registered(lead, clock, now="2026-10-09T09:00", tile=Tile.VICTIM, measure=None).number
    cases.level(lead, calm)
    cases.report(lead, calm)
    cases.ended(lead, calm)
    owed = cases.duties(lead, calm)
    assert owed[DutyKind.FOLLOW_UP].state is DeadlineState.CANCELLED
    assert DutyKind.LESSONS not in owed


def test_resuming_takes_the_closing_reports_back_and_owes_follow_ups_again(lead, clock):
    number = cases.registered(lead, clock, tile=Tile.VICTIM, measure=None).number
    cases.level(lead, number)
    cases.report(lead, number)
    cases.ended(lead, number)
    service_close.resume(lead, step(number))
    owed = cases.duties(lead, number)
    assert owed[DutyKind.FINAL_REPORT].state is DeadlineState.CANCELLED
    assert owed[DutyKind.FOLLOW_UP].is_open
    assert cases.current(lead, number).state is IncidentState.HANDLING


def test_a_closed_case_is_reopened_by_somebody_else_with_a_reason(call, lead, clock):
    director = cases.as_somebody(call, Role.FAO_DIRECTOR)
    number = cases.registered(lead, clock, tile=Tile.VICTIM, measure=None).number
    cases.level(lead, number)
    cases.report(lead, number)
    cases.ended(lead, number)
    cases.report(lead, number, DutyKind.FINAL_REPORT)
    cases.closed(lead, number)
    with pytest.raises(NotAllowedNow):
        service_close.reopen(lead, step(number, "新情况"))
    with pytest.raises(Invalid):
        service_close.reopen(director, step(number))
    reopened = service_close.reopen(director, step(number, "新情况"))
    assert reopened.state is IncidentState.HANDLING
    assert cases.duties(lead, number)[DutyKind.FOLLOW_UP].is_open


def test_only_lead_and_director_close(call, lead, clock):
    officer = cases.as_somebody(call, Role.INCIDENT_OFFICER)
    number = cases.registered(lead, clock, tile=Tile.VICTIM, measure=None).number
    cases.level(lead, number)
    cases.report(lead, number)
    cases.ended(lead, number)
    cases.report(lead, number, DutyKind.FINAL_REPORT)
    with pytest.raises(Forbidden):
        cases.closed(officer, number)
    assert cases.closed(lead, number).state is IncidentState.CLOSED


def test_every_action_makes_old_pages_stale(lead, clock):
    row = cases.registered(lead, clock)
    cmd = AddNote(number=row.number, version=1, text="到场", occurred_at=clock.now())
    assert service_handle.add_note(lead, cmd).version == 2
    with pytest.raises(OutOfDate):
        service_handle.add_note(lead, cmd)
    with pytest.raises(OutOfDate):
        service_close.await_reply(lead, step(row.number, version=1))


def test_reminders_go_to_duty_officer_chief_and_director_and_after_a_hand_over_to_the_new_lead(
    call, lead, clock
):
    officer = cases.as_somebody(call, Role.INCIDENT_OFFICER, login="hejing")
    number = cases.registered(lead, clock).number
    mine, his = str(lead.actor.account_id), str(officer.actor.account_id)
    assert chain_of(call, number, DutyKind.FIRST_REPORT) == ["duty_officer", "section_chief", "fao_director"]
    assert chain_of(call, number, DutyKind.CONSULAR_NOTICE) == [mine, "section_chief", "fao_director"]
    service_people.hand_over(lead, HandOver(number=number, version=None, login="hejing", reason="轮班"))
    assert chain_of(call, number, DutyKind.CONSULAR_NOTICE) == [his, "section_chief", "fao_director"]
    assert cases.current(lead, number).lead_id == officer.actor.account_id


def test_nobody_without_the_right_to_work_incidents_is_given_the_lead(call, lead, clock):
    cases.as_somebody(call, Role.CLERK, unit="swj", login="jingban")
    number = cases.registered(lead, clock).number
    for login in ("jingban", "nobody"):
        with pytest.raises(Invalid):
            service_people.hand_over(lead, HandOver(number=number, version=None, login=login, reason="x"))


def test_of_a_restricted_case_only_the_persons_named_are_reminded(call, lead, clock):
    officer = cases.as_somebody(call, Role.INCIDENT_OFFICER, login="hejing")
    number = cases.registered(lead, clock).number
    cases.level(lead, number, Level.L2, secrecy=Secrecy.RESTRICTED)
    mine, his = str(lead.actor.account_id), str(officer.actor.account_id)
    assert chain_of(call, number, DutyKind.CONSULAR_NOTICE) == [mine]
    named = NamePerson(number=number, version=None, login="hejing")
    service_people.name_person(lead, named)
    assert chain_of(call, number, DutyKind.CONSULAR_NOTICE) == [mine, his]
    service_people.name_person(lead, NamePerson(number=number, version=None, login="hejing", remove=True))
    assert chain_of(call, number, DutyKind.FIRST_REPORT) == [mine]
    with pytest.raises(NotAllowedNow):
        service_people.name_person(lead, NamePerson(number=number, version=None, login="limei", remove=True))


def test_passport_numbers_are_sealed_masked_and_shown_for_a_reason_that_is_logged(lead, clock, database):
    number = cases.registered(lead, clock).number
    cmd = AddPerson(number=number, version=None, country="US", name="Mary Ann", passport_no="568912321")
    person = service_report.add_person(lead, cmd)
    assert person.passport_mask == "56*****21"
    with database.engine.connect() as connection:
        for table in ("incident_person", "audit_entry", "outbox_message", "incident_entry"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert "568912321" not in repr(rows)
    shown = service_people.unmask(lead, Unmask(number=number, reason="补办旅行证"))
    assert [passport for _, passport in shown] == ["", "568912321"]
    with lead.read() as session:
        assert "补办旅行证" in session.scalars(sa.select(Entry.text)).all()
