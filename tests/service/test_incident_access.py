"""Who may know of an incident: every role, every class, every relation, as one predicate."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests import cases
from tests.cases import at
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound
from webapp.core.permissions import OFFICE, Role
from webapp.core.series import skip_to
from webapp.core.tx import Tx
from webapp.deadlines.queries import open_of
from webapp.incidents import queries, queries_detail, service_handle, service_people
from webapp.incidents.commands import AddNote, NamePerson
from webapp.incidents.states import Level, Secrecy

LEADS = OFFICE | {Role.INCIDENT_OFFICER, Role.INCIDENT_LEAD}


@pytest.fixture
def lead(call):
    return cases.as_somebody(call, Role.INCIDENT_LEAD, login="limei")


@pytest.fixture
def three(lead, clock):
    """One incident of each class, registered within the last hour."""
    found = {}
    for secrecy in Secrecy:
        number = cases.registered(lead, clock).number
        cases.level(lead, number, Level.L3, secrecy=secrecy)
        found[secrecy] = number
    return found


def seen(call):
    """Number → whether its content may be read."""
    with call.read() as session:
        lines = queries.on_board(session, call.actor, call.clock.now(), limit=200)
    return {line.incident.number: line.readable for line in lines}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_of_each_class_what_it_may(call, three, role):
    unit = "swj" if role in {Role.CLERK, Role.UNIT_HEAD} else "wb"
    found = seen(cases.as_somebody(call, role, unit=unit))
    normal, restricted, existence = (three[secrecy] for secrecy in Secrecy)
    expected = {}
    if role in LEADS:
        expected = {normal: True, existence: False}
    if role is Role.DUTY_OFFICER:
        expected = {normal: True}
    assert found == expected
    assert restricted not in found


@pytest.mark.parametrize(
    "role", [Role.UNIT_HEAD, Role.CITY_LEADER, Role.CLERK, Role.AUDITOR, Role.FAO_DIRECTOR]
)
def test_whoever_is_named_reads_it_and_no_longer_when_the_name_is_taken_away(call, lead, three, role):
    somebody = cases.as_somebody(call, role, unit="swj", login="zhang")
    for number in three.values():
        service_people.name_person(lead, NamePerson(number=number, version=None, login="zhang"))
    assert seen(somebody) == dict.fromkeys(three.values(), True)
    for number in three.values():
        service_people.name_person(lead, NamePerson(number=number, version=None, login="zhang", remove=True))
    assert seen(somebody) == {}


def test_a_duty_officer_sees_the_cases_of_the_shift_and_those_registered_in_person(call, clock):
    duty = cases.as_somebody(call, Role.DUTY_OFFICER)
    other = cases.as_somebody(call, Role.DUTY_OFFICER)
    number = cases.registered(duty, clock).number
    assert list(seen(other)) == [number]
    clock.advance(timedelta(hours=24))
    assert seen(other) == {}
    assert list(seen(duty)) == [number]


def test_a_county_office_does_not_see_the_citys_cases(call, three):
    assert seen(cases.as_somebody(call, Role.CASE_OFFICER, unit="dhx")) == {}


def test_a_grant_that_has_ended_shows_nothing(call, three, clock):
    somebody = cases.as_somebody(call, Role.CASE_OFFICER)
    assert seen(somebody)
    clock.set(at("2025-01-01T00:00"))
    assert seen(somebody) == {}


def test_what_one_may_not_know_is_not_found_and_what_one_may_not_read_is_forbidden(call, three):
    officer = cases.as_somebody(call, Role.INCIDENT_OFFICER)
    note = {"version": None, "text": "x", "occurred_at": call.clock.now()}
    with pytest.raises(NotFound):
        service_handle.add_note(officer, AddNote(number=three[Secrecy.RESTRICTED], **note))
    with pytest.raises(Forbidden):
        service_handle.add_note(officer, AddNote(number=three[Secrecy.EXISTENCE_ONLY], **note))
    assert service_handle.add_note(officer, AddNote(number=three[Secrecy.NORMAL], **note))


def test_of_an_existence_only_case_the_page_gets_no_person_and_no_clock(call, three):
    chief = cases.as_somebody(call, Role.SECTION_CHIEF)
    with call.read() as session:
        case = queries_detail.detail(session, chief.actor, call.clock.now(), three[Secrecy.EXISTENCE_ONLY])
    assert not case.readable
    for hidden in (case.persons, case.measures, case.entries, case.duties, case.receipts):
        assert not hidden


def test_a_clerk_who_registered_a_case_reads_it_and_works_none(call, clock):
    clerk = cases.as_somebody(call, Role.CLERK, unit="swj")
    number = cases.registered(clerk, clock).number
    assert seen(clerk) == {number: True}
    assert cases.current(clerk, number).lead_id is None
    with pytest.raises(Forbidden):
        cases.report(clerk, number)


def test_the_board_is_one_statement_for_any_number_of_cases(call, lead, three, database):
    statements = []
    sa.event.listen(
        database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]), named=False
    )
    with database.write() as session:
        queries.on_board(session, lead.actor, call.clock.now(), limit=200)
    assert len([statement for statement in statements if "incident" in statement]) == 1


def test_the_list_goes_on_in_order_past_the_thousandth_case_of_a_year(lead, clock):
    first = cases.registered(lead, clock).number
    with lead.db.write() as session:
        skip_to(Tx(lead, session), f"incident-{first[:4]}", 998)
        session.commit()
    later = [cases.registered(lead, clock).number for _ in range(2)]
    assert [number[5:] for number in later] == ["999", "1000"]
    with lead.read() as session:
        now = lead.clock.now()
        found = [line.incident.number for line in queries.listed(session, lead.actor, now)]
        older = queries.listed(session, lead.actor, now, before=later[1])
    assert found == [later[1], later[0], first]
    assert [line.incident.number for line in older] == [later[0], first]


def test_a_case_is_restricted_only_to_somebody_and_whom_the_form_names_is_let_in_and_told(call, clock):
    clerk = cases.as_somebody(
        call, Role.CLERK, login="zhiban"
    )  # who registers without working cases leads none
    officer = cases.as_somebody(call, Role.INCIDENT_OFFICER, login="hejing")
    chief = cases.as_somebody(call, Role.SECTION_CHIEF, login="chuzhang")
    number = cases.registered(clerk, clock).number
    leaves = NamePerson(number=number, version=None, login="zhiban", remove=True)
    service_people.name_person(chief, leaves)
    for wrong in ((), ("hejing", "nobody")):
        with pytest.raises(Invalid) as refused:
            cases.level(chief, number, Level.L2, secrecy=Secrecy.RESTRICTED, named=wrong)
        assert list(refused.value.fields) == ["named"]
    assert cases.current(chief, number).secrecy is Secrecy.NORMAL
    cases.level(chief, number, Level.L2, secrecy=Secrecy.RESTRICTED, named=("hejing",))
    with call.read() as session:
        [chain] = {repr(row.chain) for row in open_of(session, cases.current(officer, number).id)}
    assert str(officer.actor.account_id) in chain
    assert "section_chief" not in chain
    with pytest.raises(NotAllowedNow):
        service_people.name_person(
            officer, NamePerson(number=number, version=None, login="hejing", remove=True)
        )
