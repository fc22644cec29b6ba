"""Every role against things of others: a foreign trip, incident or file answers exactly like one that is not there.

The expectations are the office's own table of rights, written out here once more and independently of the code.
"""

import uuid
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from tests import cases, factories
from tests.trip_stories import Office, draft, explain
from webapp.approvals.states import Verdict
from webapp.attachments.models import Attachment
from webapp.core.clock import SHANGHAI
from webapp.core.http import policy_of
from webapp.core.permissions import ROLE_PERMISSIONS, Permission, Role
from webapp.digests import service as digests
from webapp.trips import service_review
from webapp.trips.commands import WithdrawTrip

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

OFFICE = {Role.COUNTER_CLERK, Role.CASE_OFFICER, Role.SECTION_CHIEF, Role.FAO_DIRECTOR}
# A grant covers a unit and what is below it. Who sees what was submitted there; co-signers and leaders must be asked.
SEES_UNIT = OFFICE | {Role.CLERK, Role.UNIT_HEAD, Role.PASSPORT_CUSTODIAN, Role.AUDITOR}
# Ordinary incidents the trade bureau leads; a duty officer's shift is over by the next day.
SEES_INCIDENT = OFFICE | {Role.INCIDENT_OFFICER, Role.INCIDENT_LEAD, Role.CLERK}
NOWHERE = "CG-2026-999"


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


@pytest.fixture
def trip(office):
    """Of the trade bureau, submitted, its notice run: the unit's foreign-affairs lead and finance are asked."""
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    sent = office.submit(ready)
    office.notice(sent, date(2026, 3, 2))
    office.system.clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(sent)
    return sent


def signed_in(app, call, role, unit):
    return factories.signed_in_client(app, call, role, unit=unit)


def expected(role, permission, seen):
    if permission not in ROLE_PERMISSIONS[role]:
        return 403
    return 200 if role in seen else 404


@pytest.mark.parametrize("unit", ["swj", "jh", "jyj"])
def test_a_trip_is_seen_by_its_unit_and_the_office_and_by_nobody_else(app, call, trip, unit):
    asked = {Role.UNIT_FA_LEAD, Role.FINANCE} if unit != "jyj" else set()
    seen = SEES_UNIT | asked if unit != "jyj" else set()
    told = {r: signed_in(app, call, r, unit).get(f"/trips/{trip.ref}").status_code for r in Role}
    assert told == {role: expected(role, Permission.TRIPS_SEE, seen) for role in Role}


@pytest.mark.parametrize("unit", ["swj", "jyj"])
def test_an_ordinary_incident_is_seen_by_whoever_works_it_in_the_leading_unit(app, call, clock, office, unit):
    incident = cases.registered(call, clock, now="2026-04-01T17:00", started="2026-04-01T16:00")
    lead = "wb" if unit == "swj" else unit
    clock.set(datetime(2026, 4, 3, 9, tzinfo=SHANGHAI))
    seen = SEES_INCIDENT if unit == "swj" else set()
    told = {r: signed_in(app, call, r, lead).get(f"/incidents/{incident.number}").status_code for r in Role}
    assert told == {role: expected(role, Permission.INCIDENTS_SEE, seen) for role in Role}


def addresses(app, values):
    """(method, rule's address) of everything that names a trip, an approval, an incident or a file."""
    for rule in app.url_map.iter_rules():
        if {"number", "file_id", "attachment_id"} & rule.arguments and rule.endpoint.split(".")[0] in values:
            for method in rule.methods & {"GET", "POST"}:
                yield rule, method


def asked(app, browser, rule, method, values):
    more = {"kind": "trip", "name": "task", "rule": "DEL-01", "place": 1, "sha256": "0" * 64}
    more |= dict.fromkeys(("file_id", "attachment_id"), uuid.UUID(int=9))
    given = {name: (more | values).get(name, "x") for name in rule.arguments}
    path = app.url_map.bind("127.0.0.1:8000").build(rule.endpoint, given, method=method)
    path = path.removeprefix("http://127.0.0.1:8000")
    return browser.open(path, method=method, data={} if method == "POST" else None).status_code


def test_what_belongs_to_others_answers_like_what_is_not_there(app, call, clock, office, trip):
    """For every role of another unit and every address: no status tells a foreign thing from none at all."""
    incident = cases.registered(call, clock, now="2026-04-01T17:00", started="2026-04-01T16:00")
    clock.set(datetime(2026, 4, 3, 9, tzinfo=SHANGHAI))
    with call.read() as session:
        file = session.scalar(sa.select(Attachment.id).where(Attachment.owner_id == trip.id).limit(1))
    assert file is not None
    there = {
        name: {"number": trip.ref, "file_id": file}
        for name in ("trips", "trips_edit", "trips_review", "trips_after", "approvals", "approvals_leaders")
    } | {"incident": {"number": incident.number, "attachment_id": file}}
    told, tried = [], 0
    for role in Role:
        browser = signed_in(app, call, role, "jyj")
        for rule, method in addresses(app, there):
            wanted = policy_of(app, rule.endpoint).permission
            if wanted is not None and wanted not in ROLE_PERMISSIONS[role]:
                continue  # 403 everywhere: the table of roles and routes holds that
            foreign = asked(app, browser, rule, method, there[rule.endpoint.split(".")[0]])
            nothing = asked(app, browser, rule, method, {"number": NOWHERE})
            tried += 1
            if foreign != nothing or foreign in (200, 201, 303, 409):
                told.append((role.value, rule.endpoint, foreign, nothing))
    assert told == []
    assert tried > 300


def test_who_is_not_asked_does_not_decide_and_nobody_does_after_the_end(app, call, office, trip):
    form = {"verdict": Verdict.APPROVE.value, "opinion": "同意", "findings_seen": "on"}
    path = f"/approvals/trip/{trip.ref}/decision"
    decided = {
        role: signed_in(app, call, role, "swj").post(path, data=form).status_code
        for role in Role
        if role not in {Role.UNIT_FA_LEAD, Role.FINANCE}
    }
    assert set(decided.values()) <= {403, 404, 409, 422}, decided
    lead, finance = (signed_in(app, call, role, "swj") for role in (Role.UNIT_FA_LEAD, Role.FINANCE))
    assert lead.get(f"/approvals/trip/{trip.ref}").status_code == 200
    service_review.withdraw(office.clerk, WithdrawTrip(number=trip.ref, reason="不去了"))
    for someone in (lead, finance):
        assert someone.post(path, data=form).status_code in (403, 404, 409, 422)
    assert office.read(trip).state.value == "withdrawn"


def test_a_unit_s_digest_is_its_head_s_and_the_whole_office_s_is_not(app, call, clock, trip):
    factories.unit(call, "jyj")
    clock.set(datetime(2026, 4, 1, 9, tzinfo=SHANGHAI))
    for scope in ("", "swj"):
        digests.build(call, "2026-03", scope=scope)
    head, other = (signed_in(app, call, Role.UNIT_HEAD, unit) for unit in ("swj", "jyj"))
    assert head.get("/audit/digests/2026-03/swj").status_code == 200
    assert head.get("/audit/digests/2026-03").status_code == 404
    assert other.get("/audit/digests/2026-03/swj").status_code == 404
    for file in ("csv", "package"):
        assert other.post("/audit/digests/2026-03/swj/download", data={"file": file}).status_code == 404
