"""Signing in and out in a browser."""

from tests import factories
from webapp.accounts import queries, service_setup, service_sign_in
from webapp.accounts.commands import Activate
from webapp.core.permissions import Role


def visitor(app):
    return app.test_client()


def test_a_visitor_is_sent_to_sign_in_and_comes_back(app):
    answer = visitor(app).get("/?tab=mine")
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")


def test_signing_out_ends_the_old_cookie_at_once(app, client):
    browser = client(Role.CLERK)
    assert browser.get("/me").status_code == 200
    old = browser.get_cookie(app.config["OFFICE_COOKIE"], domain="127.0.0.1").value
    assert browser.post("/sign-out").status_code == 303
    thief = visitor(app)
    thief.set_cookie(app.config["OFFICE_COOKIE"], old, domain="127.0.0.1")
    assert thief.get("/me").status_code == 302


def test_a_changed_authority_ends_open_sessions(app, call, client):
    browser = client(Role.CLERK, login="zhang")
    with call.read() as session:
        account = queries.account_by_login(session, "zhang")
    service_setup.end_sessions(call, account.id)
    assert browser.get("/me").status_code == 302


def test_sign_in_answers_the_same_for_unknown_names_and_wrong_passwords(app, call):
    row = factories.account(call, "dingyf")
    service_sign_in.activate(
        call, Activate(token=service_sign_in.issue_link(call, row.id), password="Jiang-Yuan-2026")
    )
    answers = [
        visitor(app).post("/sign-in", data={"login": login, "password": "nonsense"})
        for login in ("dingyf", "nobody")
    ]
    assert [a.status_code for a in answers] == [422, 422]


def test_every_answer_carries_the_strict_headers(app):
    for path in ("/sign-in", "/nowhere", "/activate/x"):
        answer = visitor(app).get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_from_another_site_is_refused(app):
    answer = visitor(app).post("/sign-in", data={}, headers={"Origin": "https://evil.invalid"})
    assert answer.status_code == 403, answer.text


def test_where_the_office_demands_it_signing_needs_a_second_factor(app, client):
    app.config["REQUIRE_TOTP"] = True
    assert client(Role.CLERK).get("/me").status_code == 200
    leader = client(Role.UNIT_HEAD)
    answer = leader.get("/")
    assert (answer.status_code, answer.location) == (303, "/me/second-factor")
    assert leader.get("/me/second-factor").status_code == 200
