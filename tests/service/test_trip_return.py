"""A delegation home again: the return confirmed and the claim settled, each judged, kept and written into the log."""

from datetime import date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.trip_stories import Office, Plan, draft, explain
from webapp.core.clock import SHANGHAI
from webapp.core.errors import Forbidden, NotAllowedNow, NotFound, RuleBroken
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.deadlines import queries as deadlines
from webapp.trips import queries, service_passports, service_return, service_travel, service_waivers
from webapp.trips.commands import (
    AskWaiver,
    ExplainReturn,
    FileReport,
    MovePassport,
    NumberedTrip,
    RecordCrossing,
    RecordEntry,
    RecordPublication,
    RecordReimbursement,
)
from webapp.trips.states import TripState

LEFT, BACK = date(2026, 4, 12), date(2026, 4, 17)  # permitted from the 13th: a day more


def at(clock, day, hour=10):
    clock.set(datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI))


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


@pytest.fixture
def home(office, clock):
    """One traveller, out on a red-eye flight the evening before the permitted day, back as permitted."""
    ready = draft(office.clerk, Plan(members=1, exit_on=date(2026, 4, 13), entry_on=BACK))
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 3, 2))
    at(clock, date(2026, 3, 10))
    office.confirm_notice(trip)
    office.through_the_unit(trip)
    office.through_the_office(trip)
    at(clock, LEFT, 23)
    service_travel.depart(office.clerk, RecordCrossing(trip.ref, LEFT))
    at(clock, BACK, 20)
    return service_travel.come_back(office.clerk, RecordEntry(number=trip.ref, on_day=BACK, is_red_eye=True))


def claim(trip, on, **change):
    fitting = {
        "number": trip.ref,
        "claimed_on": on,
        "amount": Decimal("18000.50"),
        "days": 5,
        "people": 1,
        "countries": ("DE",),
    }
    papers = dict.fromkeys(
        ("has_border_record", "is_in_chinese", "has_head_signature", "is_paid_by_transfer"), True
    )
    return RecordReimbursement(**fitting | papers | change)


def entry(call, action):
    with call.read() as session:
        return session.scalars(sa.select(AuditEntry).where(AuditEntry.action == action)).one()


def test_a_late_return_is_confirmed_with_the_units_words_and_stays_in_the_record(
    office, call, make_actor, clock, home
):
    at(clock, date(2026, 4, 27))
    custodian = call.as_actor(make_actor(Role.PASSPORT_CUSTODIAN))
    back = MovePassport(
        number=home.ref,
        place=1,
        on_day=date(2026, 4, 27),
        passport_number="PE1234567",
        expires_on=date(2030, 1, 1),
    )
    report = FileReport(home.ref, *["如实记录"] * 4)
    service_return.file_report(office.clerk, report)
    service_return.publish(office.clerk, RecordPublication(home.ref, date(2026, 4, 27), "公示栏"))
    with pytest.raises(RuleBroken) as owed:
        service_return.confirm_return(office.clerk, NumberedTrip(home.ref))
    assert (owed.value.code, [line.rule for line in owed.value.findings]) == ("unmet_at_return", ["PST-01"])
    with pytest.raises(NotAllowedNow):  # nobody waives what is owed after the return
        service_waivers.ask_waiver(office.clerk, AskWaiver(home.ref, "PST-01", "请予通融"))

    service_passports.take_back(custodian, back)
    with pytest.raises(RuleBroken) as silent:
        service_return.confirm_return(office.clerk, NumberedTrip(home.ref))
    assert silent.value.code == "return_unexplained"
    assert [line.rule for line in silent.value.findings] == ["PST-01", "PST-03"]

    service_return.explain_return(office.clerk, ExplainReturn(home.ref, "红眼航班；归还日出差。"))
    with call.read() as session:
        (statement,) = [row for row in deadlines.of_subject(session, home.id) if "statement" in row.kind]
    assert (statement.due_at, statement.state.value) == (
        datetime(2026, 4, 25, tzinfo=SHANGHAI),  # five working days: until 24:00 of the 24th
        "met_late",
    )
    service_return.confirm_return(office.clerk, NumberedTrip(home.ref))
    logged = entry(call, "return.confirmed")
    assert {
        name: logged.public["figures"][name]
        for name in logged.public["figures"]
        if "late" in name or name == "days_over"
    } == {
        "passports_late": 1,
        "passport_late_days": 3,
        "report_late_days": 0,
        "publication_late_days": 0,
        "days_over": 1,
    }
    with call.read() as session:
        kept = queries.after_trip(session, home.id)
        assert {item["rule"] for item in kept.return_findings["items"]} == {
            "PST-01",
            "PST-03",
            "PST-04",
            "PST-05",
        }
    for act, cmd in (
        (service_return.file_report, report),
        (service_return.explain_return, ExplainReturn(home.ref, "另一种说法")),
        (service_return.confirm_return, NumberedTrip(home.ref)),
    ):
        with pytest.raises(NotAllowedNow):
            act(office.clerk, cmd)
    with pytest.raises(NotAllowedNow):  # the claim is not settled yet
        service_return.close(office.clerk, NumberedTrip(home.ref))


def test_the_units_finance_settles_the_claim_once_by_permit_and_papers(office, call, make_actor, clock, home):
    at(clock, date(2026, 5, 20))  # due on the 18th: the 17th is a Sunday
    on = date(2026, 5, 20)
    for stranger, refusal in (
        (make_actor(Role.FINANCE, unit="jyj"), NotFound),
        (make_actor(Role.PASSPORT_CUSTODIAN), Forbidden),
    ):
        with pytest.raises(refusal):
            service_return.reimburse(call.as_actor(stranger), claim(home, on))
    with pytest.raises(RuleBroken) as unfit:  # the day of the red-eye flight is not paid for (T08)
        service_return.reimburse(office.finance, claim(home, on, days=6, is_in_chinese=False))
    assert [line.rule for line in unfit.value.findings] == ["PST-06", "PST-06"]
    with pytest.raises(RuleBroken) as late:
        service_return.reimburse(office.finance, claim(home, on))
    assert late.value.code == "claim_unexplained"
    service_return.reimburse(office.finance, claim(home, on, reason="外方发票迟到。"))
    logged = entry(call, "reimbursement.recorded")
    assert {
        name: logged.public["figures"][name] for name in ("amount_fen", "days", "persons", "late_days")
    } == {
        "amount_fen": 1800050,
        "days": 5,
        "persons": 1,
        "late_days": 2,
    }
    with pytest.raises(NotAllowedNow):
        service_return.reimburse(office.finance, claim(home, on))
    assert office.read(home).state is TripState.BACK
