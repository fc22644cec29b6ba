"""From submission to the permit, and every other end, through the services as people use them."""

from datetime import date, datetime, timedelta

import pytest

from tests.trip_stories import Office, Plan, draft, explain, save
from webapp.approvals import service_end
from webapp.approvals.commands import EndRequest
from webapp.approvals.states import Verdict
from webapp.core.clock import SHANGHAI, local_date
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound, RuleBroken
from webapp.core.permissions import Role
from webapp.trips import queries, service_review, service_travel, service_waivers
from webapp.trips.commands import (
    AskWaiver,
    DecideWaiver,
    NumberedTrip,
    PostNotice,
    RecordCrossing,
    RecordEntry,
    WithdrawTrip,
)
from webapp.trips.commands_sections import Section
from webapp.trips.states import TripState


def at(clock, day, hour=10):
    clock.set(datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI))


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


@pytest.fixture
def trip(office):
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    return ready


@pytest.fixture
def submitted(office, trip):
    return office.submit(trip)


def noticed(office, clock, trip):
    office.notice(trip, date(2026, 3, 2))
    at(clock, date(2026, 3, 10))
    office.confirm_notice(trip)


def test_a_submitted_trip_gets_its_number_and_goes_to_its_approvers(office, submitted):
    assert submitted.number == "CG-2026-001"
    assert (submitted.state, submitted.round) == (TripState.IN_REVIEW, 1)
    assert office.read(submitted, office.director).ref == "CG-2026-001"


def test_it_is_still_found_under_the_number_of_its_draft(office, trip, submitted):
    with office.clerk.read() as session:
        assert (
            queries.detail(session, office.clerk.actor, office.clerk.clock.now(), trip.draft_no).id == trip.id
        )


def test_what_was_submitted_is_no_longer_edited(office, submitted):
    with pytest.raises(NotAllowedNow):
        explain(office.clerk, submitted.ref, "DEL-02")


def test_notice_units_office_and_mayor_lead_to_a_permit(office, clock, submitted):
    noticed(office, clock, submitted)
    office.through_the_unit(submitted)
    office.through_the_office(submitted)
    trip = office.read(submitted)
    assert trip.state is TripState.APPROVED
    assert (trip.permit_no, trip.permit_on) == ("外出〔2026〕1号", date(2026, 3, 10))
    assert trip.rounds[-1].outcome == "approved"


def test_permits_of_a_year_are_numbered_without_a_gap(office, clock, submitted):
    second = draft(
        office.clerk,
        Plan(
            title="第二个团组",
            countries=(("JP", "东京"),),
            inviter="东京商会",
            standard={},
            exit_on=date(2026, 6, 8),
            entry_on=date(2026, 6, 11),
        ),
    )
    explain(office.clerk, second.ref, "PLN-01")
    second = office.submit(second)
    for one in (submitted, second):
        office.notice(one, date(2026, 3, 2))
    at(clock, date(2026, 3, 10))
    for one in (second, submitted):
        office.confirm_notice(one)
        office.through_the_unit(one)
        office.through_the_office(one)
    assert [office.read(one).permit_no for one in (second, submitted)] == [
        "外出〔2026〕1号",
        "外出〔2026〕2号",
    ]


def test_before_the_notice_has_run_nobody_can_confirm_it(office, clock, submitted):
    office.notice(submitted, date(2026, 3, 2))
    at(clock, date(2026, 3, 9), 23)
    with pytest.raises(NotAllowedNow):
        office.confirm_notice(submitted)


def test_returned_for_correction_it_is_edited_and_starts_a_new_round(office, clock, submitted):
    noticed(office, clock, submitted)
    office.sign(office.lead, submitted, Verdict.RETURN, "请补充任务说明")
    trip = office.read(submitted)
    assert (trip.state, trip.rounds[-1].outcome_reason) == (TripState.RETURNED, "请补充任务说明")
    explain(office.clerk, trip.ref, "PLN-01", "DEL-02")
    again = service_review.submit(office.clerk, NumberedTrip(trip.ref))
    assert (again.number, again.round, again.state) == ("CG-2026-001", 2, TripState.IN_REVIEW)
    office.through_the_unit(again)
    office.through_the_office(again)
    assert office.read(again).state is TripState.APPROVED


