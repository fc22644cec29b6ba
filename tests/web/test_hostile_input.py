"""Hostile input through the browser's door: every form, every address, the API. Refused in words or shown inert.

Forms and their fields are found by watching which schema a route loads; a new form is covered without being named.
"""

import html
import itertools
import json
import re
import unicodedata

import pytest
from marshmallow import Schema, ValidationError, fields

from tests import factories
from tests.arch.sources import ROOT
from tests.browser.furnished import desks
from tests.conftest import PG, real_data
from tests.web.inspector import faults_of
from tests.web.test_trip_pages import base_of
from webapp.core.fields import Given
from webapp.core.http import policy_of
from webapp.core.permissions import ROLE_PERMISSIONS, Role
from webapp.trips.schemas import MemberSchema

# PostgreSQL is the stricter of the two: it takes no NUL and no number beyond its integers.
pytestmark = pytest.mark.parametrize("database", ["postgresql" if PG else "sqlite"], indirect=True)

ODD = [
    "a\x00b",
    "a\u202egpj.exe",
    "x" * 60_000,
    "{{7*7}}${7*7}<%=7*7%>",
    "%252e%252e/%2e",
    "\r\nSet-Cookie: a=b",
    "=1+1",
]
# They end the browser's own session, or hand out links; their fields are tried in the schemas' own test.
ENDING = {
    "accounts.sign_out",
    "accounts.end_my_sessions",
    "accounts.post_sign_in",
    "accounts.change_password",
}


@pytest.fixture
def strings():
    return json.loads(real_data("strings/blns.json").read_text(encoding="utf-8"))


@pytest.fixture
def loaded(monkeypatch):
    """The schemas that were loaded since the list was last emptied; loading itself is untouched."""
    seen, load = [], Schema.load

    def watched(self, *args, **kwargs):
        seen.append(self)
        return load(self, *args, **kwargs)

    monkeypatch.setattr(Schema, "load", watched)
    return seen


@pytest.fixture
def office(app, call, clock, make_actor, runtime):
    """Work on every desk, and for each role a browser; `office(permission)` is one that may."""
    for desk in desks(call, clock, make_actor, runtime.settings):
        del desk
    browsers = {}

    def somebody(endpoint):
        wanted = policy_of(app, endpoint).permission
        role = (
            Role.SECURITY_ADMIN
            if wanted is None and endpoint.startswith("accounts_admin")
            else Role.SECTION_CHIEF
        )
        role = role if wanted is None else next(r for r in Role if wanted in ROLE_PERMISSIONS[r])
        unit = (
            "jh"
            if role in {Role.SECTION_CHIEF, Role.CASE_OFFICER, Role.COUNTER_CLERK, Role.FAO_DIRECTOR}
            else "swj"
        )
        if role not in browsers:
            browsers[role] = factories.signed_in_client(app, call, role, unit=unit)
        return browsers[role]

    return somebody


# What stands in addresses where the office of the tests has something.
THERE = {
    "trips": "CG-2026-001", "trips_edit": "D-2026-001", "trips_review": "CG-2026-002", "trips_after": "CG-2026-001",
    "approvals": "CG-2026-002", "approvals_leaders": "CG-2026-001", "incident": "AJ-2026-001", "people": 1,
}  # fmt: skip
VALUES = {
    "kind": "trip", "period": "2026-03", "scope": "swj", "year": 2026, "place": 1, "login": "lizy", "rule": "DEL-01",
    "token": "x" * 43, "name": "task", "version": 2,
}  # fmt: skip


QUERIES = ["a\x00b", "'\"><svg onload=alert(1)>{{7*7}}" + "x" * 3000, "9" * 40, "2026-13-45T99:99"]
PLACES = ["%00", "%E2%80%AE", "%FF", "..%2F..%2Fetc%2Fpasswd", "'%20OR%201=1--", "9" * 400]


def place(rule):
    """The values of an address: what the office of the tests has, where it has something."""
    blueprint = rule.endpoint.split(".")[0]
    known = {
        "number": THERE.get(blueprint, 0 if "<int:number>" in rule.rule else "none"),
        "code": {"rulebook": "PLN-01", "approvals_routes": "R1"}.get(blueprint, "swj"),
    }
    other = "00000000-0000-0000-0000-000000000007"
    return {name: known.get(name, VALUES.get(name, other)) for name in rule.arguments}


def gets(app):
    """(endpoint, path) of every page."""
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static" and not rule.rule.startswith("/api/v1"):
            path = app.url_map.bind("127.0.0.1:8000").build(rule.endpoint, place(rule), method="GET")
            yield rule.endpoint, path.removeprefix("http://127.0.0.1:8000")


def posts(app):
    """(endpoint, path) of every route that changes something, leading to something that is there where possible."""
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.rule.startswith("/api/") or rule.endpoint in ENDING:
            continue
        values = place(rule)
        names = ["task", "members", "legs", "slots", "invitations", "budget", "explanations"]
        for name in names if "name" in values else [None]:
            path = app.url_map.bind("127.0.0.1:8000").build(
                rule.endpoint, values | ({"name": name} if name else {}), method="POST"
            )
            yield rule.endpoint, path.removeprefix("http://127.0.0.1:8000")


