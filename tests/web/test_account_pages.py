"""The pages on which administrators keep units, accounts and rights."""

import re

from itsdangerous import URLSafeTimedSerializer

from tests import factories
from webapp.accounts import queries
from webapp.core.permissions import Role


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]+)"', page).group(1)


def test_a_system_administrator_corrects_an_account_but_gives_no_right(client, call):
    row = factories.account(call, "dingyf", Role.CLERK)
    admin = client(Role.SYSTEM_ADMIN, unit="wb")
    page = admin.get("/settings/accounts/dingyf").text
    data = {"name": "丁一帆", "unit_id": str(row.unit_id), "email": "", "_version": hidden(page, "_version")}
    assert admin.post("/settings/accounts/dingyf", data=data).status_code == 303
    assert "丁一帆" in admin.get("/settings/accounts/dingyf").text
    stale = admin.post("/settings/accounts/dingyf", data=data | {"name": "别人"})
    assert stale.status_code == 409
    grant = {"role": "finance", "unit_id": str(row.unit_id), "reason": "x"}
    assert admin.post("/settings/accounts/dingyf/grants", data=grant).status_code == 403


def test_a_security_administrator_gives_and_takes_rights(client, call):
    row = factories.account(call, "dingyf")
    security = client(Role.SECURITY_ADMIN, unit="wb")
    grant = {"role": "finance", "unit_id": str(row.unit_id), "reason": "任职文件"}
    assert security.post("/settings/accounts/dingyf/grants", data=grant).status_code == 303
    page = security.get("/settings/accounts/dingyf").text
    taken = {"grant_id": hidden(page, "grant_id"), "reason": "调离"}
    assert security.post("/settings/accounts/dingyf/grants/revoke", data=taken).status_code == 303
    with call.read() as session:
        (view,) = queries.grant_rows(session, row.id)
    assert view[0].revoked_at is not None


def test_a_wrong_form_comes_back_with_what_was_typed_and_what_is_wrong(client, call):
    factories.unit(call)
    admin = client(Role.SYSTEM_ADMIN, unit="wb")
    answer = admin.post(
        "/settings/accounts", data={"login": "new-one", "name": "", "email": "not an address"}
    )
    assert answer.status_code == 422
    assert "new-one" in answer.text
    assert "请填写。" in answer.text


def test_nobody_without_the_post_sees_the_pages(client):
    clerk = client(Role.CLERK)
    for path in ("/settings/units", "/settings/accounts", "/settings/accounts/nobody"):
        assert clerk.get(path).status_code in (403, 404)


def test_an_activation_link_is_shown_once_and_works(app, client, call):
    factories.account(call, "dingyf")
    admin = client(Role.SYSTEM_ADMIN, unit="wb")
    page = admin.post("/settings/accounts/dingyf/link").text
    path = re.search(r"/activate/[\w-]+", page).group(0)
    visitor = app.test_client()
    assert visitor.get(path).status_code == 200
    weak = visitor.post(path, data={"password": "12345"})
    assert weak.status_code == 422
    assert visitor.post(path, data={"password": "Jiang-Yuan-2026"}).status_code == 303
    assert visitor.get("/me").status_code == 200


def test_what_was_done_is_said_on_the_next_page_and_only_there(client):
    auditor = client(Role.AUDITOR, unit="wb")
    answer = auditor.post("/audit/digests/check", follow_redirects=True)
    assert "已核对" in answer.text
    assert "已核对" not in auditor.get("/audit/digests").text


def test_words_said_while_a_session_ends_reach_the_sign_in_page(client):
    clerk = client(Role.CLERK)
    answer = clerk.post("/me/sessions/end", follow_redirects=True)
    assert "所有登录都已结束" in answer.text
    assert "所有登录都已结束" not in clerk.get("/sign-in").text


def test_nobody_puts_words_on_a_page_with_a_cookie_of_his_own(client):
    clerk = client(Role.CLERK)
    forged = URLSafeTimedSerializer("another key", salt="flashed words").dumps([("ok", "送钱到这个账户")])
    clerk.set_cookie("waishi-said", forged, domain="127.0.0.1")
    page = clerk.get("/me")
    assert page.status_code == 200
    assert "送钱到这个账户" not in page.text
