"""The pages of a trip as a clerk, an approver and a stranger meet them."""

import io
import re
from datetime import date, datetime

import pytest

from tests.trip_stories import PDF, Office, Plan, draft, explain
from webapp.core.clock import SHANGHAI
from webapp.core.permissions import Role
from webapp.trips import service_draft
from webapp.trips.commands import DraftTrip
from webapp.trips.commands_sections import Section

SECTIONS = [section.value for section in Section]


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


@pytest.fixture
def clerk(client):
    return client(Role.CLERK)


def text(response):
    return response.get_data(as_text=True)


def base_of(page):
    found = re.search(r'name="base" value="([^"]*)"', text(page))
    return found[1].replace("&#34;", '"') if found else ""


def test_a_clerk_starts_an_application_and_lands_on_its_first_section(clerk):
    answer = clerk.post("/trips/new", data={"title": "市商务局赴德国招商团"})
    assert answer.status_code == 303
    assert answer.location.endswith("/trips/D-2026-001/edit/task")
    assert "市商务局赴德国招商团" in text(clerk.get(answer.location))


def test_a_name_left_empty_is_asked_for_on_the_same_page(clerk):
    answer = clerk.post("/trips/new", data={"title": "  "})
    assert answer.status_code == 422
    assert "请填写" in text(answer)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_a_page_of_its_own(clerk, section):
    clerk.post("/trips/new", data={"title": "团组"})
    page = clerk.get(f"/trips/D-2026-001/edit/{section}")
    assert page.status_code == 200
    assert 'aria-current="step"' in text(page)


def test_legs_are_typed_as_people_type_them_and_read_back(clerk):
    clerk.post("/trips/new", data={"title": "团组"})
    page = clerk.get("/trips/D-2026-001/edit/legs")
    answer = clerk.post(
        "/trips/D-2026-001/edit/legs",
        data={
            "base": base_of(page),
            "legs-0-key": "a",
            "legs-0-depart_on": "2026/5/18",
            "legs-0-from_city": "上海",
            "legs-0-to_country": "德国",
            "legs-0-to_city": "柏林",
            "legs-0-mode": "flight",
            "legs-0-transit": "business",
            "legs-1-key": "b",
            "legs-1-depart_on": "2026年5月22日",
            "legs-1-from_city": "柏林",
            "legs-1-to_country": "中国",
            "legs-1-to_city": "上海",
            "legs-1-mode": "flight",
            "legs-1-transit": "home",
            "legs-2-key": "c",
            "legs-2-mode": "flight",
            "legs-2-transit": "business",
        },
    )
    assert answer.status_code == 303
    page = text(clerk.get("/trips/D-2026-001/edit/legs"))
    assert 'value="2026-05-22"' in page
    assert 'value="德国"' in page


def test_a_country_nobody_knows_is_marked_at_its_cell_and_nothing_typed_is_lost(clerk):
    clerk.post("/trips/new", data={"title": "团组"})
    answer = clerk.post(
        "/trips/D-2026-001/edit/legs",
        data={"legs-0-key": "a", "legs-0-to_country": "德意志", "legs-0-from_city": "上海虹桥"},
    )
    assert answer.status_code == 422
    assert "没有这个国家或地区" in text(answer)
    assert "上海虹桥" in text(answer)
    assert 'href="#f-legs-0-to_country"' in text(answer)


def test_two_people_in_one_field_see_both_values_and_choose(client):
    first, second = client(Role.CLERK), client(Role.CLERK)
    first.post("/trips/new", data={"title": "原来的名字"})
    address = "/trips/D-2026-001/edit/task"
    base = base_of(first.get(address))
    first.post(address, data={"base": base, "title": "甲起的名字"})
    clash = second.post(address, data={"base": base, "title": "乙起的名字", "purpose": "洽谈"})
    assert clash.status_code == 409
    assert "甲起的名字" in text(clash)
    assert "乙起的名字" in text(clash)
    again = second.post(address, data={"base": base_of(clash), "title": "乙起的名字", "purpose": "洽谈"})
    assert again.status_code == 303
    page = text(first.get(address))
    assert "乙起的名字" in page
    assert "洽谈" in page


