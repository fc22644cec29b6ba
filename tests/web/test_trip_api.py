"""The API: a token's person reads and submits what the pages would let them, and nothing by cookie."""

import pytest

from tests.trip_stories import Office, Plan, draft, explain
from webapp.accounts import service_sign_in
from webapp.core.permissions import Role

KEY = "0195e0a0-0000-7000-8000-00000000000a"


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


@pytest.fixture
def api(app):
    """`api(person)`: GET and POST with a token of that person."""

    class Browser:
        def __init__(self, who):
            self.client = app.test_client()
            token = service_sign_in.make_api_token(who, "报表程序")
            self.headers = {"Authorization": f"Bearer {token}"}

        def get(self, path):
            return self.client.get(f"/api/v1/trips{path}", headers=self.headers)

        def post(self, path, body=None, **headers):
            return self.client.post(
                f"/api/v1/trips{path}", json=body or {}, headers={**self.headers, **headers}
            )

    return Browser


@pytest.fixture
def ready(office):
    trip = draft(office.clerk)
    explain(office.clerk, trip.ref, "PLN-01")
    return trip


def test_the_list_and_the_detail_hold_what_the_person_may_see(api, office, ready):
    mine = api(office.clerk)
    assert [row["number"] for row in mine.get("").json["trips"]] == [ready.ref]
    found = mine.get(f"/{ready.ref}").json
    assert found["legs"][0]["to_country"] == "DE"
    assert found["members"][0]["role"] == "head"
    assert len(found["budget"]) == 4
    stranger = api(office.system.as_actor(office._make(Role.CLERK, unit="jyj")))
    assert stranger.get("").json == {"trips": [], "next": ""}
    assert stranger.get(f"/{ready.ref}").status_code == 404


def test_submitting_gives_the_number_and_the_same_key_gives_it_again(api, office, ready):
    mine = api(office.clerk)
    first = mine.post(f"/{ready.ref}/submit", **{"Idempotency-Key": KEY})
    again = mine.post(f"/{ready.ref}/submit", **{"Idempotency-Key": KEY})
    assert [answer.json["number"] for answer in (first, again)] == ["CG-2026-001", "CG-2026-001"]
    assert first.json["state"] == "in_review"


def test_a_rule_that_stands_against_it_is_answered_with_its_code(api, office):
    trip = draft(office.clerk, Plan(members=7))
    explain(office.clerk, trip.ref, "PLN-01")
    answer = api(office.clerk).post(f"/{trip.ref}/submit")
    assert (answer.status_code, answer.json["code"]) == (422, "rules_unmet")
    found = api(office.clerk).get(f"/{trip.ref}/findings").json
    assert ("DEL-01", "blocker") in {(line["rule"], line["verdict"]) for line in found}


def test_an_older_version_submits_nothing(api, office, ready):
    answer = api(office.clerk).post(f"/{ready.ref}/submit", {"version": 1})
    assert (answer.status_code, answer.json["code"]) == (409, "out_of_date")


@pytest.mark.parametrize("body", [{"version": "1"}, {"version": 1.5}, {"vers": 1}, [1], "x", None])
def test_a_body_that_says_something_else_is_refused(api, office, ready, body):
    answer = api(office.clerk).client.post(
        f"/api/v1/trips/{ready.ref}/submit", json=body, headers=api(office.clerk).headers
    )
    assert answer.status_code in (400, 422) or (body is None and answer.status_code == 200)
    assert answer.is_json


@pytest.mark.parametrize("token", ["", "x", "Bearer", "Basic abc", "Bearer " + "a" * 5000])
def test_without_a_token_there_is_nothing_and_a_cookie_is_none(client, office, ready, token):
    browser = client(Role.CLERK)
    for answer in (
        browser.get("/api/v1/trips", headers={"Authorization": token}),
        browser.post(f"/api/v1/trips/{ready.ref}/submit", json={}, headers={"Authorization": token}),
    ):
        assert answer.status_code == 401
        assert answer.json["code"] == "sign_in_needed"


def test_who_drafts_nothing_submits_nothing_by_token_either(api, office, ready):
    assert api(office.director).post(f"/{ready.ref}/submit").status_code == 403


def test_the_description_and_its_page_name_every_operation_and_fetch_nothing_from_elsewhere(app):
    browser = app.test_client()
    paths = browser.get("/openapi.json").json["paths"]
    assert set(paths) == {
        "/api/v1/trips",
        "/api/v1/trips/{number}",
        "/api/v1/trips/{number}/findings",
        "/api/v1/trips/{number}/submit",
    }
    page = browser.get("/api/docs").get_data(as_text=True)
    assert all(path in page for path in paths)
    assert "http://" not in page.replace("http://127.0.0.1", "").replace("http://www.w3.org", "")
    assert "https://" not in page
