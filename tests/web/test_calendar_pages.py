"""The pages of the working-day calendar: looked at by many, changed by few, a notice seen before it is saved."""

import re
from datetime import date

import pytest

from webapp import reference
from webapp.core.permissions import Role
from webapp.deadlines import queries_calendar


@pytest.fixture
def chief(client, call):
    reference.install(call)
    return client(Role.SECTION_CHIEF, unit="wb")


def version_on(page):
    return re.search(r'name="_version" value="(\d+)"', page.text).group(1)


def test_a_clerk_reads_the_calendar_and_changes_nothing(client, call):
    clerk = client(Role.CLERK)
    assert clerk.get("/rules/calendar").status_code == 200
    assert clerk.get("/rules/calendar/2026").status_code == 404
    reference.install(call)
    page = clerk.get("/rules/calendar/2026")
    assert page.status_code == 200
    assert "2026-02-14" in page.text
    assert 'action="/rules/calendar' not in page.text
    assert clerk.post("/rules/calendar/2026/day", data={}).status_code == 403


def test_a_notice_is_looked_at_before_it_is_saved(chief, call):
    page = chief.get("/rules/calendar/2027")
    assert "暂定" in page.text
    form = {
        "source": "国办发明电〔2026〕0号",
        "text": "一、元旦：1月1日至3日放假，共3天。\n二、春节：2月6日至12日放假调休。2月20日上班。",
        "step": "look",
        "_version": version_on(page),
    }
    look = chief.post("/rules/calendar/2027/notice", data=form)
    assert look.status_code == 200
    assert "2027-02-20" in look.text
    with call.read() as session:
        assert queries_calendar.work_calendar(session).is_provisional(date(2027, 1, 4), date(2027, 1, 5))
    saved = chief.post("/rules/calendar/2027/notice", data={**form, "step": "save"})
    assert saved.status_code == 303
    assert "已公布" in chief.get("/rules/calendar/2027").text
    with call.read() as session:
        assert queries_calendar.work_calendar(session).is_working_day(date(2027, 2, 20))
    assert chief.post("/rules/calendar/2027/notice", data={**form, "step": "save"}).status_code == 409


def test_an_unreadable_notice_and_a_day_without_reason_are_refused_at_their_fields(chief):
    unread = chief.post("/rules/calendar/2027/notice", data={"source": "x", "text": "照常", "step": "save"})
    assert unread.status_code == 422
    assert 'href="#f-text"' in unread.text
    bare = chief.post("/rules/calendar/2026/day", data={"day": "2026-07-01", "kind": "off", "reason": ""})
    assert bare.status_code == 422
    done = chief.post(
        "/rules/calendar/2026/day", data={"day": "2026-07-01", "kind": "off", "reason": "台风", "name": ""}
    )
    assert done.status_code == 303
    assert "2026-07-01" in chief.get("/rules/calendar/2026").text
    ordinary = chief.post(
        "/rules/calendar/2026/day", data={"day": "2026-07-01", "kind": "", "reason": "撤销"}
    )
    assert ordinary.status_code == 303
