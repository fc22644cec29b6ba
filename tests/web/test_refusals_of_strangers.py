"""Somebody who has not signed in hammers the office: refused every time, and the log stays readable."""

from datetime import timedelta

import sqlalchemy as sa

from webapp.audit.service_refusals import STRANGERS_A_MINUTE, UNTOLD
from webapp.core.ledger import AuditEntry


def refusals(call):
    with call.read() as session:
        query = sa.select(AuditEntry.public).where(AuditEntry.action == "request.refused")
        return [public["figures"]["code"] for public in session.scalars(query)]


def test_strangers_are_refused_as_often_as_they_come_but_fill_no_log(app, call, clock):
    browser = app.test_client()
    for _ in range(STRANGERS_A_MINUTE + 15):
        assert browser.post("/trips/new", data={"title": "x"}).status_code in (302, 401, 403)
    codes = refusals(call)
    assert len(codes) == STRANGERS_A_MINUTE + 1
    assert codes.count(UNTOLD) == 1

    clock.set(clock.now() + timedelta(minutes=2))
    browser.post("/trips/new", data={"title": "x"})
    assert len(refusals(call)) == STRANGERS_A_MINUTE + 2
