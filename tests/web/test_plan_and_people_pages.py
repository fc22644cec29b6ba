"""Pages of plans and of people: granting, planning, registering, handing out and taking back."""

import re

import pytest

from tests import factories
from webapp.core.permissions import Role


@pytest.fixture
def officer(client):
    return client(Role.CASE_OFFICER, unit="wb", scope="jh")


def version_on(page, action):
    form = re.search(rf'<form action="{action}".*?</form>', page.text, re.DOTALL).group(0)
    return re.search(r'name="_version" value="(\d+)"', form).group(1)


def test_an_officer_grants_a_units_year_and_sees_what_is_left(call, officer):
    factories.unit(call)
    assert officer.get("/plans").location == "/plans/2026"
    empty = officer.get("/plans/2026/swj")
    assert "不限" in empty.text
    form = {"quota": "12", "budget": "300000", "document": "江外计〔2026〕1号"}
    assert officer.post("/plans/2026/swj/allotment", data=form).status_code == 303
    page = officer.get("/plans/2026/swj")
    assert "江外计〔2026〕1号" in page.text
    assert "300,000.00" in officer.get("/plans/2026").text
    stale = officer.post("/plans/2026/swj/allotment", data={**form, "_version": "0"})
    assert stale.status_code == 409
    assert officer.post("/plans/2026/swj/allotment", data={**form, "quota": "-3"}).status_code == 422


def test_a_plan_item_is_entered_and_changed(call, officer):
    factories.unit(call)
    form = {
        "number": "3",
        "title": "赴德国商务洽谈",
        "countries": "德国、France",
        "person_count": "4",
        "day_count": "5",
        "planned_month": "",
        "cost": "",
        "state": "proposed",
    }
    assert officer.post("/plans/2026/swj/items", data=form).status_code == 303
    page = officer.get("/plans/2026/swj?item=3")
    assert "德国、法国" in page.text
    version = version_on(page, r"/plans/2026/swj/items\?item=3")
    approved = {**form, "state": "approved", "_version": version}
    assert officer.post("/plans/2026/swj/items", data=approved).status_code == 303
    assert "已批准" in officer.get("/plans/2026/swj").text
    unknown = officer.post("/plans/2026/swj/items", data={**form, "number": "4", "countries": "火星"})
    assert unknown.status_code == 422
    assert "火星" in unknown.text


def test_a_clerk_sees_the_own_units_year_only_and_changes_nothing(call, client):
    factories.unit(call, "jyj")
    clerk = client(Role.CLERK)
    assert clerk.get("/plans/2026/swj").status_code == 200
    assert clerk.get("/plans/2026/jyj").status_code == 404
    assert "教育局" not in re.search("<main.*</main>", clerk.get("/plans/2026").text, re.DOTALL).group(0)
    assert clerk.post("/plans/2026/swj/allotment", data={}).status_code == 403


@pytest.fixture
def person(call, client):
    unit = factories.unit(call)
    clerk = client(Role.CLERK)
    form = {
        "name": "林致远",
        "unit_id": str(unit.id),
        "post": "对外贸易处处长",
        "rank": "division",
        "employment": "serving",
        "id_number": "",
        "is_active": "true",
    }
    address = clerk.post("/people", data=form).location
    passport = {"kind": "public_affairs", "number": "PE1234578", "expires_on": "2030-01-01"}
    assert clerk.post(f"{address}/passports", data=passport).status_code == 303
    return clerk, address, form


def test_a_clerk_registers_a_traveller_whose_passport_number_is_masked(person):
    clerk, address, form = person
    page = clerk.get(address)
    assert "PE*****78" in page.text
    assert "PE1234578" not in page.text
    wrong = clerk.post("/people", data={**form, "name": "", "id_number": "123"})
    assert wrong.status_code == 422
    assert "对外贸易处处长" in wrong.text
    twice = clerk.post(
        f"{address}/passports", data={"kind": "service", "number": "pe1234578", "expires_on": "2031-01-01"}
    )
    assert twice.status_code == 422
    assert "林致远" in clerk.get("/people?q=致远").text
    assert clerk.post(f"{address}/passports/1/number").status_code == 403


def test_a_lost_passport_that_turns_up_is_taken_back_from_the_persons_page(person, client):
    _clerk, address, _form = person
    custodian = client(Role.PASSPORT_CUSTODIAN)
    page = custodian.get(address)
    lost = {"custody": "lost", "on": "2026-02-20", "note": "机场遗失"}
    lost["_version"] = version_on(page, f"{address}/passports/1/gone")
    assert custodian.post(f"{address}/passports/1/gone", data=lost).status_code == 303
    page = custodian.get(address)
    back = {"on": "2026-02-24", "note": "", "_version": version_on(page, f"{address}/passports/1/in")}
    assert custodian.post(f"{address}/passports/1/in", data=back).status_code == 303
    assert custodian.post(f"{address}/passports/1/in", data=back).status_code == 409
    assert custodian.post(f"{address}/passports/2/in", data=back).status_code == 404


def test_the_whole_number_is_shown_to_an_officer_on_request(person, officer):
    _clerk, address, _form = person
    assert "PE1234578" not in officer.get(address).text
    assert "PE1234578" in officer.post(f"{address}/passports/1/number").text


def test_another_units_people_are_not_found(person, client):
    _clerk, address, _form = person
    other = client(Role.CLERK, unit="jyj")
    assert other.get(address).status_code == 404
    assert "林致远" not in other.get("/people").text


def test_pages_read_in_english_too(person, officer):
    _clerk, address, _form = person
    officer.set_cookie("lang", "en", domain="127.0.0.1")
    assert "Official passport" in officer.get(address).text
    assert "Left (yuan)" in officer.get("/plans/2026").text