def test_what_saves_itself_answers_with_the_time_and_can_go_on(clerk):
    clerk.post("/trips/new", data={"title": "团组"})
    address = "/trips/D-2026-001/edit/task"
    headers = {"X-Autosave": "1", "Accept": "application/json"}
    base = base_of(clerk.get(address))
    first = clerk.post(address, data={"base": base, "title": "团组", "purpose": "一"}, headers=headers)
    assert "09:00" in first.json["message"]
    second = clerk.post(
        address, data={"base": first.json["base"], "title": "团组", "purpose": "一二"}, headers=headers
    )
    assert second.status_code == 200
    assert "一二" in text(clerk.get(address))


def test_files_go_up_come_down_as_downloads_and_leave(clerk):
    clerk.post("/trips/new", data={"title": "团组"})
    answer = clerk.post(
        "/trips/D-2026-001/files",
        data={"document_type": "invitation", "replaces": "", "file": (io.BytesIO(PDF), "邀请函.pdf")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    page = text(clerk.get(answer.location))
    address = re.search(r'href="(/trips/D-2026-001/files/[^"]+)" download', page)[1]
    file = clerk.get(address)
    assert file.data == PDF
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert "%E9%82%80" in file.headers["Content-Disposition"]


def test_a_letter_larger_than_a_form_is_taken(clerk):
    clerk.post("/trips/new", data={"title": "团组"})
    large = b"%PDF-1.7\n" + b"0" * 3_000_000 + b"\n%%EOF\n"
    part = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    body = part % (b"document_type", b"", b"invitation") + part % (b"file", b'; filename="a.pdf"', large)
    answer = clerk.post(
        "/trips/D-2026-001/files", data=body + b"--x--\r\n", content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 303


def test_a_program_dressed_as_a_letter_is_refused_with_the_reason(clerk):
    clerk.post("/trips/new", data={"title": "团组"})
    answer = clerk.post(
        "/trips/D-2026-001/files",
        data={"document_type": "invitation", "file": (io.BytesIO(b"MZ..."), "邀请函.pdf")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert "只收 PDF" in text(answer)


def test_check_answers_shows_findings_with_citation_and_the_one_button(client, office, app, call):
    ready = draft(office.clerk)
    page = text(client(Role.CLERK).get(f"/trips/{ready.ref}/check"))
    assert "提交申请" in page
    assert "PLN-01" in page
    assert "516" in page


def test_what_breaks_a_rule_is_not_submitted_and_the_page_says_so(client, office):
    ready = draft(office.clerk, Plan(members=7))
    explain(office.clerk, ready.ref, "PLN-01")
    answer = client(Role.CLERK).post(f"/trips/{ready.ref}/submit", data={})
    assert answer.status_code == 422
    assert "不能提交" in text(answer)


def test_submitting_leads_to_a_confirmation_with_the_number_once_however_often_it_is_clicked(client, office):
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    clerk = client(Role.CLERK)
    key = {"_key": "0195e0a0-0000-7000-8000-000000000001"}
    for _ in range(2):
        answer = clerk.post(f"/trips/{ready.ref}/submit", data=key)
        assert answer.location.endswith("/trips/CG-2026-001/submitted")
    assert "CG-2026-001" in text(clerk.get(answer.location))


@pytest.fixture
def permitted(office, clock):
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    office.through_the_unit(trip)
    office.through_the_office(trip)
    return office.read(trip)


def test_the_permit_can_be_read_and_printed_by_its_unit_alone(client, permitted):
    page = client(Role.CLERK).get(f"/trips/{permitted.ref}/permit")
    assert permitted.permit_no in text(page)
    assert client(Role.CLERK, unit="jyj").get(f"/trips/{permitted.ref}/permit").status_code == 404


def test_the_way_home_is_recorded_duty_by_duty_and_closed_at_the_end(client, clock, permitted):
    after = f"/trips/{permitted.ref}/after"
    clock.set(datetime(2026, 5, 18, 8, tzinfo=SHANGHAI))
    clerk = client(Role.CLERK)
    assert clerk.post(f"/trips/{permitted.ref}/departure", data={"on_day": "2026-05-18"}).status_code == 303
    clock.set(datetime(2026, 5, 22, 20, tzinfo=SHANGHAI))
    clerk = client(Role.CLERK)
    assert clerk.post(f"/trips/{permitted.ref}/entry", data={"on_day": "2026-05-22"}).status_code == 303
    assert text(clerk.get(after)).count("没有归还") == len(permitted.members)
    clock.set(datetime(2026, 5, 25, 10, tzinfo=SHANGHAI))
    custodian = client(Role.PASSPORT_CUSTODIAN)
    for place in range(1, len(permitted.members) + 1):
        sent = {"on_day": "2026-05-25", "passport_number": f"PE123457{place}", "expires_on": "2030-01-01"}
        assert custodian.post(f"/passports/{permitted.ref}/{place}/in", data=sent).status_code == 303
    clerk = client(Role.CLERK)
    assert "没有归还" not in text(clerk.get(after))
    report = dict.fromkeys(("actual_schedule", "results", "effect", "follow_up"), "如实记录")
    assert clerk.post(f"/trips/{permitted.ref}/report", data=report).status_code == 303
    assert clerk.post(f"/trips/{permitted.ref}/close", data={}).status_code == 409
    early = clerk.post(f"/trips/{permitted.ref}/return", data={})
    assert early.status_code == 422
    for words in (
        "PST-05",
        "还没有事后公示，2026-06-22 到期",
        "厦门市外办2013年9月29日通知",
        "已核实",
        "去办",
    ):
        assert words in text(early)
    published = {"published_on": "2026-05-25", "place": "公示栏"}
    assert clerk.post(f"/trips/{permitted.ref}/publication", data=published).status_code == 303
    assert clerk.post(f"/trips/{permitted.ref}/return", data={}).status_code == 303
    assert clerk.post(f"/trips/{permitted.ref}/close", data={}).status_code == 409
    finance = client(Role.FINANCE)
    claim = {"claimed_on": "2026-05-25", "amount": "60,000.00", "has_border_record": "1"}
    claim |= {"days": "6", "people": "4", "countries": "德国"}
    refused = finance.post(f"/trips/{permitted.ref}/reimbursement", data=claim)
    assert refused.status_code == 422
    for words in ("PST-06", "最多报 5 天", "团长没有签字", "60,000.00", "未核实"):
        assert words in text(refused)
    claim |= {"days": "5"} | dict.fromkeys(
        ("is_in_chinese", "has_head_signature", "is_paid_by_transfer"), "1"
    )
    assert finance.post(f"/trips/{permitted.ref}/reimbursement", data=claim).status_code == 303
    assert clerk.post(f"/trips/{permitted.ref}/close", data={}).status_code == 303
    assert "已办结" in text(clerk.get(f"/trips/{permitted.ref}"))


def test_detail_and_list_stay_within_their_number_of_statements(client, statements, permitted, office):
    for number in range(30):
        service_draft.create(office.clerk, DraftTrip(title=f"团组 {number}"))
    director = client(Role.FAO_DIRECTOR, unit="jh")
    clerk = client(Role.CLERK)
    for browser in (director, clerk):
        with statements() as seen:
            assert browser.get(f"/trips/{permitted.ref}").status_code == 200
        assert len(seen) <= 19, "\n".join(seen)
        with statements() as seen:
            assert browser.get("/trips").status_code == 200
        assert len(seen) <= 14, "\n".join(seen)


def test_a_stranger_finds_nothing_under_any_address_of_the_trip(client, permitted):
    stranger = client(Role.CLERK, unit="jyj")
    for page in ("", "/after", "/submitted", "/edit", "/edit/legs", "/check", "/notice"):
        assert stranger.get(f"/trips/{permitted.ref}{page}").status_code == 404


@pytest.mark.parametrize("query", ["?state=nonsense", "?year=99999", "?year=²", "?country=%FF"])
def test_a_list_address_nobody_would_type_is_no_fault(clerk, query):
    assert clerk.get(f"/trips{query}").status_code == 200


@pytest.mark.parametrize("query", ["?after=%00", "?q=%00%27"])
def test_a_list_address_with_a_control_character_is_refused_in_words(clerk, query):
    answer = clerk.get(f"/trips{query}")
    assert answer.status_code == 400
    assert "没有保存任何东西" in text(answer)