def test_refused_it_is_over(office, clock, submitted):
    noticed(office, clock, submitted)
    office.sign(office.lead, submitted, Verdict.REJECT, "任务不必要")
    assert office.read(submitted).state is TripState.REFUSED
    with pytest.raises(NotAllowedNow):
        office.submit(submitted)


def test_withdrawn_by_a_colleague_of_the_unit_it_is_over(office, submitted):
    service_review.withdraw(office.colleague, WithdrawTrip(submitted.ref, "行程取消"))
    trip = office.read(submitted)
    assert (trip.state, trip.rounds[-1].outcome) == (TripState.WITHDRAWN, "withdraw")


def test_nobody_outside_the_unit_withdraws_it(office, submitted):
    for who in (office.director, office.head, office.counter):
        with pytest.raises((Forbidden, NotAllowedNow)):
            service_review.withdraw(who, WithdrawTrip(submitted.ref, "x"))
    assert office.read(submitted).state is TripState.IN_REVIEW


def test_a_revoked_permit_ends_the_trip(office, clock, submitted):
    noticed(office, clock, submitted)
    office.through_the_unit(submitted)
    office.through_the_office(submitted)
    service_end.revoke(office.mayor, EndRequest(kind="trip", subject_id=submitted.id, reason="安全形势变化"))
    assert office.read(submitted).state is TripState.REVOKED


@pytest.mark.parametrize("section", [Section.LEGS, Section.MEMBERS])
def test_an_unfilled_application_is_not_submitted_and_says_what_is_missing(office, trip, section):

    save(office.clerk, trip.ref, section, ())
    with pytest.raises(Invalid) as caught:
        office.submit(trip)
    assert section.value in caught.value.fields


def test_what_needs_words_is_not_submitted_without_them(office):
    ready = draft(office.clerk)
    with pytest.raises(RuleBroken) as caught:
        office.submit(ready)
    assert {f.rule for f in caught.value.findings} == {"PLN-01"}


TOO_MANY = Plan(title="八人团", members=7)


@pytest.fixture
def too_many(office):
    ready = draft(office.clerk, TOO_MANY)
    explain(office.clerk, ready.ref, "PLN-01")
    return ready


def test_an_unmet_blocker_stops_the_submission(office, too_many):
    with pytest.raises(RuleBroken) as caught:
        office.submit(too_many)
    assert [f.rule for f in caught.value.findings] == ["DEL-01"]
    assert office.read(too_many).number is None


def test_an_exception_asked_for_travels_along_and_is_decided_by_the_final_approver_alone(
    office, clock, too_many
):
    service_waivers.ask_waiver(office.clerk, AskWaiver(too_many.ref, "DEL-01", "对方邀请名单所列"))
    sent = office.submit(too_many)
    for who in (office.director, office.head):
        with pytest.raises(Forbidden):
            service_waivers.decide_waiver(who, DecideWaiver(sent.ref, "DEL-01", True, "同意"))
    noticed(office, clock, sent)
    office.through_the_unit(sent)
    for who in (office.counter, office.officer, office.chief, office.director):
        office.sign(who, sent)
    with pytest.raises(RuleBroken):
        office.sign(office.mayor, sent)
    service_waivers.decide_waiver(office.mayor, DecideWaiver(sent.ref, "DEL-01", True, "情况属实"))
    office.sign(office.mayor, sent)
    assert office.read(sent).state is TripState.APPROVED


def test_a_rule_nobody_may_waive_and_a_rule_that_is_met_take_no_request(office, too_many):

    with pytest.raises(NotFound):
        service_waivers.ask_waiver(office.clerk, AskWaiver(too_many.ref, "ITN-01", "x"))


