"""The register of travellers: seen only in one's reach, numbers sealed and masked, passports out and back."""

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from tests import factories
from webapp.core.clock import local_date
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound, OutOfDate
from webapp.core.ids import new_id
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.people import queries, queries_custody, rules, service
from webapp.people import service_custody as custody
from webapp.people.commands import CheckIn, CheckOut, Errand, KeepPassport, KeepPerson, MarkGone, RecordTravel
from webapp.people.states import Custody, PassportKind
from webapp.rulebook.states import Employment, Rank

NUMBER = "PE1234578"
ID_NUMBER = "11010519491231002X"  # the example of GB 11643-1999


@pytest.fixture
def clerk(call, make_actor):
    return call.as_actor(make_actor(Role.CLERK))


@pytest.fixture
def custodian(call, make_actor):
    return call.as_actor(make_actor(Role.PASSPORT_CUSTODIAN))


def person(call, unit="swj", **more):
    values = {
        "unit_id": factories.unit(call, unit).id,
        "name": "林致远",
        "post": "对外贸易处处长",
        "rank": Rank.DIVISION,
        "employment": Employment.SERVING,
    }
    return service.keep_person(call, KeepPerson(**{**values, **more}))


def passport(call, holder, number=NUMBER):
    return service.keep_passport(
        call,
        KeepPassport(
            person_id=holder.id, kind=PassportKind.PUBLIC_AFFAIRS, number=number, expires_on=date(2030, 1, 1)
        ),
    )


def everything_stored(call):
    """All texts of people's tables and of the log as one string."""
    with call.read() as session:
        rows = []
        for table in ("person", "passport", "audit_entry", "passport_move"):
            rows += [str(tuple(row)) for row in session.execute(sa.text(f"SELECT * FROM {table}"))]
    return "\n".join(rows)


def test_a_number_is_shown_masked_and_stands_nowhere_in_the_clear(clerk):
    holder = person(clerk, id_number=ID_NUMBER)
    row = passport(clerk, holder, "pe 1234578")
    assert row.number_mask == "PE*****78"
    stored = everything_stored(clerk)
    assert NUMBER not in stored
    assert ID_NUMBER not in stored


def test_the_whole_number_is_given_to_those_who_need_it_and_the_look_is_logged(clerk, call, make_actor):
    row = passport(clerk, person(clerk))
    with pytest.raises(Forbidden):
        custody.unmask(clerk, row.id)
    officer = call.as_actor(make_actor(Role.CASE_OFFICER, unit="wb", scope="jh"))
    assert custody.unmask(officer, row.id) == NUMBER
    with call.read() as session:
        looks = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "passport.unmasked")).all()
    assert [look.actor_id for look in looks] == [officer.actor.account_id]


def test_one_document_and_one_citizen_are_registered_once(clerk):
    passport(clerk, person(clerk, id_number=ID_NUMBER))
    with pytest.raises(Invalid):
        passport(clerk, person(clerk, name="苏静"), NUMBER.lower())
    with pytest.raises(Invalid):
        person(clerk, name="苏静", id_number=ID_NUMBER)


def test_clerks_see_and_keep_only_people_of_their_unit(call, clerk, make_actor):
    ours = person(clerk)
    other = call.as_actor(make_actor(Role.CLERK, unit="jyj"))
    theirs = person(other, "jyj", name="苏静")
    with pytest.raises(Forbidden):
        person(clerk, "jyj")
    now, today = call.clock.now(), local_date(call.clock.now())
    with call.read() as session:
        assert [row.number for row in queries.page(session, clerk.actor, now, today)] == [ours.number]
        with pytest.raises(NotFound):
            queries.by_number(session, clerk.actor, now, theirs.number)
        office = make_actor(Role.CASE_OFFICER, unit="wb", scope="jh")
        assert len(queries.page(session, office, now, today)) == 2


def out_for(row, clock, number="CG-2026-001", on=date(2026, 2, 1)):
    return CheckOut(
        passport_id=row.id, on=on, errand=Errand(new_id(clock.now()), number), due_on=date(2026, 2, 20)
    )


def test_a_passport_goes_out_for_a_journey_and_comes_back_late(clerk, custodian, clock):
    row = passport(clerk, person(clerk))
    leaving = out_for(row, clock)
    out = custody.check_out(custodian, leaving)
    with custodian.read() as session:
        held = queries_custody.handovers(session, [leaving.errand.id])[leaving.errand.id]
    assert (held.custody, held.out_on, held.due_on, held.mask) == (
        Custody.OUT,
        date(2026, 2, 1),
        date(2026, 2, 20),
        "PE*****78",
    )
    with pytest.raises(NotAllowedNow):
        custody.check_out(custodian, out_for(row, clock, "CG-2026-002", date(2026, 2, 2)))
    back = CheckIn(passport_id=row.id, on=date(2026, 2, 24), errand_id=leaving.errand.id, version=out.version)
    with pytest.raises(Invalid):
        custody.check_in(custodian, replace(back, on=date(2026, 1, 31)))
    with pytest.raises(Invalid):
        custody.check_in(custodian, replace(back, on=date(2026, 3, 3)))
    custody.check_in(custodian, back)
    with pytest.raises(OutOfDate):
        custody.check_in(custodian, back)
    with custodian.read() as session:
        moves = queries_custody.moves(session, [row.id])
        held = queries_custody.handovers(session, [leaving.errand.id])[leaving.errand.id]
    assert (held.custody, held.ended_on, held.late_days) == (Custody.KEPT, date(2026, 2, 24), 4)
    assert {(move.custody, move.late_days, move.trip_number) for move in moves} == {
        (Custody.KEPT, 4, "CG-2026-001"),
        (Custody.OUT, 0, "CG-2026-001"),
    }


