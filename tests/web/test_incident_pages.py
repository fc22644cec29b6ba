"""Incidents in a browser without script: registering, watching, entering what others did, closing."""

import html
import io
import re

import pytest
import sqlalchemy as sa

from tests import cases
from tests.cases import at
from webapp.core.permissions import Role
from webapp.incidents.kinds import DutyKind
from webapp.incidents.models import Incident, Person
from webapp.incidents.states import IncidentState

I01 = {
    "tile": "detained",
    "measure": "criminal_detention",
    "country": "JP",
    "started_at": "2026-09-30T16:00",
    "person_count": "1",
    "place": "江海市云台区滨河路派出所",
    "reporter": "滨河路派出所 王警官",
    "reporter_phone": "0000-110",
    "account": "",
}


@pytest.fixture
def night(call, clock):
    """The evening before the holiday, with the office in place."""
    cases.office(call)
    clock.set(at("2026-09-30T17:00"))
    return clock


@pytest.fixture
def lead(client, night):
    return client(Role.INCIDENT_LEAD, unit="wb", login="limei")


def text(answer):
    """The words of a page, without tags, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def registered(browser, **changed):
    answer = browser.post("/incidents", data=I01 | changed)
    assert answer.status_code == 303, text(answer)
    return answer.location.rpartition("/")[2]


def post(browser, number, path, **data):
    return browser.post(f"/incidents/{number}/{path}", data=data)


def duty_id(call, number, kind):
    return str(cases.duties(call, number)[kind].id)


def test_the_registration_page_comes_filled_with_the_rule_of_the_nationality(client, night):
    browser = client(Role.DUTY_OFFICER, unit="wb")
    page = text(browser.get("/incidents/new?kind=detained&nat=KR&measure=arrest&started_at=2026-09-30T01:40"))
    assert "与韩国订有双边领事条约。 4 天内 须通报领馆。本人要求不通知也要通知。" in page
    assert "法定截止 10-04 24:00" in page
    assert "内部要求 10-04 01:40" in page
    assert "截止 10-02 01:40" in page
    fragment = browser.get("/incidents/new/terms?country=RU")
    assert "内容未核实。按最短的 3 天算" in text(fragment)
    assert "<html" not in fragment.text
    assert "至迟 7 天" in text(browser.get("/incidents/new/terms?country=FR"))
    assert "没有领事通报的时限" in text(browser.get("/incidents/new/terms?country=CN"))


def test_without_script_the_terms_are_shown_by_the_server_and_nothing_is_saved(client, night, call):
    browser = client(Role.DUTY_OFFICER, unit="wb")
    page = browser.post("/incidents/new/preview", data=I01)
    assert page.status_code == 200
    assert "法定截止 10-04 24:00" in text(page)
    assert 'value="江海市云台区滨河路派出所"' in page.text
    with call.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Incident)) == 0


def test_i01_registered_in_the_browser_shows_both_ends_and_where_they_come_from(lead):
    number = registered(lead)
    page = text(lead.get(f"/incidents/{number}"))
    assert number == "2026-001"
    for words in (
        "日本籍人员 1 名：刑事拘留",
        "领事通报未办",
        "法定 10-04 24:00",
        "内部 10-04 16:00",
        "法定 10-02 16:00",
        "《公安机关办理刑事案件程序规定》（2020年修正）第三百六十七条",
        "已核实",
        "省公安厅",
        "按小时和自然日算的时限遇节假日不顺延",
    ):
        assert words in page


def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(lead):
    answer = lead.post("/incidents", data=I01 | {"country": "", "reporter": "", "started_at": "yesterday"})
    assert answer.status_code == 422
    for name in ("country", "reporter", "started_at"):
        assert f'href="#f-{name}"' in answer.text
    assert 'value="江海市云台区滨河路派出所"' in answer.text


def test_a_double_click_registers_once(lead, call):
    key = "7d1f3a52-6d3e-4a7e-9f6a-0b8f0d7a4c11"
    one = lead.post("/incidents", data=I01 | {"_key": key})
    two = lead.post("/incidents", data=I01 | {"_key": key})
    assert one.location == two.location
    with call.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Incident)) == 1


def test_the_case_is_worked_to_its_end_by_forms_alone(lead, call):
    number = registered(lead)
    told = {"told": "省外办", "means": "phone"}
    for path in ("level", "report", "notice", "opt_out", "person", "measure", "name", "hand_over", "unmask"):
        assert 'id="panel"' in lead.get(f"/incidents/{number}?do={path}").text, path
    assert (
        post(lead, number, "reports", duty="first_report", sent_at="2026-09-30T17:00", **told).status_code
        == 303
    )
    graded = {"level": "4", "category": "criminal_suspect", "secrecy": "normal", "reason": "核实"}
    assert post(lead, number, "level", **graded).status_code == 303
    for kind in (DutyKind.POLICE_REPORT, DutyKind.CONSULAR_NOTICE):
        given = {
            "deadline_id": duty_id(call, number, kind),
            "done_at": "2026-09-30T17:00",
            "source": "市公安局",
        }
        receipt = (io.BytesIO(cases.PDF), "回执.pdf")
        answer = post(lead, number, "notices", **given, **told, file=receipt)
        assert answer.status_code == 303, text(answer)
    assert post(lead, number, "end", ended_at="2026-09-30T17:00").status_code == 303
    refused = post(lead, number, "close")
    assert refused.status_code == 422
    for words in (
        "还有没办的时限，不能结案：终报。",
        "还没有办，",
        "《中华人民共和国突发事件应对法》",
        "去办",
    ):
        assert words in text(refused)
    assert (
        post(lead, number, "reports", duty="final_report", sent_at="2026-09-30T17:00", **told).status_code
        == 303
    )
    assert post(lead, number, "close").status_code == 303
    assert cases.current(call, number).state is IncidentState.CLOSED
    page = lead.get(f"/incidents/{number}")
    assert "已结案" in text(page)
    assert "do=close" not in page.text
    file = re.search(r'href="(/incidents/[^"]+/files/[^"]+)" download', page.text)[1]
    with lead.get(file) as paper:
        assert paper.data == cases.PDF
        assert paper.headers["Content-Disposition"].startswith("attachment")


def test_an_old_page_changes_nothing(lead, call):
    number = registered(lead)
    assert post(lead, number, "await", _version="1").status_code == 409
    note = {"text": "到场", "occurred_at": "2026-09-30T17:00"}
    assert post(lead, number, "notes", _version="1", **note).status_code == 303
    assert post(lead, number, "notes", _version="1", **note).status_code == 409
    assert cases.current(call, number).version == 2


def test_a_late_entry_is_marked_and_names_who_entered_it(lead):
    number = registered(lead)
    post(lead, number, "notes", text="家属到达", occurred_at="2026-09-30T15:00", source="王警官")
    page = text(lead.get(f"/incidents/{number}"))
    assert "补录" in page
    assert "于 2026-09-30 17:00 录入" in page


def test_the_opt_out_of_a_french_national_waives_and_of_a_japanese_is_kept_and_refused(lead, call):
    for country, words in (("FR", "依法免办"), ("JP", "双边领事条约规定必须通知")):
        number = registered(lead, country=country)
        with call.read() as session:
            person = session.scalars(sa.select(Person.id).order_by(Person.id.desc()).limit(1)).one()
        data = {"person_id": str(person), "signed_at": "2026-09-30T17:00"}
        bare = post(lead, number, "opt-outs", **data)
        assert bare.status_code == 422
        assert "没有本人签字的书面声明" in text(bare)
        paper = (io.BytesIO(cases.PDF), "声明.pdf")
        assert post(lead, number, "opt-outs", **data, statement=paper).status_code == 303
        assert words in text(lead.get(f"/incidents/{number}"))


def test_full_names_and_passports_need_a_reason_and_are_not_kept_in_an_address(lead):
    number = registered(lead)
    post(lead, number, "persons", country="US", name="Mary Ann", passport_no="568912321")
    page = lead.get(f"/incidents/{number}").text
    assert "56*****21" in page
    assert "568912321" not in page
    assert post(lead, number, "unmask", reason="").status_code == 422
    shown = post(lead, number, "unmask", reason="补办旅行证")
    assert shown.status_code == 200
    assert "568912321" in shown.text
    assert "Mary Ann" in shown.text
    assert "568912321" not in lead.get(f"/incidents/{number}").text


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_board_list_and_case_open_in_both_languages(lead, locale):
    number = registered(lead)
    lead.set_cookie("lang", locale, domain="127.0.0.1")
    for path in ("/incidents", "/incidents/list", "/incidents/new", f"/incidents/{number}"):
        answer = lead.get(path)
        assert answer.status_code == 200
        assert answer.text.count("<h1") == 1
    board = text(lead.get("/incidents"))
    assert ("新登记 1" if locale == "zh" else "New 1") in board


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "{{ 7*7 }}", "'; DROP TABLE incident;--", "%(x)s %s %", "=HYPERLINK(1)"],
)
def test_hostile_words_are_shown_as_words(lead, hostile):
    number = registered(lead, place=hostile, reporter=hostile, account=hostile, person_name=hostile)
    post(lead, number, "notes", text=hostile, occurred_at="2026-09-30T17:00", source=hostile)
    for path in ("/incidents", "/incidents/list", f"/incidents/{number}"):
        page = lead.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    assert hostile in html.unescape(page.text)


@pytest.mark.parametrize("bad", ["\x00", "\u202e反", "长" * 5000])
def test_characters_no_office_types_are_refused(lead, bad):
    assert lead.post("/incidents", data=I01 | {"account": bad}).status_code == 422


def test_numbers_that_are_not_there_are_not_found(lead):
    number = registered(lead)
    for path in ("2026-999", "x", "%27", number + "/files/00000000-0000-0000-0000-000000000000"):
        assert lead.get(f"/incidents/{path}").status_code == 404
    for name, value in (("level", "9"), ("level", "x"), ("secrecy", "open")):
        graded = {
            "level": "4",
            "category": "criminal_suspect",
            "secrecy": "normal",
            "reason": "x",
            name: value,
        }
        assert post(lead, number, "level", **graded).status_code == 422
    with_other = post(lead, number, "notes", text="x", occurred_at="2026-09-30T17:00", state="closed")
    assert with_other.status_code == 422


def test_who_restricts_a_case_to_nobody_is_asked_for_names_and_keeps_what_was_typed(client, lead, call):
    number = registered(client(Role.CLERK, unit="wb", login="zhiban"))
    chief = client(Role.SECTION_CHIEF, unit="wb")
    post(chief, number, "names", login="zhiban", remove="true")
    given = {"level": "2", "category": "criminal_suspect", "secrecy": "restricted", "reason": "涉外交人员"}
    refused = post(chief, number, "level", **given)
    assert refused.status_code == 422
    assert "请至少写一个知情人的账号" in text(refused)
    assert "涉外交人员" in refused.text
    named = post(chief, number, "level", **given, named="limei")
    assert named.location == "/incidents"  # not the case, which its restricter does not see any more
    assert chief.get(f"/incidents/{number}").status_code == 404
    assert lead.get(f"/incidents/{number}").status_code == 200
