"""A new table of fee standards: wrong lines named, differences seen, put in force by a second person."""

import io
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from webapp import reference
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, OutOfDate
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.notifications import queries as notifications
from webapp.notifications.service_relay import relay
from webapp.rulebook import queries, rules_fees, service_fees, shipped
from webapp.rulebook.commands import ProposeFees, SettleProposal
from webapp.rulebook.fees import table
from webapp.rulebook.models import FeeProposal
from webapp.rulebook.states import ProposalState
from webapp.runtime import make_post

TODAY = date(2026, 3, 2)
FIRST_DAY = date(2026, 5, 1)
HEADER = "country_code,country_zh,cities_zh,currency,lodging,meals,incidentals\n"
PASSED_AROUND = (
    "seq,continent,country_zh,cities_zh,currency,lodging_cap_per_person_day,"
    "meals_allowance_per_person_day,misc_allowance_per_person_day\n"
)


def read(text):
    return rules_fees.read(text.splitlines())


@pytest.fixture
def chief(call, make_actor):
    reference.install(call)
    return call.as_actor(make_actor(Role.SECTION_CHIEF, unit="wb"))


@pytest.fixture
def director(call, make_actor):
    return call.as_actor(make_actor(Role.FAO_DIRECTOR, unit="wb"))


def proposed(who, lines="DE,德国,柏林,EUR,160,65,40\n日本,日本,,JPY,21000,11000,5000\n", **more):
    cmd = {
        "document": "财行〔2026〕9号",
        "valid_from": FIRST_DAY,
        "standards": read(HEADER + lines).standards,
        "reason": "财政部调整",
        **more,
    }
    return service_fees.propose(who, ProposeFees(**cmd))


def settle(who, row, state=ProposalState.APPLIED, **more):
    cmd = {"number": row.number, "state": state, "version": row.version, **more}
    return service_fees.settle(who, SettleProposal(**cmd))


def lodging(call, on):
    with call.read() as session:
        return queries.fee_rows(session, "DE", "柏林", on).lodging


def test_the_table_as_it_is_passed_around_gives_the_shipped_standards():
    shared = Path(__file__).resolve().parents[3] / "shared/domain/fee_standards_2017_434.csv"
    if not shared.exists():
        pytest.skip(f"real data absent: {shared.name}")
    held = read(shared.read_text(encoding="utf-8"))
    assert held.problems == ()
    found = rules_fees.difference(table("", shipped.fee_standards()), held.standards)
    assert (found.new, found.gone) == ((), ())
    assert len(held.standards) == 273
    # The shipped copy marks one row as unconfirmed; its amounts are the same.
    assert [(change.after.country, change.before.lodging) for change in found.changed] == [("SK", 120)]
    assert found.changed[0].after.lodging == 120


def test_every_wrong_line_is_named_with_its_reason():
    held = read(
        HEADER
        + "DE,德国,柏林,EUR,160,65,40\n"
        + "XX,某国,,EUR,1,1,1\n"
        + "DE,德国,,EURO,1,viel,1\n"
        + "\n"
        + "DE,德国,慕尼黑,EUR,-1,NaN,1\n"
        + "德国,,柏林,EUR,161,65,40\n"
    )
    assert [row.cities for row in held.standards] == [("柏林",)]
    assert [(problem.line, problem.what) for problem in held.problems] == [
        (3, "XX"),
        (4, "EURO"),
        (4, "viel"),
        (6, "-1"),
        (6, "NaN"),
        (7, "德国 柏林"),
    ]
    assert held.problems[0].sentence() == "第 3 行：不认识的国家或地区“XX”。"


def test_a_file_without_the_columns_or_without_rows_says_so():
    assert [p.what for p in read("国家,住宿\n德国,100").problems] == [
        "country_zh, cities_zh, currency, lodging, meals, incidentals"
    ]
    assert len(read(PASSED_AROUND).problems) == 1
    assert len(read("").problems) == 1


def test_the_differences_name_what_is_new_changed_and_gone(chief):
    row = proposed(chief, "DE,德国,柏林,EUR,160,65,40\nTV,图瓦卢,,AUD,100,50,30\n")
    with chief.read() as session:
        found = queries.fee_difference(session, queries.proposal(session, FeeProposal, row.number))
    assert [(c.after.cities, c.before.lodging, c.after.lodging) for c in found.changed] == [
        (("柏林",), 150, 160)
    ]
    assert [r.country for r in found.new] == ["TV"]
    assert {r.country for r in found.gone} >= {"JP", "FR", "DE"}
    assert found.same_count == 0


def test_cities_that_change_alike_are_shown_in_one_line_and_the_rest_is_counted(chief):
    row = proposed(chief, "DE,德国,柏林、汉堡、其他城市,EUR,130,60,38\nDE,德国,慕尼黑,EUR,150,60,38\n")
    with chief.read() as session:
        found = queries.fee_difference(session, queries.proposal(session, FeeProposal, row.number))
        held = {city: queries.fee_rows(session, "DE", city, TODAY).lodging for city in ("柏林", "汉堡")}
    lines = {c.after.cities: (c.before.lodging, c.after.lodging) for c in found.changed}
    assert set(held.values()) == {150}
    assert lines[("柏林", "汉堡")] == (150, 130)
    assert lines[("其他城市",)] == (120, 130)


