"""Every role against every route: who has the permission gets in, everybody else is told no, nobody a fault."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from webapp.core.db import Base
from webapp.core.http import policy_of
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import ROLE_PERMISSIONS, Role
from webapp.core.problems import REFUSED

# Who may do what does not hang on the kind of database; one kind keeps the table of 22 roles affordable.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

# What stands in an address where nothing exists: an unknown number is 404 for all, never a fault.
UNKNOWN = {
    "uuid": str(uuid.UUID(int=7)),
    "whole": "999999",
    "default": "no-such-thing",
    "path": "no/such",
    "string": "no",
}


# No worker and no clock run beside these tests, and the page of health says so with 503.
UNWELL_IN_TESTS = {"static", "system.healthz"}


def routes(app, method):
    for rule in app.url_map.iter_rules():
        if rule.endpoint in UNWELL_IN_TESTS or method not in rule.methods:
            continue
        values = {name: UNKNOWN.get(type(c).__name__.removesuffix("Converter").lower(), "no-such-thing")
                  for name, c in rule._converters.items()}  # fmt: skip
        with app.test_request_context():
            path = app.url_map.bind("127.0.0.1:8000").build(rule.endpoint, values, method=method)
        if path.startswith("/api/v1/"):
            continue  # programs with tokens: a browser's session is no key there (tests of the API hold it)
        yield rule.endpoint, path.removeprefix("http://127.0.0.1:8000"), bool(values)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_exactly_the_pages_its_permissions_name(app, client, role):
    browser = client(role, unit="wb")
    for endpoint, path, has_values in routes(app, "GET"):
        rule = policy_of(app, endpoint)
        status = browser.get(path).status_code
        assert status < 500, f"{path} answers {status}"
        if rule.permission is not None and rule.permission not in ROLE_PERMISSIONS[role]:
            assert status == 403, f"{role} got {status} at {path}"
        elif rule.permission is not None and not has_values:
            assert status in (200, 302, 303, 404), f"{role} got {status} at {path}"


@pytest.mark.parametrize("role", list(Role))
def test_an_empty_form_is_a_refusal_in_words_or_a_harmless_yes_but_never_a_fault(app, client, role, database):
    browser = client(role, unit="wb")
    told = 0
    for endpoint, path, _ in routes(app, "POST"):
        if endpoint.startswith("accounts.") or "sign" in endpoint:
            continue  # they end this browser's own session
        rule = policy_of(app, endpoint)
        status = browser.post(path, data={}).status_code
        assert status < 500, f"{path} answers {status}"
        told += status in REFUSED
        if rule.permission is not None and rule.permission not in ROLE_PERMISSIONS[role]:
            assert status == 403, f"{role} got {status} at {path}"
    assert told
    assert len(refusals(database)) == told, "what was refused is logged, each time"


def refusals(database):
    with database.read() as session:
        query = sa.select(AuditEntry.public).where(AuditEntry.action == "request.refused")
        return [public["figures"] for public in session.scalars(query)]


def test_a_visitor_is_asked_to_sign_in_everywhere_but_on_public_pages(app, database, clock):
    visitor, told = app.test_client(), set()
    for endpoint, path, _ in routes(app, "GET"):
        if not policy_of(app, endpoint).public:
            answer = visitor.get(path)
            assert answer.status_code in (302, 401), path
    for endpoint, path, _ in routes(app, "POST"):
        if not policy_of(app, endpoint).public:
            clock.advance(timedelta(seconds=2))  # of strangers no more than sixty a minute are told
            assert visitor.post(path, data={}).status_code == 401, path
            told.add(endpoint)
    assert {entry["endpoint"] for entry in refusals(database)} >= told


def contents(database):
    """How many rows each table holds, and the sum of all versions: what reading must not move."""
    with database.read() as session:
        return {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }


# Downloads are reading that the log must know of.
LOGGED_READING = {"audit_entry", "audit_pending", "audit_salt"}


def test_no_page_changes_anything_by_being_looked_at(app, client, database):
    browser = client(Role.SECTION_CHIEF, unit="wb")
    before = contents(database)
    for _, path, _ in routes(app, "GET"):
        browser.get(path)
    after = contents(database)
    assert {t: n for t, n in after.items() if n != before[t] and t not in LOGGED_READING} == {}
