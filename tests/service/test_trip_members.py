"""Whoever is on the member list and has an account: sees the trip, never decides on it."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from tests import factories
from tests.trip_stories import Office, draft, explain, save
from webapp.accounts import service_setup
from webapp.accounts.commands import SetAccountState
from webapp.accounts.states import AccountState
from webapp.approvals.states import Verdict
from webapp.core.clock import SHANGHAI
from webapp.core.errors import Forbidden, Invalid
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.people import service as people
from webapp.people.commands import KeepPerson
from webapp.rulebook.states import Employment, Rank
from webapp.trips import queries
from webapp.trips.commands_sections import MemberRole, MemberRow, Section


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


def sent(office, *members):
    """A submitted trip of the commerce bureau with these members; the first is its head."""
    ready = draft(office.clerk)
    rows = [MemberRow("a", name="团长某", role=MemberRole.HEAD), *members]
    save(office.clerk, ready.ref, Section.MEMBERS, tuple(rows))
    explain(office.clerk, ready.ref, "PLN-01")
    return office.submit(ready)


def to_the_unit_leader(office, clock, trip):
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    for who in (office.lead, office.finance, office.personnel, office.secrecy):
        office.sign(who, trip)


def signers(call):
    with call.read() as session:
        return set(
            session.scalars(sa.select(AuditEntry.actor_id).where(AuditEntry.action == "approval.decided"))
        )


def seen_by(call, actor):
    with call.read() as session:
        return [row.ref for row in queries.page(session, actor, call.clock.now(), queries.Filter()).rows]


@pytest.mark.parametrize("spelling", ["{}", " {} ", "{}\u3000"])
def test_a_unit_head_on_the_member_list_does_not_sign_and_the_next_higher_leader_does(
    office, clock, spelling
):
    trip = sent(office, MemberRow("b", name=spelling.format(office.head.actor.name)))
    to_the_unit_leader(office, clock, trip)
    with pytest.raises(Forbidden):
        office.sign(office.head, trip)
    office.sign(office.mayor, trip)
    office.sign(office.counter, trip)  # the unit leader's stage is settled: the office has it
    assert office.mayor.actor.account_id in signers(office.system)
    assert office.head.actor.account_id not in signers(office.system)


def test_a_head_who_stays_at_home_signs(office, clock):
    trip = sent(office, MemberRow("b", name=office.head.actor.name + "一"))
    to_the_unit_leader(office, clock, trip)
    office.sign(office.head, trip)
    office.sign(office.counter, trip)
    assert office.head.actor.account_id in signers(office.system)


def test_an_equal_name_in_another_unit_is_another_person(office, clock, make_actor):
    namesake = make_actor(Role.UNIT_HEAD, unit="jyj", name=office.head.actor.name)
    assert namesake.account_id != office.head.actor.account_id
    trip = sent(office, MemberRow("b", name=namesake.name, unit_code="jyj"))
    assert [m.account_id for m in office.read(trip).members] == [None, namesake.account_id]


def test_a_member_taken_from_the_register_is_known_by_the_registers_name_and_unit(office, clock):
    factories.unit(office.system, "jyj")
    person = people.keep_person(
        office.system,
        KeepPerson(
            name=office.head.actor.name,
            unit_id=office.head.actor.unit_id,
            post="局长",
            rank=Rank.DIVISION,
            employment=Employment.SERVING,
        ),
    )
    trip = sent(office, MemberRow("b", name="王局长", unit_code="jyj", person_id=person.id))
    assert office.read(trip).members[1].account_id == office.head.actor.account_id


def test_namesakes_of_one_unit_are_all_barred_and_none_is_shown_the_trip(office, call, clock, make_actor):
    one, two = (make_actor(Role.TRAVELLER, Role.FINANCE, name="同名人") for _ in range(2))
    trip = sent(office, MemberRow("b", name="同名人"))
    assert office.read(trip).members[1].account_id is None
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    for namesake in (one, two):
        with pytest.raises(Forbidden):
            office.sign(call.as_actor(namesake), trip)
    office.sign(office.finance, trip)  # it is open to whoever else holds their role


def test_an_account_not_yet_activated_counts_and_a_disabled_one_does_not(office, call):
    invited = factories.account(call, "invited", Role.TRAVELLER, name="未到任")
    gone = factories.account(call, "gone", Role.TRAVELLER, name="已调离")
    service_setup.set_account_state(
        call, SetAccountState(account_id=gone.id, state=AccountState.DISABLED, reason="调离")
    )
    trip = sent(office, MemberRow("b", name="未到任"), MemberRow("c", name="已调离"))
    assert [m.account_id for m in office.read(trip).members] == [None, invited.id, None]


def test_a_traveller_sees_the_trip_they_are_on_once_it_is_submitted_and_nobody_elses(
    office, call, make_actor
):
    traveller = make_actor(Role.TRAVELLER, name="出访者")
    other = make_actor(Role.TRAVELLER, name="未出访者")
    ready = draft(office.clerk)
    save(office.clerk, ready.ref, Section.MEMBERS, (MemberRow("a", name="出访者", role=MemberRole.HEAD),))
    assert seen_by(call, traveller) == []
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    assert seen_by(call, traveller) == [trip.number]
    assert seen_by(call, other) == []


def test_taken_off_the_list_of_a_returned_trip_one_no_longer_sees_it(office, call, clock, make_actor):
    traveller = make_actor(Role.TRAVELLER, name="出访者")
    trip = sent(office, MemberRow("b", name="出访者"))
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    office.sign(office.lead, trip, Verdict.RETURN, "请换人")
    assert seen_by(call, traveller) == [trip.number]
    with office.clerk.read() as session:
        key = queries.detail(session, office.clerk.actor, clock.now(), trip.ref).members[1].key
    rows = (MemberRow("a", name="团长某", role=MemberRole.HEAD), MemberRow(key, name="换上的人"))
    save(office.clerk, trip.ref, Section.MEMBERS, rows)
    assert seen_by(call, traveller) == []


def registered(office, call, name="林致远", unit=None, **more):
    return people.keep_person(
        office.clerk if unit is None else office.system,
        KeepPerson(
            name=name,
            unit_id=unit or office.clerk.actor.unit_id,
            post="处长",
            rank=Rank.DIVISION,
            employment=Employment.SERVING,
            **more,
        ),
    )


def test_a_person_chosen_from_the_register_fills_the_line(office, call):
    person = registered(office, call)
    ready = draft(office.clerk)
    save(office.clerk, ready.ref, Section.MEMBERS, (MemberRow("a", person_id=person.id),))
    (member,) = office.read(ready).members
    assert (member.name, member.unit_code, member.post, member.rank) == (
        "林致远",
        "swj",
        "处长",
        Rank.DIVISION,
    )


def test_a_name_that_only_one_person_of_the_unit_bears_is_linked_and_two_are_not(office, call):
    person = registered(office, call)
    registered(office, call, name="同名人")
    registered(office, call, name="同名人")
    ready = draft(office.clerk)
    rows = (MemberRow("a", name="林 致远"), MemberRow("b", name="同名人"), MemberRow("c", name="不在册"))
    save(office.clerk, ready.ref, Section.MEMBERS, rows)
    assert [m.person_id for m in office.read(ready).members] == [person.id, None, None]


def test_saving_the_page_again_keeps_the_link(office, call):
    person = registered(office, call)
    ready = draft(office.clerk)
    save(office.clerk, ready.ref, Section.MEMBERS, (MemberRow("a", name="林致远"),))
    key = office.read(ready).members[0].key
    save(office.clerk, ready.ref, Section.MEMBERS, (MemberRow(key, name="林致远", post="局长"),))
    (member,) = office.read(ready).members
    assert (member.person_id, member.post) == (person.id, "局长")


def test_people_of_other_units_cannot_be_taken_from_the_register_by_their_id(office, call):
    stranger = registered(office, call, name="外单位", unit=factories.unit(office.system, "jyj").id)
    ready = draft(office.clerk)
    with pytest.raises(Invalid):
        save(office.clerk, ready.ref, Section.MEMBERS, (MemberRow("a", person_id=stranger.id),))


def test_the_registers_own_link_decides_between_namesakes(office, call, clock, make_actor):
    """Both are of one unit and bear one name; only the linked one travels, so the other may sign."""
    travels, stays = (make_actor(Role.TRAVELLER, Role.FINANCE, name="同名人") for _ in range(2))
    person = registered(office, call, name="同名人")
    people.keep_person(
        office.clerk,
        KeepPerson(
            name="同名人",
            unit_id=office.clerk.actor.unit_id,
            post="处长",
            rank=Rank.DIVISION,
            employment=Employment.SERVING,
            account_id=travels.account_id,
            person_id=person.id,
        ),
    )
    trip = sent(office, MemberRow("b", name="同名人"))
    assert office.read(trip).members[1].account_id == travels.account_id
    assert seen_by(call, travels) == [trip.number]
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    with pytest.raises(Forbidden):
        office.sign(call.as_actor(travels), trip)
    office.sign(call.as_actor(stays), trip)


def test_calling_a_linked_person_by_another_name_bars_both(office, call, clock, make_actor):
    """A link must not be a way to hide on the list: whoever bears the written name is barred as well."""
    make_actor(Role.TRAVELLER, name="林致远")
    person = registered(office, call)
    trip = sent(office, MemberRow("b", name=office.head.actor.name, person_id=person.id))
    to_the_unit_leader(office, clock, trip)
    with pytest.raises(Forbidden):
        office.sign(office.head, trip)
