"""How much a page asks of the database, and which roles reach which action."""

import html
import re

import pytest
import sqlalchemy as sa

from tests import cases
from tests.cases import at
from webapp.core.permissions import INCIDENT_ROLES, OFFICE, Role
from webapp.incidents import views
from webapp.incidents.kinds import DutyKind
from webapp.incidents.models import Incident
from webapp.notifications.render import Renderer
from webapp.notifications.service_relay import Post, relay
from webapp.runtime import event_routes


@pytest.fixture
def busy(call, clock):
    """A case with a person, three clocks, receipts and a long record."""
    clock.set(at("2026-09-30T16:30"))
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    number = cases.registered(lead, clock).number
    cases.report(lead, number)
    cases.notice(lead, number, DutyKind.POLICE_REPORT)
    for _ in range(5):
        cases.registered(lead, clock)
    return number


@pytest.mark.parametrize(
    ("path", "most"),
    [("/incidents", 12), ("/incidents/list", 12), ("/incidents/new", 12), ("/incidents/%s", 15)],
)
def test_no_page_asks_more_than_it_must(statements, client, busy, path, most):
    browser = client(Role.INCIDENT_LEAD, unit="wb")
    path = path % busy if "%s" in path else path
    browser.get(path)
    with statements() as seen:
        assert browser.get(path).status_code == 200
    assert len(seen) <= most


@pytest.mark.parametrize("role", list(Role))
def test_which_role_opens_which_page(client, busy, role):
    browser = client(role, unit="wb")
    sees = role in OFFICE | INCIDENT_ROLES | {Role.CLERK, Role.UNIT_HEAD, Role.CITY_LEADER, Role.AUDITOR}
    reports = role in OFFICE | INCIDENT_ROLES | {Role.CLERK, Role.UNIT_HEAD}
    reads = role in OFFICE | INCIDENT_ROLES | {Role.CLERK}
    works = role in INCIDENT_ROLES | {Role.SECTION_CHIEF, Role.CASE_OFFICER, Role.FAO_DIRECTOR}
    assert browser.get("/incidents").status_code == (200 if sees else 403)
    assert browser.get("/incidents/new").status_code == (200 if reports else 403)
    assert browser.get(f"/incidents/{busy}").status_code == (403 if not sees else 200 if reads else 404)
    note = {"text": "到场", "occurred_at": "2026-09-30T17:00"}
    answer = browser.post(f"/incidents/{busy}/notes", data=note)
    assert answer.status_code == (303 if works else 403)
    page = browser.get(f"/incidents/{busy}").text
    assert ("do=level" in page) == works


def test_leads_and_directors_alone_are_offered_the_close(client, call, busy):
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    cases.level(lead, busy)
    cases.ended(lead, busy)
    for role, offered in ((Role.INCIDENT_LEAD, True), (Role.FAO_DIRECTOR, True), (Role.CASE_OFFICER, False)):
        page = client(role, unit="wb").get(f"/incidents/{busy}")
        assert ("do=close" in page.text) == offered


def test_opening_a_case_reads_the_messages_about_it_and_only_a_person_opens_it(
    client, call, clock, statements
):
    clock.set(at("2026-09-30T17:00"))
    browser = client(Role.SECTION_CHIEF, unit="wb")
    number = cases.registered(cases.as_somebody(call, Role.DUTY_OFFICER), clock).number
    relay(call, Post(event_routes(), Renderer("http://x", "江海市外办"), "jh.example"))
    words = f"新案事件] 案 {number.split('-')[1]}"

    def unread():
        return words in browser.get("/messages?show=unread").text

    assert unread()
    browser.get(f"/incidents/{number}", headers={"HX-Request": "true"})
    browser.application.config["READ_ONLY"] = True
    assert browser.get(f"/incidents/{number}").status_code == 200
    browser.application.config["READ_ONLY"] = False
    assert unread()
    browser.get(f"/incidents/{number}")
    assert not unread()
    with statements() as seen:
        browser.get(f"/incidents/{number}")
    assert not [statement for statement in seen if not statement.lstrip("( ").startswith("SELECT")]


def test_the_board_goes_on_to_older_open_cases_and_counts_all_of_them(client, call, busy, monkeypatch):
    monkeypatch.setattr(views, "BOARD_PAGE", 4)
    browser = client(Role.INCIDENT_LEAD, unit="wb")
    with call.read() as session:
        every = set(session.scalars(sa.select(Incident.number)))
    first = browser.get("/incidents").text
    assert "在办 6 件" in first
    [older] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = browser.get(html.unescape(older)).text
    assert 'rel="next"' not in second
    shown = [set(re.findall(r'class="case" href="/incidents/([^"]+)"', page)) for page in (first, second)]
    assert [len(numbers) for numbers in shown] == [4, 2]
    assert shown[0] | shown[1] == every