def text_names(schema, prefix=""):
    """The names under which a form carries the schema's texts, with the longest each may be."""
    for name, field in schema.fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            for column, longest in text_names(inner.schema):
                yield f"{name}-{{}}-{column}", longest
        elif isinstance(inner, fields.String) and not isinstance(inner, Given) and not field.dump_only:
            yield f"{prefix}{field.data_key or name}", getattr(inner, "most", 60)


def packed(strings, longest):
    """All the strings in as few values as a field holds: one after the other, with marks between them."""
    values, line = [], ""
    for text in (whole[:longest] for whole in strings):
        if line and len(line) + len(text) + 1 > longest:
            values.append(line)
            line = ""
        line = f"{line} {text}" if line else text
    return [*values, line]


def filled(names, values, turn, row):
    """A form with the next values in every field; rows get a key as the page would give them."""
    form = {}
    for place, (name, _) in enumerate(names):
        form[name.format(row)] = values[place][turn % len(values[place])]
    return form


@pytest.mark.real_data
def test_every_form_takes_every_hostile_string_without_a_fault_and_shows_it_inert(
    app, office, loaded, strings
):
    marked = [text for text in strings if any(mark in text for mark in "<>\"'&{}%$`\\=;")]
    wrong, tried = [], 0
    for endpoint, path in posts(app):
        browser = office(endpoint)

        def sent(form, browser=browser, endpoint=endpoint, path=path):
            answer = browser.post(path, data=form)
            if answer.status_code >= 500 or (found := faults_of(answer)):
                wrong.append((endpoint, answer.status_code or found, str(form)[:60]))

        loaded.clear()
        sent({"title": "x"})
        names = [pair for schema in loaded[:1] for pair in text_names(schema)]
        values = [packed(marked, min(longest, 400)) for _, longest in names]
        for turn in range(min(2, max(map(len, values), default=0))):
            sent(filled(names, values, turn, turn))
        for turn in range(2):  # every field meets two of them, neighbours different ones
            odd = [ODD[(place + turn * 3 + tried) % len(ODD)] for place in range(len(names) or 1)]
            sent(dict(zip([name.format(0) for name, _ in names] or ["reason"], odd, strict=True)))
        tried += bool(names)
    assert wrong == []
    assert tried > 40


def test_no_address_and_no_query_is_a_fault(app, office):
    """The names of queries are found in the views; all are sent at once to every page."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "webapp").glob("*/views*.py"))
    names = set(re.findall(r'args\.get\("(\w+)"', source)) | {"edition", "tab", "lang"}
    assert len(names) > 15
    wrong = []
    for endpoint, path in gets(app):
        browser = office(endpoint)
        for turn, odd in enumerate(QUERIES):
            answer = browser.get(path, query_string=dict.fromkeys(names, odd) | {"q": [odd, "x"]})
            if (answer.status_code >= 500 and endpoint != "system.healthz") or faults_of(answer):
                wrong.append((endpoint, turn, answer.status_code, faults_of(answer)))
    assert wrong == []


def test_no_odd_place_in_an_address_is_a_fault(app, office):
    wrong = []
    rules = [rule for rule in app.url_map.iter_rules() if rule.arguments and rule.endpoint != "static"]
    for rule, odd in itertools.product(rules, PLACES):
        path = re.sub(r"<[^>]+>", odd, rule.rule)
        answer = office(rule.endpoint).open(path, method="GET" if "GET" in rule.methods else "POST")
        if answer.status_code >= 500 or faults_of(answer):
            wrong.append((rule.endpoint, answer.status_code))
    assert wrong == []


@pytest.mark.real_data
def test_what_is_stored_comes_back_as_it_was_typed(client, strings):
    """In handfuls, as the names of a delegation: the page shows again what was typed."""
    clerk = client(Role.CLERK)
    clerk.post("/trips/new", data={"title": "团组"})
    address = "/trips/D-2026-001/edit/members"
    field = MemberSchema().fields["name"]
    kept = [text.strip() for text in strings if accepted(field, text) and text.strip()]
    assert len(kept) > 300
    for start in range(0, len(kept), 60):
        form = {"base": base_of(clerk.get(address))}
        for row, text in enumerate(kept[start : start + 60]):
            form |= {f"members-{row}-key": f"n{start}-{row}", f"members-{row}-name": text}
        answer = clerk.post(address, data=form)
        assert answer.status_code == 303, answer.text
        page = clerk.get(address)
        shown = [
            html.unescape(value)
            for value in re.findall(r'name="members-\d+-name"[^>]*? value="([^"]*)"', page.text)
        ]
        wanted = [unicodedata.normalize("NFC", text) for text in kept[start : start + 60]]
        assert [name for name in shown if name] == wanted
        assert faults_of(page) == []


def accepted(field, text):
    try:
        return bool(field.deserialize(text))
    except ValidationError:
        return False


def test_a_field_sent_twice_or_one_the_form_does_not_have_is_refused_or_harmless(client):
    clerk = client(Role.CLERK)
    answer = clerk.post("/trips/new", data={"title": "甲", "state": "approved", "unit_code": "wb"})
    assert answer.status_code == 422
    answer = clerk.post("/trips/new", data={"title": ["甲", "乙"]})
    assert answer.status_code == 303
    page = clerk.get("/trips").text
    assert "甲" in page
    assert "乙" not in page
