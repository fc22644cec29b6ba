"""The brake against a wrong clock: the administrator is told, looks, and lets the reminders go."""

import uuid
from datetime import timedelta

from tests import factories
from webapp.core.events import Subject
from webapp.core.permissions import Role
from webapp.deadlines import queries, service, service_clock
from webapp.deadlines.commands import OpenDeadline, OwnerLink
from webapp.deadlines.service_scan import scan
from webapp.deadlines.states import Ladder, TimeUnit
from webapp.notifications import queries as messages
from webapp.notifications.render import Renderer
from webapp.notifications.service_relay import Post, relay
from webapp.runtime import event_routes


def test_a_flood_after_a_leap_of_the_clock_waits_for_the_administrator(app, call, monkeypatch):
    monkeypatch.setattr(service_clock, "BRAKE_LIMIT", 1)
    admin = factories.signed_in_client(app, call, Role.SYSTEM_ADMIN, unit="wb", login="admin")
    assert admin.get("/clock").status_code == 200
    for _ in range(2):
        service.open_deadline(
            call,
            OpenDeadline(
                about=Subject(kind="trip", id=uuid.uuid4()),
                kind="trips.report",
                label="报告",
                ladder=Ladder.DUTY,
                started_at=call.clock.now(),
                due_at=call.clock.now() + timedelta(days=2),
                unit=TimeUnit.CALENDAR_DAYS,
                chain=(OwnerLink(role="clerk"),),
                link="/trips",
            ),
        )
    scan(call)
    call.clock.advance(timedelta(days=2, hours=3))
    assert scan(call).sent == 0
    relay(call, Post(event_routes(), Renderer("http://x", "江海市外办"), "jh.example"))
    with call.read() as session:
        account = factories.queries.account_by_login(session, "admin")
        assert "[请核对时钟] 2 条提醒暂停发送" in [item.title for item in messages.inbox(session, account.id)]
    admin = factories.signed_in_client(app, call, Role.SYSTEM_ADMIN, unit="wb")
    assert "2 条普通提醒暂停发送" in admin.get("/clock").text
    assert admin.post("/clock/release").status_code == 303
    with call.read() as session:
        assert queries.clock_mark(session).braked_at is None
    assert scan(call).sent == 2


def test_the_clock_is_the_system_administrators_business(client):
    assert client(Role.CLERK).get("/clock").status_code == 403
