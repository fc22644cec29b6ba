"""What a person meets when things cross: somebody was quicker, the page is old, the network gone, the list empty."""

import re
from datetime import date, datetime

import pytest

from tests.browser import inspection
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.journey import PostOffice, fill, path_of, press
from tests.sink import Sink
from tests.trip_stories import Office, draft, explain
from webapp.core.clock import SHANGHAI
from webapp.core.permissions import Role

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


@pytest.fixture
def waiting(office, clock):
    """A request whose notice is over: it waits for the unit's foreign affairs lead."""
    trip = draft(office.clerk)
    explain(office.clerk, trip.ref, "PLN-01")
    trip = office.submit(trip)
    clock.set(datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI))
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 9, 0, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    return trip


def account(who):
    return who.actor.account_id


@SIZES
def test_two_who_changed_the_same_field_choose_and_the_rest_is_kept_of_both(visit, office, size):
    ref = draft(office.clerk).ref
    address = f"/trips/{ref}/edit/task"
    with (
        visit(account(office.clerk), size=size) as mine,
        visit(account(office.colleague), size=size) as other,
    ):
        mine.go(address)
        other.go(address)
        fill(other.page, {"contact": "1111-1111"})
        press(other.page, "保存，做下一件")
        fill(mine.page, {"contact": "2222-2222", "fund_source": "专项经费"})
        press(mine.page, "保存，做下一件")
        words = mine.page.inner_text("main")
        assert "有人先改了同一处" in words
        assert "1111-1111" in words
        assert "2222-2222" in words
        assert "专项经费" not in words  # nobody else touched it, so nobody is asked
        assert inspection.faults(mine.page) == []
        mine.page.get_by_label("你填的").check()
        press(mine.page, "保存选好的内容")
        mine.go(address)
        assert mine.page.input_value('[name="contact"]') == "2222-2222"
        assert mine.page.input_value('[name="fund_source"]') == "专项经费"


@SIZES
def test_what_is_typed_saves_itself_and_says_when_the_network_is_gone(visit, office, size):
    ref = draft(office.clerk).ref
    with visit(account(office.clerk), size=size) as desk:
        desk.go(f"/trips/{ref}/edit/task")
        fill(desk.page, {"contact": "3333-3333"})
        desk.page.wait_for_function("() => document.getElementById('autosave').textContent.includes('保存')")
        desk.page.context.set_offline(True)
        fill(desk.page, {"contact": "4444-4444"})
        desk.page.wait_for_function(
            "() => document.getElementById('autosave').textContent.includes('网络断了')"
        )
        desk.page.context.set_offline(False)
        desk.go(f"/trips/{ref}/edit/task")
        assert desk.page.input_value('[name="contact"]') == "3333-3333"


@SIZES
def test_an_approver_who_comes_second_is_told_and_keeps_what_was_written(
    visit, office, waiting, person, size
):
    quicker = person("zhengkai", Role.UNIT_FA_LEAD)
    with visit(account(office.lead), size=size) as late, visit(quicker) as first:
        late.go(f"/trips/{waiting.ref}")
        first.go(f"/trips/{waiting.ref}")
        first.page.locator('[name="findings_seen"]').check()
        press(first.page, "签批：同意")
        late.page.locator('[name="opinion"]').fill("同意，请注意安全。")
        late.page.locator('[name="findings_seen"]').check()
        press(late.page, "签批：同意")
        words = late.page.inner_text("main")
        assert "你的签批没有提交" in words
        assert "同意，请注意安全。" in words
        assert inspection.faults(late.page) == []
        late.go("/inbox")
        assert "没有待你签批的事项" in late.page.inner_text("main")


@SIZES
def test_a_sheet_that_was_sent_back_meanwhile_cannot_be_signed_from_the_old_page(
    visit, office, waiting, size
):
    with visit(account(office.lead), size=size) as old, visit(account(office.lead)) as fresh:
        old.go(f"/trips/{waiting.ref}")
        fresh.go(f"/trips/{waiting.ref}?verdict=return")
        fresh.page.locator('[name="opinion"]').fill("请补充邀请方简介。")
        fresh.page.locator('[name="findings_seen"]').check()
        press(fresh.page, "签批：退回修改")
        old.page.locator('[name="findings_seen"]').check()
        press(old.page, "签批：同意")
        assert "你的签批没有提交" in old.page.inner_text("main")


@SIZES
def test_who_has_nothing_yet_reads_what_comes_next(visit, person, size):
    clerk, lead, duty = (
        person("dingyf", Role.CLERK),
        person("linzy", Role.UNIT_FA_LEAD),
        person("zhangh", Role.DUTY_OFFICER),
    )
    for account_id, address, words, step in (
        (clerk, "/trips", "还没有出访申请", "新建出访申请"),
        (lead, "/inbox", "没有待你签批的事项", "轮到你时"),
        (duty, "/incidents", "没有在办的案事件", "登记案事件"),
    ):
        with visit(account_id, size=size) as someone:
            someone.go(address)
            shown = someone.page.inner_text("main")
            assert words in shown
            assert step in shown


def test_an_approver_signs_on_the_phone_two_taps_after_the_mail(visit, office, waiting, call, runtime):
    with visit(account(office.lead)):  # who never came is not written to
        pass
    with Sink() as sink:
        PostOffice(call, runtime.settings, sink).deliver()
        letters = [letter for letter in sink.letters() if "待签批" in letter["Subject"]]
        body = letters[-1].get_body(("plain",)).get_content()
    link = re.search(r"https?://[^/\s]+(/\S+)", body).group(1)
    with visit(account(office.lead), size=PHONE) as phone:
        phone.go(link)
        page = phone.page
        screen = PHONE[1]
        for what in ("h1", ".lede", "#h-find"):  # what, who and money, findings: all on the first screen
            assert page.locator(what).bounding_box()["y"] < screen, what
        ways = [box for part in (".signbar", "#sign") if (box := page.locator(part).bounding_box())]
        assert (
            min(box["y"] for box in ways) < screen
        )  # and the way to sign: the panel, or the bar that leads to it
        assert "¥" in page.inner_text(".lede")
        sign, details = (page.locator(part).bounding_box()["y"] for part in ("#sign", "#h-task"))
        assert page.locator("#h-find").bounding_box()["y"] < sign < details
        page.locator('[name="findings_seen"]').check()
        page.context.set_offline(True)
        page.get_by_role("button", name="签批：同意").click()
        assert "没有网络，没有提交" in page.inner_text("#sign")
        page.context.set_offline(False)
        press(page, "签批：同意")
        assert path_of(page) == "/inbox"  # and on to what waits next
        assert f"已同意：{waiting.ref}" in page.inner_text("main")
        phone.go(f"/trips/{waiting.ref}")
        assert "单位外事审核" in page.inner_text(".tl")
        assert page.locator("#sign").count() == 0
        assert phone.complaints == []


def test_a_night_registration_shows_seven_fields(visit, person):
    with visit(person("zhangh", Role.DUTY_OFFICER, unit="wb"), size=PHONE, theme="dark") as phone:
        phone.go("/incidents/new")
        shown = phone.page.locator("form#register").evaluate(
            """form => new Set([...form.elements].filter(e => e.name && e.type !== 'hidden' && e.type !== 'submit'
            && !e.closest('details:not([open])')).map(e => e.name)).size"""
        )
        assert shown == 7
