"""The page on which the office sets how permits are numbered."""

from webapp.core.permissions import Role

FORM = {
    "route_kind": "foreign",
    "authority": "江海市外办",
    "template": "江外出〔{year}〕{seq}号",
    "first_number": "",
    "reason": "核定代字",
}


def test_one_proposes_another_confirms_and_the_next_number_changes(client):
    chief, director = client(Role.SECTION_CHIEF, unit="jh"), client(Role.FAO_DIRECTOR, unit="jh")
    assert "产品自带，未经确认" in chief.get("/permits").text
    assert chief.post("/permits", data=FORM).status_code == 303
    page = chief.get("/permits").text
    assert "等另一位处长或主任确认" in page
    assert "确认启用" not in page
    assert "确认启用" in director.get("/permits").text
    decision = {"route_kind": "foreign", "is_confirmed": "true", "_version": "1"}
    assert chief.post("/permits/decision", data=decision).status_code == 403
    assert director.post("/permits/decision", data=decision).status_code == 303
    assert "江外出〔2026〕1号" in chief.get("/permits").text


def test_a_template_without_a_place_for_the_number_comes_back_with_what_was_typed(client):
    chief = client(Role.SECTION_CHIEF, unit="jh")
    page = chief.post("/permits", data={**FORM, "template": "江外出〔{year}〕号"})
    assert page.status_code == 422
    assert "江外出〔{year}〕号" in page.text


def test_a_clerk_reads_the_page_and_changes_nothing(client):
    clerk = client(Role.CLERK)
    assert "提出新格式" not in clerk.get("/permits").text
    assert clerk.post("/permits", data=FORM).status_code == 403
