"""A clerk files, everybody signs, the permit goes out: in a real browser, with real mail."""

from datetime import timedelta

import pytest

from tests.browser.conftest import PHONE
from tests.browser.journey import PostOffice, fill, path_of, press
from tests.sink import Sink
from webapp.core.permissions import Role

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
pytestmark = pytest.mark.browser

TASK = {
    "purpose": "洽谈投资项目，签署合作备忘录一份。",
    "fund_source": "单位因公出国经费",
    "contact": "0000-0000",
}
LEGS = {
    "legs-0-depart_on": "2026-05-18",
    "legs-0-from_city": "上海",
    "legs-0-to_country": "德国",
    "legs-0-to_city": "柏林",
    "legs-0-arrive_on": "2026-05-18",
    "legs-1-depart_on": "2026-05-22",
    "legs-1-from_city": "柏林",
    "legs-1-to_country": "中国",
    "legs-1-to_city": "上海",
    "legs-1-arrive_on": "2026-05-22",
    "legs-1-transit": "home",
}
INVITATION = {
    "invitations-0-inviter": "柏林工商会",
    "invitations-0-countries": "德国",
    "invitations-0-signatory": "M. Beispiel",
    "invitations-0-dated_on": "2026-02-20",
    "invitations-0-stay_from": "2026-05-18",
    "invitations-0-stay_until": "2026-05-22",
    "invitations-0-purpose": "经贸洽谈",
    "invitations-0-profile": "当地最大的工商团体。",
}
MEMBERS = {
    "members-0-name": "成员甲",
    "members-0-post": "副局长",
    "members-0-rank": "division",
    "members-0-role": "head",
    "members-1-name": "成员乙",
    "members-1-post": "科长",
    "members-1-rank": "section",
}
R1 = [
    ("lead", Role.UNIT_FA_LEAD, "swj"),
    ("finance", Role.FINANCE, "swj"),
    ("personnel", Role.PERSONNEL, "swj"),
    ("secrecy", Role.SECRECY, "swj"),
    ("head", Role.UNIT_HEAD, "swj"),
    ("counter", Role.COUNTER_CLERK, "jh"),
    ("officer", Role.CASE_OFFICER, "jh"),
    ("chief", Role.SECTION_CHIEF, "jh"),
    ("director", Role.FAO_DIRECTOR, "jh"),
    ("mayor", Role.CITY_LEADER, "jh"),
]


@pytest.fixture
def post_office(call, runtime):
    with Sink() as sink:
        yield PostOffice(call, runtime.settings, sink)


def slots():
    """Every half day of the trip: travelling out and home, working in between."""
    values = {}
    halves = [(day, half) for day in range(18, 23) for half in ("am", "pm")]
    for number, (day, half) in enumerate(halves):
        is_travel = (day, half) in ((18, "am"), (22, "am"))
        values |= {
            f"slots-{number}-on_day": f"2026-05-{day}",
            f"slots-{number}-half": half,
            f"slots-{number}-what": "路途" if is_travel else "会谈",
            f"slots-{number}-is_official": not is_travel,
        }
    return values


def save(visit, ref, section, values):
    """One section of the form; a sheet grows by its own button until the rows fit."""
    visit.go(f"/trips/{ref}/edit/{section}")
    page = visit.page
    while any(not page.locator(f'[name="{name}"]').count() for name in values):
        known = {n: v for n, v in values.items() if page.locator(f'[name="{n}"]').count()}
        fill(page, known)
        press(page, "保存并加行")
        visit.go(f"/trips/{ref}/edit/{section}")
    fill(page, values)
    press(page, "保存，做下一件")
    assert "有错误" not in page.title(), page.inner_text("main")


def upload(visit, ref, kind, name):
    visit.go(f"/trips/{ref}/edit/files")
    content = {"name": name, "mimeType": "application/pdf", "buffer": PDF + name.encode() + b"%%EOF"}
    fill(visit.page, {"document_type": kind, "file": content})
    press(visit.page, "上传这份材料")


