"""The worked examples T01 to T05 through the services: exactly their dates and findings."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.trip_stories import Office, Plan, draft, explain
from webapp.core.clock import SHANGHAI, local_date
from webapp.core.errors import NotAllowedNow, RuleBroken
from webapp.deadlines import queries as deadlines
from webapp.deadlines.queries_calendar import work_calendar
from webapp.rulebook import queries as rulebook
from webapp.rulebook import rules_dues
from webapp.rulebook.states import BudgetItem
from webapp.trips import reading, service_draft, service_travel
from webapp.trips.commands import RecordCrossing, RecordEntry
from webapp.trips.commands_sections import Transit
from webapp.trips.states import PASSPORT_DUTY


def at(clock, day, hour=10):
    clock.set(datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI))


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


def findings(who, trip):
    with who.read() as session:
        return reading.draft(session, who.actor, who.clock.now(), trip.ref).judged.findings


def of(found, rule):
    return [f for f in found if f.rule == rule]


def last_days(call, trip):
    """Kind of clock → the last day in time, as the office reads it."""
    with call.read() as session:
        rows = deadlines.of_subject(session, trip.id)
    # an end of 24:00 is the first instant of the next day
    return {(row.kind, row.item): local_date(row.due_at) for row in rows}, rows


def day_before(day):
    return date.fromordinal(day.toordinal() - 1)


def approved(office, clock, plan, *, submitted_on, noticed_on, confirmed_on):
    at(clock, submitted_on)
    ready = draft(office.clerk, plan)
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, noticed_on)
    at(clock, confirmed_on)
    office.confirm_notice(trip)
    office.through_the_unit(trip)
    office.through_the_office(trip)
    return office.read(trip)


def home(office, trip, clock, left, back):
    at(clock, left, 8)
    service_travel.depart(office.clerk, RecordCrossing(trip.ref, left))
    at(clock, back, 20)
    return service_travel.come_back(office.clerk, RecordEntry(number=trip.ref, on_day=back))


def test_t01_an_ordinary_trip_breaks_nothing_and_costs_what_the_standard_gives(office):
    ready = draft(office.clerk)
    laid = service_draft.lay_budget(office.clerk, ready.ref)
    sums = {
        line.item: line.claimed * line.persons * line.quantity for line in laid.budget if line.country == "DE"
    }
    assert sums == {
        BudgetItem.LODGING: Decimal(2400),
        BudgetItem.MEALS: Decimal(1200),
        BudgetItem.INCIDENTALS: Decimal(760),
    }
    found = findings(office.clerk, laid)
    (days,) = of(found, "ITN-01")
    assert (days.actual, days.limit) == ("5", "5")
    assert [f.rule for f in found if f.stops and "submission" in {p.value for p in f.enforced_at}] == []


def test_t01_the_notice_can_be_confirmed_from_10_march_and_the_office_has_until_25_march(call, office, clock):
    at(clock, date(2026, 3, 2))
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 3, 2))
    at(clock, date(2026, 3, 9), 23)
    with pytest.raises(NotAllowedNow):
        office.confirm_notice(trip)
    at(clock, date(2026, 3, 10), 8)
    office.confirm_notice(trip)
    office.through_the_unit(trip)
    at(clock, date(2026, 3, 11))
    office.sign(office.counter, trip)
    ends, _ = last_days(call, trip)
    assert date(2026, 3, 25) in {day_before(day) for day in ends.values()}


def test_t01_after_the_return_everything_has_its_last_day(call, office, clock):
    plan = Plan()
    trip = approved(
        office,
        clock,
        plan,
        submitted_on=date(2026, 3, 2),
        noticed_on=date(2026, 3, 2),
        confirmed_on=date(2026, 3, 10),
    )
    home(office, trip, clock, plan.exit_on, plan.entry_on)
    ends, rows = last_days(call, trip)
    due = {kind: day_before(day) for (kind, _item), day in ends.items() if kind.startswith("trips.")}
    assert due == {
        PASSPORT_DUTY: date(2026, 5, 29),
        service_travel.REPORT: date(2026, 6, 22),
        service_travel.PUBLICATION: date(2026, 6, 22),
        service_travel.REIMBURSEMENT: date(2026, 6, 22),
    }
    assert sum(row.kind == PASSPORT_DUTY for row in rows) == plan.members
    with call.read() as session:
        edition, calendar = rulebook.edition(session, date(2026, 3, 26)), work_calendar(session)
    assert rules_dues.passport_issue_due(date(2026, 3, 26), edition, calendar).on == date(2026, 4, 2)


def test_t02_a_notice_over_spring_festival_counts_the_worked_saturday(office, clock):
    at(clock, date(2026, 2, 11))
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 2, 11))
    at(clock, date(2026, 2, 25), 23)
    with pytest.raises(NotAllowedNow):
        office.confirm_notice(trip)
    at(clock, date(2026, 2, 26), 0)
    office.confirm_notice(trip)


T03 = Plan(exit_on=date(2026, 9, 21), entry_on=date(2026, 9, 25))


def test_t03_passports_are_due_in_the_holiday_week_and_the_unit_is_locked_from_4_november(
    call, office, clock
):
    trip = approved(
        office,
        clock,
        T03,
        submitted_on=date(2026, 7, 1),
        noticed_on=date(2026, 7, 1),
        confirmed_on=date(2026, 7, 9),
    )
    home(office, trip, clock, date(2026, 9, 21), date(2026, 9, 27))
    ends, _ = last_days(call, trip)
    assert {day_before(d) for (kind, _), d in ends.items() if kind == PASSPORT_DUTY} == {date(2026, 10, 4)}
    at(clock, date(2026, 11, 3))
    later = draft(office.clerk, Plan(title="下一个团组", exit_on=date(2027, 3, 1), entry_on=date(2027, 3, 5)))
    explain(office.clerk, later.ref, "PLN-01")
    assert not any(f.stops for f in of(findings(office.clerk, later), "PST-02"))
    at(clock, date(2026, 11, 4))
    with pytest.raises(RuleBroken) as caught:
        office.submit(later)
    assert "PST-02" in {f.rule for f in caught.value.findings}


@pytest.mark.parametrize(
    ("params", "due"),
    [
        ({"variant": "calendar_days", "count": 7, "roll": True}, date(2026, 10, 8)),
        ({"variant": "working_days", "count": 5}, date(2026, 10, 9)),
        ({"variant": "beijing", "count": 7}, date(2026, 10, 5)),
    ],
)
def test_t03_the_variants_other_offices_use(call, params, due):
    with call.read() as session:
        edition, calendar = rulebook.edition(session, date(2026, 9, 27)), work_calendar(session)
    rule = replace(edition.rules["PST-01"], params=params)
    edition = replace(edition, rules={**edition.rules, "PST-01": rule})
    found = rules_dues.passport_return_due(
        date(2026, 9, 27), edition, calendar, exit_on=date(2026, 9, 21), approved_days=7
    )
    assert found.on == due


def test_t04_nine_days_are_too_many_for_two_countries_of_europe(office):
    plan = Plan(
        countries=(("FR", "巴黎"), ("IT", "罗马")),
        exit_on=date(2026, 6, 1),
        entry_on=date(2026, 6, 9),
        standard={},
    )
    ready = draft(office.clerk, plan)
    (found,) = of(findings(office.clerk, ready), "ITN-01")
    assert (found.stops, found.actual, found.limit) == (True, "9", "8")
    with pytest.raises(RuleBroken) as caught:
        office.submit(ready)
    assert "ITN-01" in {f.rule for f in caught.value.findings}


def test_t04_but_not_for_two_of_africa_with_poor_connections(office):
    plan = Plan(
        countries=(("KE", "内罗毕"), ("TZ", "达累斯萨拉姆")),
        exit_on=date(2026, 6, 1),
        entry_on=date(2026, 6, 9),
        poor_connection=True,
        standard={},
    )
    found = findings(office.clerk, draft(office.clerk, plan))
    (days,) = of(found, "ITN-02")
    assert (days.stops, days.actual, days.limit) == (False, "9", "9")
    assert of(found, "ITN-01") == []


def chile_and_brazil(transit):
    return Plan(
        countries=(("CL", "圣地亚哥"), ("BR", "巴西利亚")),
        exit_on=date(2026, 6, 1),
        entry_on=date(2026, 6, 10),
        poor_connection=True,
        transit=(("FR", "巴黎", transit),),
        standard={},
    )


def test_t05_a_stop_inside_the_airport_is_no_country(office):
    found = findings(office.clerk, draft(office.clerk, chile_and_brazil(Transit.AIRSIDE)))
    (days,) = of(found, "ITN-02")
    assert (days.stops, days.actual, days.limit) == (True, "10", "9")
    (countries,) = of(found, "ITN-03")
    assert (countries.stops, countries.actual, countries.limit) == (False, "2", "3")


def test_t05_a_night_outside_is_the_third_country_and_needs_a_letter_of_its_own(office):
    found = findings(office.clerk, draft(office.clerk, chile_and_brazil(Transit.LANDSIDE)))
    (countries,) = of(found, "ITN-03")
    assert (countries.stops, countries.actual) == (False, "3")
    (days,) = of(found, "ITN-02")
    assert (days.stops, days.limit) == (True, "9")
    assert any(f.stops for f in of(found, "DOC-01"))
