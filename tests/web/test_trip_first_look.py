"""What somebody sees who fills in or signs a trip for the first time."""

import re
from datetime import date, datetime

import pytest

from tests.trip_stories import Office, draft, explain
from webapp.core.clock import SHANGHAI
from webapp.core.permissions import Role


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


def text(response):
    return response.get_data(as_text=True)


def test_what_is_only_due_at_a_later_step_is_shown_as_such_before_submission(client, office):
    page = text(client(Role.CLERK).get(f"/trips/{draft(office.clerk).ref}/check"))
    assert "1 项以后办" in page
    assert "不影响提交，受理前办好。" in page
    assert "项不符合" not in page


def test_the_half_days_of_the_trip_are_laid_out_and_the_members_rows_start_with_one_head(client):
    clerk = client(Role.CLERK)
    clerk.post("/trips/new", data={"title": "团组"})
    legs = {"legs-0-key": "a", "legs-0-depart_on": "2026-05-18", "legs-0-to_country": "德国"}
    home = {
        "legs-1-key": "b",
        "legs-1-arrive_on": "2026-05-19",
        "legs-1-to_country": "中国",
        "legs-1-transit": "home",
    }
    clerk.post("/trips/D-2026-001/edit/legs", data={**legs, **home, "base": "{}"})
    page = text(clerk.get("/trips/D-2026-001/edit/slots"))
    assert (
        re.findall(r'name="slots-\d-on_day"[^>]*value="([^"]+)"', page)
        == ["2026-05-18"] * 2 + ["2026-05-19"] * 2
    )
    assert page.count('value="1" aria-label') == page.count("checked>") == 4
    page = text(clerk.get("/trips/D-2026-001/edit/members"))
    assert page.count('value="head" selected') == 1
    assert page.count('value="member" selected') == 2
    assert 'value="minister" selected' not in page


def test_a_signature_refused_comes_back_on_the_trips_own_page_beside_its_findings(client, office, clock):
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    lead = client(Role.UNIT_FA_LEAD)
    page = text(lead.get(f"/trips/{trip.ref}"))
    form = {
        n: re.search(rf'name="{n}" value="([^"]*)"', page)[1] for n in ("slot", "content_hash", "_version")
    }
    refused = lead.post(f"/approvals/trip/{trip.ref}/decision", data={**form, "verdict": "approve"})
    assert refused.status_code == 422
    assert "请先看过需要注意的核查结果" in text(refused)
    assert "申请单位说明" in text(refused)
    agreed = lead.post(
        f"/approvals/trip/{trip.ref}/decision", data={**form, "verdict": "approve", "findings_seen": "1"}
    )
    assert agreed.location == f"/inbox?done=approve&number={trip.ref}"
