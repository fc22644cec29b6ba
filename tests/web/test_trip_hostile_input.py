"""Strings made to break systems, typed into every field of the application: kept inert or refused, never a fault."""

import json

import pytest

from tests.conftest import real_data
from tests.web.test_trip_pages import base_of, text
from webapp.core.permissions import Role


@pytest.fixture
def clerk(client):
    return client(Role.CLERK)


FIELDS = ("title", "purpose", "plan_item", "fund_source", "contact")


def groups(strings, size):
    """The strings in handfuls, so that one request carries one for each field."""
    return [strings[start : start + size] for start in range(0, len(strings), size)]


@pytest.mark.real_data
def test_hostile_strings_in_every_field_do_no_harm(clerk):
    strings = json.loads(real_data("strings/blns.json").read_text(encoding="utf-8"))
    clerk.post("/trips/new", data={"title": "团组"})
    address = "/trips/D-2026-001/edit/task"
    saved = 0
    for hostile in groups(strings, len(FIELDS)):
        values = dict(zip(FIELDS, hostile, strict=False)) | {"base": base_of(clerk.get(address))}
        answer = clerk.post(address, data=values)
        assert answer.status_code in (303, 422), hostile
        saved += answer.status_code == 303
        page = text(answer) if answer.status_code == 422 else text(clerk.get(address))
        for one in hostile:
            if "<" in one:
                assert one.strip() not in page, one
    assert saved
    assert clerk.get("/trips").status_code == 200
    assert clerk.get("/trips/D-2026-001/check").status_code == 200


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("section", "columns"),
    [
        ("members", ("name", "post", "unit_code")),
        ("legs", ("from_city", "to_city", "to_country", "depart_on")),
        ("slots", ("what", "on_day")),
        ("invitations", ("inviter", "signatory", "purpose", "profile", "countries")),
        ("budget", ("city", "note", "currency", "claimed", "persons", "rate")),
    ],
)
def test_hostile_strings_in_every_cell_do_no_harm(clerk, section, columns):
    strings = json.loads(real_data("strings/blns.json").read_text(encoding="utf-8"))
    clerk.post("/trips/new", data={"title": "团组"})
    address = f"/trips/D-2026-001/edit/{section}"
    for number, hostile in enumerate(groups(strings, 40)):
        for column in columns:
            data = {}
            for row, one in enumerate(hostile):
                data |= {f"{section}-{row}-key": f"n{number}-{row}", f"{section}-{row}-{column}": one}
            answer = clerk.post(address, data=data)
            assert answer.status_code in (303, 409, 422), (column, hostile)
    assert clerk.get(address).status_code == 200