def test_what_is_out_for_a_journey_comes_back_through_that_journey_only(clerk, custodian, clock):
    row = passport(clerk, person(clerk))
    custody.check_out(custodian, out_for(row, clock))
    with pytest.raises(NotAllowedNow):
        custody.check_in(custodian, CheckIn(passport_id=row.id, on=date(2026, 3, 1)))
    lost = MarkGone(passport_id=row.id, custody=Custody.LOST, on=date(2026, 3, 1), note="机场遗失")
    with pytest.raises(NotAllowedNow):
        custody.mark_gone(custodian, lost)


def test_a_lost_passport_is_not_handed_out_but_taken_back_when_it_turns_up(clerk, custodian, clock):
    row = passport(clerk, person(clerk))
    lost = MarkGone(passport_id=row.id, custody=Custody.LOST, on=date(2026, 3, 1), note="机场遗失")
    custody.mark_gone(custodian, lost)
    with pytest.raises(NotAllowedNow):
        custody.check_out(custodian, out_for(row, clock, on=date(2026, 3, 2)))
    assert (
        custody.check_in(custodian, CheckIn(passport_id=row.id, on=date(2026, 3, 2))).custody is Custody.KEPT
    )
    with pytest.raises(Invalid):
        custody.mark_gone(custodian, replace(lost, custody=Custody.KEPT))


def test_a_clerk_does_not_hand_out_passports(clerk, clock):
    row = passport(clerk, person(clerk))
    with pytest.raises(Forbidden):
        custody.check_out(clerk, out_for(row, clock, on=date(2026, 3, 2)))


def test_a_person_is_linked_to_the_one_account_of_their_name_and_unit(call, clerk):
    account = factories.account(call, "linzhiyuan", Role.TRAVELLER, name="林 致远")
    assert person(clerk).account_id == account.id


def test_namesakes_are_told_apart_by_hand_and_no_account_serves_two_people(call, clerk):
    one = factories.account(call, "lin1", Role.TRAVELLER, name="林致远")
    factories.account(call, "lin2", Role.TRAVELLER, name="林致远")
    first = person(clerk)
    assert first.account_id is None
    assert person(clerk, person_id=first.id, account_id=one.id).account_id == one.id
    second = person(clerk)
    with pytest.raises(Invalid):
        person(clerk, person_id=second.id, account_id=one.id)


def test_an_account_of_another_name_cannot_be_given_to_a_person(call, clerk):
    """Else the real owner of the account would be free to sign for a delegation of their own."""
    head = factories.account(call, "head", Role.UNIT_HEAD, name="赵局长")
    row = person(clerk)
    with pytest.raises(Invalid):
        person(clerk, person_id=row.id, account_id=head.id)
    account = factories.account(call, "lin", Role.TRAVELLER, name="林致远")
    linked = person(clerk, person_id=row.id, account_id=account.id)
    with pytest.raises(Invalid):
        person(clerk, person_id=linked.id, name="赵局长", account_id=account.id)


def test_journeys_are_remembered_once_each(clerk):
    holder = person(clerk)
    first = RecordTravel(
        person_id=holder.id,
        trip_number="CG-2025-007",
        exit_on=date(2025, 5, 1),
        entry_on=date(2025, 5, 5),
        countries=("DE",),
    )
    service.record_travel(clerk, first)
    service.record_travel(clerk, replace(first, entry_on=date(2025, 5, 6)))
    with clerk.read() as session:
        assert len(queries.journeys(session, holder.id)) == 1
        (past,) = queries.earlier(session, [holder.id])[holder.id]
        assert (past.trip_number, past.entry_on) == ("CG-2025-007", date(2025, 5, 6))
        assert queries.earlier(session, [holder.id], but="CG-2025-007") == {}


@pytest.mark.parametrize("number", ["110105194912310021", "1101051949123100", "", "1" * 18])
def test_an_id_number_has_its_check_digit(number):
    assert not rules.is_id_number(number)


def test_two_people_edit_one_record_and_the_second_is_told(clerk):
    row = person(clerk)
    person(clerk, person_id=row.id, version=row.version, post="副局长")
    with pytest.raises(OutOfDate):
        person(clerk, person_id=row.id, version=1, post="局长")
