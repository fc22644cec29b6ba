"""Bodies no reader should agree to understand: the API refuses them in words."""

import json

import pytest

from webapp.accounts.service_sign_in import make_api_token
from webapp.core.permissions import Role
from webapp.trips import service_draft
from webapp.trips.commands import DraftTrip

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

JSON_FAULTS = {
    "broken": b'{"version": ',
    "deep": b"[" * 100_000,
    "deep objects": b'{"version":' * 50_000,
    "not a number": b'{"version": NaN}',
    "without end": b'{"version": Infinity}',
    "huge number": b'{"version": 1' + b"0" * 5000 + b"}",
    "twice": b'{"version": 1, "version": 2}',
    "a lone surrogate": b'{"version": "\\ud800"}',
    "NUL": b'{"version": "\\u0000"}',
    "a list": b"[1]",
    "a text": b'"1"',
    "nothing": b"",
    "not UTF-8": b'{"version": "\xff\xfe"}',
    "a bool": b'{"version": true}',
    "half": b'{"version": 1.5}',
    "a list inside": b'{"version": [1]}',
}


@pytest.mark.parametrize("what", JSON_FAULTS)
def test_the_api_refuses_what_it_cannot_take(app, call, make_actor, what):
    actor = make_actor(Role.CLERK)
    token = make_api_token(call.as_actor(actor), "x")
    browser = app.test_client()
    head = {"Authorization": f"Bearer {token}"}
    ref = service_draft.create(call.as_actor(actor), DraftTrip(title="团组")).ref
    answer = browser.post(
        f"/api/v1/trips/{ref}/submit", data=JSON_FAULTS[what], headers=head, content_type="application/json"
    )
    assert answer.status_code in (400, 415, 422), answer.text[:200]
    assert answer.json["message"]


def test_the_api_takes_no_field_it_does_not_know(app, call, make_actor):
    actor = make_actor(Role.CLERK)
    token = make_api_token(call.as_actor(actor), "x")
    ref = service_draft.create(call.as_actor(actor), DraftTrip(title="团组")).ref
    extra = {f"extra_{number}": number for number in range(12)}
    answer = app.test_client().post(
        f"/api/v1/trips/{ref}/submit",
        json={"version": 1} | extra,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 422
    assert set(extra) <= set(json.dumps(answer.json["fields"]).replace('"', " ").replace(":", " ").split())