def file_application(visit):
    visit.go("/trips/new")
    fill(visit.page, {"title": "市商务局赴德国经贸洽谈团"})
    press(visit.page, "开始填写")
    ref = path_of(visit.page).split("/")[2]
    for section, values in (
        ("task", TASK),
        ("legs", LEGS),
        ("slots", slots()),
        ("invitations", INVITATION),
        ("members", MEMBERS),
    ):
        save(visit, ref, section, values)
    visit.go(f"/trips/{ref}/edit/budget")
    press(visit.page, "按行程和标准重算各行")
    rates = visit.page.locator('[name$="-rate"]')
    names = [rates.nth(n).get_attribute("name") for n in range(rates.count())]
    wanted = {
        n: "8.195"
        for n in names
        if visit.page.locator(f'[name="{n.replace("-rate", "-currency")}"]').input_value() == "EUR"
    }
    save(visit, ref, "budget", wanted)
    upload(visit, ref, "invitation", "邀请函.pdf")
    upload(visit, ref, "translation", "译文.pdf")
    visit.go(f"/trips/{ref}/edit/declarations")
    for box in visit.page.locator('form#section input[type="checkbox"]').all():
        box.check()
    press(visit.page, "保存，做下一件")
    visit.go(f"/trips/{ref}/edit/explanations")
    for number, area in enumerate(visit.page.locator("textarea").all()):
        area.fill(f"因工作需要，说明 {number}。")
    if visit.page.locator("textarea").count():
        press(visit.page, "保存，做下一件")
    visit.go(f"/trips/{ref}/check")
    press(visit.page, "提交申请")
    assert path_of(visit.page).endswith("/submitted"), visit.page.inner_text("main")
    return path_of(visit.page).split("/")[2]


def sign(visit, number):
    """Open the inbox, open the case from its card, sign."""
    visit.go("/inbox")
    assert "赴德国经贸洽谈团" in visit.page.inner_text("main")
    visit.go(f"/trips/{number}")
    page = visit.page
    seen = page.locator('[name="findings_seen"]')
    if seen.count():
        seen.check()
    page.locator("#sign button[type=submit]").click()
    page.wait_for_load_state("load")


def test_from_draft_to_permit_with_mail_in_the_sink(visit, person, clock, post_office):
    clerk = person("dingyf", Role.CLERK)
    people = {login: person(login, role, unit=unit) for login, role, unit in R1}
    for account in people.values():
        with visit(account):  # everybody has been here once: who never came is not written to
            pass
    with visit(clerk) as desk:
        number = file_application(desk)
        desk.go(f"/trips/{number}/notice")
        fill(desk.page, {"posted_on": "2026-03-02", "place": "一楼公示栏"})
        press(desk.page, "登记公示")
        clock.advance(timedelta(days=8, hours=1))
    with visit(clerk) as desk:
        desk.go(f"/trips/{number}")
        press(desk.page, "确认：公示期满，无异议")
        assert desk.complaints == []
    told = post_office.deliver()
    assert [s for to, s in told if to == "lead@example.invalid" and "待签批" in s], told
    for login, _role, _unit in R1:
        # Leaders sign on their phones, the office at its desks.
        size = PHONE if login in ("head", "director", "mayor") else (1440, 900)
        with visit(people[login], size=size) as someone:
            sign(someone, number)
            assert someone.complaints == [], (login, someone.complaints)
        clock.advance(timedelta(hours=1))
    with visit(clerk) as desk:
        desk.go(f"/trips/{number}")
        words = desk.page.inner_text("main")
        assert "已批准" in words, words
        desk.go(f"/trips/{number}/permit")
        assert "〔2026〕1号" in desk.page.inner_text("main")
    subjects = [subject for to, subject in post_office.deliver() if to == "dingyf@example.invalid"]
    assert [s for s in subjects if "已批准" in s], subjects