SEES = {
    Role.CLERK: ("swj", True), Role.UNIT_HEAD: ("swj", True), Role.COUNTER_CLERK: ("jh", True),
    Role.CASE_OFFICER: ("jh", True), Role.SECTION_CHIEF: ("jh", True), Role.FAO_DIRECTOR: ("jh", True),
    Role.AUDITOR: ("jh", True), Role.UNIT_FA_LEAD: ("jyj", False), Role.FINANCE: ("jyj", False),
    Role.PERSONNEL: ("jyj", False), Role.CITY_LEADER: ("jh", False), Role.TRAVELLER: ("swj", False),
    Role.DUTY_OFFICER: ("jh", False), Role.INCIDENT_OFFICER: ("jh", False), Role.INCIDENT_LEAD: ("jh", False),
    Role.SYSTEM_ADMIN: ("jh", False), Role.SECURITY_ADMIN: ("jh", False), Role.AUDIT_ADMIN: ("jh", False),
}  # fmt: skip


@pytest.mark.parametrize(("role", "unit", "sees"), [(r, u, s) for r, (u, s) in SEES.items()])
def test_who_sees_a_submitted_trip(call, office, submitted, make_actor, role, unit, sees):

    who = make_actor(role, unit=unit)
    with call.read() as session:
        found = queries.page(session, who, call.clock.now(), queries.Filter()).rows
    assert [row.ref for row in found] == (["CG-2026-001"] if sees else [])


@pytest.mark.parametrize("role", [Role.CLERK, Role.UNIT_HEAD])
def test_other_units_see_nothing(call, submitted, make_actor, role):

    who = make_actor(role, unit="jyj")
    with call.read() as session:
        assert queries.page(session, who, call.clock.now(), queries.Filter()).rows == []


def test_a_request_under_way_is_not_stopped_by_what_the_unit_owes_since(office, clock, submitted):
    """PST-02 stops new requests; one that lies before the city leader already was new when it was filed."""
    noticed(office, clock, submitted)
    other = draft(
        office.clerk, Plan(title="另一团", exit_on=date(2026, 3, 23), entry_on=date(2026, 3, 27), members=1)
    )
    explain(office.clerk, other.ref, "PLN-01")
    other = office.submit(other)
    service_review.post_notice(
        office.clerk, PostNotice(other.ref, "swj", local_date(clock.now()), "一楼公示栏")
    )
    clock.set(datetime(2026, 3, 18, 10, tzinfo=SHANGHAI))
    office.confirm_notice(other)
    office.through_the_unit(other)
    office.through_the_office(other)
    clock.set(datetime(2026, 3, 23, 20, tzinfo=SHANGHAI))
    service_travel.depart(office.clerk, RecordCrossing(other.ref, date(2026, 3, 23)))
    clock.set(datetime(2026, 3, 27, 20, tzinfo=SHANGHAI))
    service_travel.come_back(office.clerk, RecordEntry(number=other.ref, on_day=date(2026, 3, 27)))
    clock.set(datetime(2026, 5, 12, 10, tzinfo=SHANGHAI))  # passports due 3 April, 39 days over
    office.through_the_unit(submitted)
    office.through_the_office(submitted)
    assert office.read(submitted).state is TripState.APPROVED
    blocked = draft(
        office.clerk, Plan(title="新团", exit_on=date(2026, 9, 7), entry_on=date(2026, 9, 11), members=1)
    )
    explain(office.clerk, blocked.ref, "PLN-01")
    with pytest.raises(RuleBroken):
        office.submit(blocked)


def test_nobody_leaves_on_the_day_the_permit_is_dated(office, clock, submitted):
    """DOC-06: the permit is dated before the departure."""
    noticed(office, clock, submitted)
    office.through_the_unit(submitted)
    office.through_the_office(submitted)
    permit_on = office.read(submitted).permit_on
    with pytest.raises(RuleBroken) as caught:
        service_travel.depart(office.clerk, RecordCrossing(submitted.ref, permit_on))
    assert [(caught.value.code, line.rule, line.citation != "") for line in caught.value.findings] == [
        ("unmet_at_departure", "DOC-06", True)
    ]
    clock.advance(timedelta(days=1))
    left = service_travel.depart(office.clerk, RecordCrossing(submitted.ref, permit_on + timedelta(days=1)))
    assert left.state is TripState.TRAVELLING
