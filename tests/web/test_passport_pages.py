"""The custodian's page, and what a unit's clerk reads there."""

from datetime import date, datetime

import pytest

from tests.trip_stories import Office, Plan, draft, explain
from webapp.core.clock import SHANGHAI
from webapp.core.permissions import Role
from webapp.trips import service_travel
from webapp.trips.commands import RecordCrossing, RecordEntry


@pytest.fixture
def permitted(call, make_actor, clock):
    office = Office(call, make_actor)
    plan = Plan(members=2, exit_on=date(2026, 4, 13), entry_on=date(2026, 4, 17))
    ready = draft(office.clerk, plan)
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    office.through_the_unit(trip)
    office.through_the_office(trip)
    clock.set(datetime(2026, 4, 10, 10, tzinfo=SHANGHAI))
    return office, trip


def test_a_custodian_hands_out_and_takes_back_on_one_page(permitted, client, clock):
    office, trip = permitted
    custodian = client(Role.PASSPORT_CUSTODIAN)
    assert "30 天内出境，待领出" in custodian.get("/passports").text
    out = f"/passports/{trip.ref}/1/out"
    empty = custodian.post(out, data={"on_day": "2026-04-10"})
    assert empty.status_code == 422
    assert "请选择证照，或填写证照号码" in empty.text
    future = custodian.post(out, data={"on_day": "2026-04-11", "passport_number": "PE1234578"})
    assert "不能是将来的日期" in future.text
    short = {"on_day": "2026-04-10", "passport_number": "12", "expires_on": "2030-01-01"}
    assert 'id="f-passport_number"' in custodian.post(out, data=short).text
    form = {"on_day": "2026-04-10", "passport_number": "pe 1234578", "expires_on": "2030-01-01"}
    assert custodian.post(out, data=form).location.endswith("/passports")
    page = custodian.get("/passports").text
    assert "PE*****78" in page
    assert "PE1234578" not in page
    clock.set(datetime(2026, 4, 13, 20, tzinfo=SHANGHAI))
    service_travel.depart(office.clerk, RecordCrossing(trip.ref, date(2026, 4, 13)))
    clock.set(datetime(2026, 4, 17, 20, tzinfo=SHANGHAI))
    service_travel.come_back(office.clerk, RecordEntry(number=trip.ref, on_day=date(2026, 4, 17)))
    clock.set(datetime(2026, 4, 27, 10, tzinfo=SHANGHAI))
    custodian = client(Role.PASSPORT_CUSTODIAN)
    assert custodian.get("/passports").text.count("逾期 3 天") == 2
    back = custodian.post(f"/passports/{trip.ref}/1/in", data={"on_day": "2026-04-27", "note": ""})
    assert back.status_code == 303
    assert custodian.get("/passports").text.count("逾期 3 天") == 1
    assert custodian.post(f"/passports/{trip.ref}/9/in", data={"on_day": "2026-04-27"}).status_code == 404


def test_the_clerk_reads_what_is_out_and_finds_no_button(permitted, client):
    _office, trip = permitted
    clerk = client(Role.CLERK)
    page = clerk.get("/passports").text
    assert "成员乙" in page
    assert "登记领出" not in page
    assert clerk.post(f"/passports/{trip.ref}/1/out", data={"on_day": "2026-04-10"}).status_code == 403
    assert "成员乙" not in client(Role.CLERK, unit="jyj").get("/passports").text


def test_the_banner_names_a_unit_that_may_not_submit(permitted, client, clock):
    office, trip = permitted
    clock.set(datetime(2026, 4, 17, 20, tzinfo=SHANGHAI))
    service_travel.depart(office.clerk, RecordCrossing(trip.ref, date(2026, 4, 13)))
    service_travel.come_back(office.clerk, RecordEntry(number=trip.ref, on_day=date(2026, 4, 17)))
    clock.set(datetime(2026, 5, 25, 10, tzinfo=SHANGHAI))
    assert "停办新申请的单位" in client(Role.CLERK).get("/passports").text
