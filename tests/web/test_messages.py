"""Messages in the browser, and the mails behind them for the system administrator."""

import re

import pytest

from tests import factories
from tests.sink import Sink
from webapp.core.mail import Sender, SmtpAddress
from webapp.core.permissions import Role
from webapp.core.smtp import SmtpMailer
from webapp.notifications import queries
from webapp.notifications.render import Renderer
from webapp.notifications.service_deliver import deliver_due
from webapp.notifications.service_relay import Post, relay
from webapp.runtime import event_routes
from webapp.torture.service import call_drill


@pytest.fixture
def clerk(app, call):
    browser = factories.signed_in_client(app, call, Role.CLERK, login="clerk")
    with call.read() as session:
        account = factories.queries.account_by_login(session, "clerk")
    call_drill(call, account.id, 118)
    relay(call, Post(event_routes(), Renderer("http://127.0.0.1:8000", "江海市外办"), "jh.example"))
    browser.account = account
    return browser


def send(call, mode):
    with Sink() as sink:
        sink.mode = mode
        sender = Sender("waishi@jh.example", "江海市外办")
        deliver_due(call, SmtpMailer(SmtpAddress.parse(sink.url), sender))
        return sink


def message(call, account):
    with call.read() as session:
        return next(item for item in queries.inbox(session, account.id) if item.event == "drill.called")


def test_a_message_is_listed_unread_and_read_once_it_was_opened(call, clerk):
    page = clerk.get("/messages?show=unread").text
    assert "[演练] 第 118 封" in page
    answer = clerk.get(f"/messages/{message(call, clerk.account).token}")
    assert (answer.status_code, answer.location) == (303, "/me")
    assert "[演练] 第 118 封" not in clerk.get("/messages?show=unread").text
    assert "[演练] 第 118 封" in clerk.get("/messages").text


def test_all_messages_are_marked_read_at_once(call, clerk):
    assert clerk.post("/messages/read").status_code == 303
    with call.read() as session:
        assert queries.unread_count(session, clerk.account.id) == 0


def test_nobody_opens_anothers_message(call, clerk, client):
    token = message(call, clerk.account).token
    assert client(Role.CLERK).get(f"/messages/{token}").status_code == 404


def test_mails_are_for_the_system_administrator_alone(clerk):
    assert clerk.get("/mail").status_code == 403


def test_the_administrator_sees_what_failed_and_sends_it_again_but_never_reads_it(call, clerk, client):
    send(call, "5xx")
    admin = client(Role.SYSTEM_ADMIN, unit="wb")
    page = admin.get("/mail").text
    assert "550" in page
    token = message(call, clerk.account).token
    detail = admin.get(f"/mail/{token}").text
    assert "Message-ID" in detail
    assert "不用处理" not in detail
    assert admin.post(f"/mail/{token}/retry").status_code == 303
    sink = send(call, "ok")
    assert any("118" in str(letter["Subject"]) for letter in sink.letters())
    assert admin.post(f"/mail/{token}/retry").status_code == 409


def test_an_older_page_goes_on_and_nonsense_in_the_address_does_no_harm(clerk):
    assert clerk.get("/messages?before=2020-01-01T00:00:00%2B00:00").status_code == 200
    assert clerk.get("/messages?before=yesterday").status_code == 200


def test_the_bell_counts_what_was_not_opened(call, clerk):
    assert re.search(r"通知，\d+ 条未读", clerk.get("/messages").text)
