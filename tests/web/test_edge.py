"""The outer edge: sessions that die at once, forms from elsewhere, redirect targets, hosts, headers of every answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import factories
from tests.web.test_roles_and_routes import routes
from webapp.accounts import queries, service_setup, service_sign_in
from webapp.accounts.commands import Activate, GrantRole, SetAccountState
from webapp.accounts.states import AccountState
from webapp.core.permissions import Role
from webapp.factory import create_app

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.invalid"},
    {"Origin": "null"},
)
PASSWORD = "Jiang-Yuan-2026"
HEADERS = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "X-Frame-Options",
    "Cache-Control",
)


def end_by_lock(call, row):
    service_setup.set_account_state(
        call, SetAccountState(account_id=row.id, state=AccountState.LOCKED, reason="test")
    )


def end_by_grant(call, row):
    unit = factories.unit(call, "swj")
    service_setup.grant_role(
        call, GrantRole(account_id=row.id, role=Role.FINANCE, unit_id=unit.id, reason="x")
    )


def end_by_second_factor(call, row):
    service_sign_in.reset_totp(call, row.id, "lost")


def end_by_administrator(call, row):
    service_setup.end_sessions(call, row.id)


def end_by_new_password(call, row):
    service_sign_in.activate(
        call, Activate(token=service_sign_in.issue_link(call, row.id), password=PASSWORD)
    )


@pytest.mark.parametrize(
    "end", [end_by_lock, end_by_grant, end_by_second_factor, end_by_administrator, end_by_new_password]
)
def test_a_session_dies_with_the_request_after(app, call, end):
    browser = factories.signed_in_client(app, call, Role.CLERK, login="zhang")
    assert browser.get("/me").status_code == 200
    with call.read() as session:
        row = queries.account_by_login(session, "zhang")
    end(call, row)
    for _ in range(20):
        assert browser.get("/me").status_code == 302
        assert browser.post("/trips/new", data={"title": "x"}).status_code == 401


def test_a_session_ends_idle_after_half_an_hour_and_in_any_case_after_twelve(app, call, clock):
    idle = factories.signed_in_client(app, call, Role.CLERK)
    busy = factories.signed_in_client(app, call, Role.CLERK)
    clock.set(clock.now() + timedelta(minutes=31))
    assert idle.get("/me").status_code == 302
    busy = factories.signed_in_client(app, call, Role.CLERK)
    for _ in range(36):
        assert busy.get("/me").status_code == 200
        clock.set(clock.now() + timedelta(minutes=20))
    assert busy.get("/me").status_code == 302


def test_no_form_from_elsewhere_is_taken_at_any_address(app, call):
    app.config["WTF_CSRF_ENABLED"] = True
    browser = factories.signed_in_client(app, call, Role.CLERK)
    taken = []
    for number, (endpoint, path, _) in enumerate(routes(app, "POST")):
        if browser.post(path, data={}).status_code != 400:
            taken.append((endpoint, "without a token"))
        foreign = FOREIGN[number % len(FOREIGN)]
        if browser.post(path, data={}, headers=foreign).status_code not in (400, 403):
            taken.append((endpoint, foreign))
    assert taken == []


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
def test_a_form_with_a_good_token_is_refused_when_another_site_sends_it(app, call, foreign):
    browser = factories.signed_in_client(app, call, Role.CLERK)
    answer = browser.post("/trips/new", data={"title": "x"}, headers=foreign)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "//evil.invalid", "https://evil.invalid", "/\\evil.invalid", "\\\\evil.invalid", "javascript:alert(1)",
        "/%09/evil.invalid", "///evil.invalid", "http:evil.invalid", "/\t/evil.invalid", " //evil.invalid",
        "https:/evil.invalid", "//evil.invalid/%2e%2e", "/.//evil.invalid", "data:text/html,x", "@evil.invalid",
    ],
)  # fmt: skip
def test_no_redirect_leads_to_another_house(app, call, target):
    row = factories.account(call, "dingyf", Role.CLERK)
    end_by_new_password(call, row)
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"login": "dingyf", "password": PASSWORD, "next": target})
    place = answer.headers.get("Location", "/")
    assert place.startswith("/")
    assert not place.replace("\t", "").startswith(("//", "/\\"))
    answer = browser.post("/preferences", data={"lang": "en", "next": target})
    place = answer.headers.get("Location", "/").replace("\t", "")
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "host", ["evil.invalid", "127.0.0.1.evil.invalid", "127.0.0.1:8000@evil.invalid", "[::1]"]
)
def test_another_host_s_name_is_not_answered(app, host):
    answer = app.test_client().get("/sign-in", headers={"Host": host}, base_url=None)
    assert answer.status_code == 400
    assert "evil.invalid" not in answer.text


def test_who_speaks_for_a_proxy_is_not_believed_where_none_stands(app, call, client):
    browser = app.test_client()
    for number in range(21):
        head = {"X-Forwarded-For": f"10.0.0.{number}"}
        status = browser.post(
            "/sign-in", data={"login": f"nobody{number}", "password": "x"}, headers=head
        ).status_code
    assert status == 429, "the throttle counts the address the connection came from"


def test_every_answer_bears_the_strict_headers_faults_and_downloads_too(app, call):
    visitor = app.test_client()
    someone = factories.signed_in_client(app, call, Role.SECTION_CHIEF, unit="jh")
    bare = []
    for endpoint, path, _ in routes(app, "GET"):
        for browser in (visitor, someone):
            answer = browser.get(path)
            bare += [(endpoint, answer.status_code, name) for name in HEADERS if name not in answer.headers]
    for endpoint, path, _ in routes(app, "POST"):
        answer = visitor.post(path)
        bare += [(endpoint, answer.status_code, name) for name in HEADERS if name not in answer.headers]
    for answer in (
        visitor.get("/nowhere"),
        visitor.open("/sign-in", method="TRACE"),
        visitor.put("/sign-in"),
    ):
        bare += [("", answer.status_code, name) for name in HEADERS if name not in answer.headers]
    assert bare == []


def test_over_https_cookies_are_of_this_host_alone(runtime, call):
    settings = replace(runtime.settings, public_url="https://waishi.example.gov")
    app = create_app(runtime=replace(runtime, settings=settings))
    app.config["WTF_CSRF_ENABLED"] = False
    row = factories.account(call, "dingyf", Role.CLERK)
    token = service_sign_in.issue_link(call, row.id, "sign_in")
    answer = app.test_client().post(f"/enter/{token}", base_url="https://waishi.example.gov")
    cookies = answer.headers.getlist("Set-Cookie")
    assert any(cookie.startswith("__Host-waishi=") for cookie in cookies)
    for cookie in cookies:
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Domain=" not in cookie
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