def test_nothing_holds_before_a_second_person_has_applied_it(chief, director):
    row = proposed(chief)
    assert lodging(chief, FIRST_DAY) == 150
    with pytest.raises(NotAllowedNow, match="proposal_needs_another"):
        settle(chief, row)
    settle(director, row)
    assert lodging(chief, date(2026, 4, 30)) == 150
    assert lodging(chief, FIRST_DAY) == 160
    with pytest.raises(OutOfDate):
        settle(director, row)
    with pytest.raises(NotAllowedNow, match="proposal_settled"):
        settle(director, row, version=None)
    with chief.read() as session:
        actions = session.scalars(
            sa.select(AuditEntry.action)
            .where(AuditEntry.action.startswith("fee_standards."))
            .order_by(AuditEntry.id)
        ).all()
        after = queries.fee_difference(session, queries.proposal(session, FeeProposal, row.number))
    assert actions == ["fee_standards.proposed", "fee_standards.imported"]
    assert [change.before.lodging for change in after.changed][:1] == [150]


def test_an_old_case_keeps_the_table_of_its_day_and_a_limited_one_ends(chief, director):
    settle(director, proposed(chief, valid_until=date(2026, 12, 31)))
    assert lodging(chief, TODAY) == 150
    assert lodging(chief, date(2026, 12, 31)) == 160
    assert lodging(chief, date(2027, 1, 1)) == 150


def test_it_is_refused_with_a_reason_or_taken_back_by_its_author_alone(chief, director):
    row = proposed(chief)
    with pytest.raises(Invalid):
        settle(director, row, ProposalState.REFUSED)
    with pytest.raises(NotAllowedNow, match="proposal_not_yours"):
        settle(director, row, ProposalState.WITHDRAWN)
    assert settle(director, row, ProposalState.REFUSED, note="柏林的数不对").state is ProposalState.REFUSED
    assert settle(chief, proposed(chief), ProposalState.WITHDRAWN).settled_by == chief.actor.name
    assert lodging(chief, FIRST_DAY) == 150


def test_those_who_may_apply_it_are_told_and_its_author_is_not(runtime, chief, director):
    row = proposed(chief)
    relay(runtime.call(), make_post(runtime.settings))
    with chief.read() as session:
        to_director = notifications.inbox(session, director.actor.account_id)
        to_chief = notifications.inbox(session, chief.actor.account_id)
    (item,) = [item for item in to_director if item.event == "fee_standards.proposed"]
    assert item.link == f"/rules/fees/proposals/{row.number}"
    assert "fee_standards.proposed" not in {item.event for item in to_chief}


def test_a_clerk_proposes_nothing(chief, make_actor):
    with pytest.raises(Forbidden):
        proposed(chief.as_actor(make_actor(Role.CLERK)))


def upload(text, encoding="utf-8"):
    return {"file": (io.BytesIO(text.encode(encoding)), "标准.csv")}


def test_on_the_page_one_reads_in_and_another_applies(client, call):
    reference.install(call)
    chief, director = client(Role.SECTION_CHIEF, unit="wb"), client(Role.FAO_DIRECTOR, unit="wb")
    form = {"document": "财行〔2026〕9号", "valid_from": "2026-05-01", "reason": "财政部调整"}
    bad = "DE,德国,柏林,EUR,x,65,40\nXX,,,EUR,1,1,1\n"
    wrong = chief.post("/rules/fees", data={**form, **upload(HEADER + bad)})
    assert wrong.status_code == 422
    assert "第 2 行：金额“x”看不懂。" in wrong.text
    assert "第 3 行：不认识的国家或地区“XX”。" in wrong.text

    text = HEADER + "DE,德国,柏林,EUR,160,65,40\n"
    done = chief.post("/rules/fees", data={**form, **upload(text, "gb18030")})
    assert (done.status_code, done.location) == (303, "/rules/fees/proposals/1")
    page = chief.get(done.location).text
    for words in ("150.00", "160.00", "等另一人复核", "撤回"):
        assert words in page
    assert "已核对，启用" not in page
    assert chief.post(done.location, data={"state": "applied"}).status_code == 409
    assert "已核对，启用" in director.get(done.location).text
    assert director.post(done.location, data={"state": "applied"}).status_code == 303
    assert "已启用" in director.get("/rules/fees").text


def test_days_come_as_a_file_too_and_are_looked_at_before_they_are_saved(client, call):
    reference.install(call)
    chief = client(Role.SECTION_CHIEF, unit="wb")
    lines = "日期,类型,名称\n2027-02-06,休,春节\n2027-02-20,班,春节\n"
    look = chief.post(
        "/rules/calendar/2027/notice",
        data={"source": "国办发明电〔2026〕0号", "text": "", "step": "look", **upload(lines, "gb18030")},
    )
    assert look.status_code == 200
    assert "2027-02-20,班,春节" in look.text  # what is saved next stands in the form
    neither = chief.post("/rules/calendar/2027/notice", data={"source": "x", "text": "", "step": "look"})
    assert neither.status_code == 422
