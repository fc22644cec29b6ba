"""Pages of approval routes: a text is checked line by line, tried out, and put in force by a second person."""

import io
from datetime import date

import pytest

from webapp.approvals import queries_routes, route_text
from webapp.core.permissions import Role

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
DAYS = ["2026-04-30", "2026-05-01"]
R1 = route_text.shipped_texts()["R1"]
NEXT = (
    R1.replace("\nversion: 2\n", "\nversion: 3\n")
    .replace("limit: 1\n", "limit: 2\n")
    .replace("2026-04-09", "2026-04-10")
)
FORM = {"text": NEXT, "valid_from": "2026-03-02", "reason": "受理改为两天"}
APPLY = {"state": "applied", "_version": "1"}


def test_a_new_version_is_read_tried_out_and_put_in_force_by_a_second_person(client, database):
    chief, director = client(Role.SECTION_CHIEF, unit="wb"), client(Role.FAO_DIRECTOR, unit="wb")
    assert "市直单位自组团出访" in chief.get("/routes").text
    assert "2 / 2 符合" in chief.get("/routes/R1/2").text
    answer = chief.post("/routes/new", data=FORM)
    assert (answer.status_code, answer.location) == (303, "/routes/proposals/1")
    page = chief.get("/routes/proposals/1").text
    assert "<del>-   limit: 1</del>" in page
    assert "<ins>+   limit: 2</ins>" in page
    assert "已核对，启用" not in page
    assert "已核对，启用" in director.get("/routes/proposals/1").text
    assert chief.post("/routes/proposals/1", data=APPLY).status_code == 409
    assert director.post("/routes/proposals/1", data=APPLY).status_code == 303
    with database.read() as session:
        row = queries_routes.newest(session, "R1")
    assert (row.version, row.set_by != "", row.proposed_by != "") == (3, True, True)
    page = chief.get("/routes/R1/3").text
    assert "<ins>+   limit: 2</ins>" in page
    assert chief.get("/routes/R1/3/text").text == NEXT


def test_a_text_with_mistakes_comes_back_with_every_wrong_line_named(client):
    chief = client(Role.SECTION_CHIEF, unit="wb")
    wrong = NEXT.replace("role: counter_clerk", "role: emperor").replace("sign: four_eyes", "sign: five_eyes")
    page = chief.post("/routes/new", data={**FORM, "text": wrong})
    assert page.status_code == 422
    lines = [n for n, line in enumerate(wrong.splitlines(), 1) if "emperor" in line or "five_eyes" in line]
    assert all(f"第 {n} 行：不认识：" in page.text for n in lines)
    assert "role: emperor" in page.text


UNUSABLE = {
    "下一版是第 3 版": ("\nversion: 3\n", "\nversion: 5\n"),
    "没有这种审批事项：wedding": ("subject: trip", "subject: wedding"),
    "申请里没有这样的事实：needs_luck": ("needs_discipline", "needs_luck"),
    "最迟 2026-04-10 办完": ("2026-04-10", "2026-04-09"),
    "没有这个人或这个职务：nobody.here": ("role: counter_clerk", "person: nobody.here"),
    "没有这个单位：NOWHERE": ("role: counter_clerk", "role: counter_clerk, unit: NOWHERE"),
}


def test_a_text_this_office_cannot_use_is_not_taken(client):
    chief = client(Role.SECTION_CHIEF, unit="wb")
    for said, change in UNUSABLE.items():
        page = chief.post("/routes/new", data={**FORM, "text": NEXT.replace(*change)})
        assert (page.status_code, said in page.text) == (422, True), said


def test_a_file_is_taken_too_and_its_author_takes_it_back(client):
    officer = client(Role.CASE_OFFICER, unit="wb")
    file = (io.BytesIO(NEXT.encode("utf-8-sig")), "R1.yaml")
    assert officer.post("/routes/new", data={**FORM, "text": "", "file": file}).status_code == 303
    assert (
        officer.post("/routes/proposals/1", data={"state": "withdrawn", "_version": "1"}).status_code == 303
    )
    assert "已撤回" in officer.get("/routes/proposals/1").text


def test_a_clerk_reads_the_routes_and_changes_nothing(client):
    clerk = client(Role.CLERK)
    assert "交一份新文本" not in clerk.get("/routes").text
    assert clerk.get("/routes/new").status_code == 403
    assert clerk.post("/routes/new", data=FORM).status_code == 403


def test_a_version_of_a_later_day_waits_for_its_day(client, database, call, clock):
    chief, director = client(Role.SECTION_CHIEF, unit="wb"), client(Role.FAO_DIRECTOR, unit="wb")
    chief.post("/routes/new", data={**FORM, "valid_from": "2026-05-01"})
    director.post("/routes/proposals/1", data=APPLY)
    with database.read() as session:
        found = [queries_routes.in_force(session, "R1", day).version for day in map(date.fromisoformat, DAYS)]
    assert found == [2, 3]
    assert "第 3 版 2026-05-01 起" in chief.get("/routes").text
