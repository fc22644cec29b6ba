"""The worked examples T01 to T06 and T08's dues, with exactly their dates and findings."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.unit.rulebook.conftest import day, leg, letter, trip
from webapp.rulebook import rules_documents, rules_dues
from webapp.rulebook.edition import Edition
from webapp.rulebook.facts import NoticePost, OtherRequest, OverduePassport, QuotaFacts
from webapp.rulebook.rules import check, stopping
from webapp.rulebook.rules_itinerary import day_limit
from webapp.rulebook.states import BudgetItem, DelegationClass, EnforcementPoint, Verdict

SUBMISSION, ACCEPTANCE = EnforcementPoint.SUBMISSION, EnforcementPoint.ACCEPTANCE


def by_rule(findings, code):
    return [finding for finding in findings if finding.rule == code]


def test_t01_an_ordinary_trip_to_germany_meets_every_rule(germany, edition, calendar):
    found = check(germany, edition, SUBMISSION, day("2026-03-10"), calendar)
    assert [f for f in found if f.verdict is not Verdict.OK] == []
    assert (germany.days, day_limit(edition.rules["ITN-01"], 1)) == (5, 5)
    accepted = check(germany, edition, ACCEPTANCE, day("2026-03-10"), calendar)
    assert stopping(accepted, ACCEPTANCE) == ()


def test_t01_the_notice_ends_on_the_fifth_working_day_and_acceptance_is_possible_the_day_after(
    germany, edition, calendar
):
    assert rules_documents.notice_ends(day("2026-03-02"), edition.rules["DOC-02"], calendar) == day(
        "2026-03-09"
    )
    on_the_last_day = check(germany, edition, ACCEPTANCE, day("2026-03-09"), calendar)
    assert [f.rule for f in stopping(on_the_last_day, ACCEPTANCE)] == ["DOC-02"]
    assert stopping(check(germany, edition, ACCEPTANCE, day("2026-03-10"), calendar), ACCEPTANCE) == ()


def test_t01_budget_in_euro(germany):
    sums = {row.item: row.amount for row in germany.budget}
    assert sums == {
        BudgetItem.LODGING: Decimal(2400),
        BudgetItem.MEALS: Decimal(1200),
        BudgetItem.INCIDENTALS: Decimal(760),
    }
    assert {row.currency for row in germany.budget} == {"EUR"}


def test_t01_dues_after_return(edition, calendar):
    entry = day("2026-05-22")
    assert calendar.nth_working_day(day("2026-03-11"), 10).day == day("2026-03-25")
    assert rules_dues.passport_issue_due(day("2026-03-26"), edition, calendar).on == day("2026-04-02")
    assert rules_dues.passport_return_due(entry, edition, calendar).on == day("2026-05-29")
    assert rules_dues.report_due(entry, edition, calendar).on == day("2026-06-22")
    assert rules_dues.publication_due(entry, edition, calendar).on == day("2026-06-22")
    assert rules_dues.reimbursement_due(entry, edition, calendar).on == day("2026-06-22")


def test_t02_notice_over_spring_festival(edition, calendar):
    assert rules_documents.notice_ends(day("2026-02-11"), edition.rules["DOC-02"], calendar) == day(
        "2026-02-25"
    )


def with_params(edition, code, **params):
    rules = dict(edition.rules)
    rules[code] = replace(rules[code], params={**rules[code].params, **params})
    return Edition(edition.on, rules, edition.fees)


def test_the_last_delegation_of_the_year_passes_and_the_one_after_it_does_not(germany, edition, calendar):
    quota = QuotaFacts(unit_code="swj", unit_name="江海市商务局", year=2026, granted=3, used=1, reserved=1)
    for reserved, stops in ((1, False), (2, True)):
        facts = replace(germany, quotas=(), delegation_quota=replace(quota, reserved=reserved))
        (found,) = by_rule(check(facts, edition, SUBMISSION, day("2026-03-10"), calendar), "PLN-02")
        assert found.stops == stops
    assert "还剩 0，本次 1 批" in found.sentence()


@pytest.mark.parametrize(
    ("params", "due"),
    [
        ({}, "2026-10-04"),
        ({"roll": True}, "2026-10-08"),
        ({"variant": "working_days", "count": 5}, "2026-10-09"),
        ({"variant": "beijing"}, "2026-10-05"),
    ],
)
def test_t03_four_choices_of_the_office_give_four_dates(edition, calendar, params, due):
    chosen = with_params(edition, "PST-01", **params)
    got = rules_dues.passport_return_due(
        day("2026-09-27"), chosen, calendar, exit_on=day("2026-09-21"), approved_days=7
    )
    assert got.on == day(due)
    if "variant" in params and params["variant"] == "beijing":
        assert rules_dues.passport_return_due(day("2026-09-27"), chosen, calendar).on == day(due)


def test_t03_the_unit_is_locked_from_the_thirty_first_day(germany, edition, calendar):
    late = (OverduePassport(holder="出访人1", trip_number="CG-2026-009", due_on=day("2026-10-04")),)
    facts = replace(germany, overdue_passports=late)
    for today, locked in (("2026-11-03", False), ("2026-11-04", True)):
        found = by_rule(check(facts, edition, SUBMISSION, day(today), calendar), "PST-02")
        assert [f.stops for f in found] == [locked], today
    assert "31 天" in found[0].sentence()


def test_t04_nine_days_in_two_countries_of_europe_are_one_too_many(edition, calendar):
    facts = trip(
        leg(1, "FR", "2026-06-01", "2026-06-05", "巴黎"),
        leg(2, "IT", "2026-06-05", "2026-06-09", "罗马"),
        exit_on="2026-06-01",
        entry_on="2026-06-09",
    )
    (found,) = by_rule(check(facts, edition, SUBMISSION, day("2026-03-10"), calendar), "ITN-01")
    assert (found.verdict, found.limit, found.actual) == (Verdict.BLOCKER, "8", "9")
    assert found.sentence() == "在外 9 天，去 2 个国家最多 8 天，超 1 天。"


def test_t04_nine_days_in_two_countries_of_africa_with_poor_connections_pass(edition, calendar):
    facts = trip(
        leg(1, "KE", "2026-06-01", "2026-06-05"),
        leg(2, "TZ", "2026-06-05", "2026-06-09"),
        exit_on="2026-06-01",
        entry_on="2026-06-09",
        has_poor_connection=True,
    )
    found = check(facts, edition, SUBMISSION, day("2026-03-10"), calendar)
    (days,) = by_rule(found, "ITN-02")
    assert (days.verdict, days.limit) == (Verdict.OK, "9")
    assert by_rule(found, "ITN-01") == []
    (without,) = by_rule(
        check(replace(facts, has_poor_connection=False), edition, SUBMISSION, day("2026-03-10"), calendar),
        "ITN-01",
    )
    assert without.stops


def south_america(airside):
    return trip(
        leg(1, "FR", "2026-06-01", "2026-06-01", "巴黎", is_business=False, is_airside=airside),
        leg(2, "CL", "2026-06-02", "2026-06-06"),
        leg(3, "BR", "2026-06-06", "2026-06-09"),
        exit_on="2026-06-01",
        entry_on="2026-06-10",
        has_poor_connection=True,
    )


def test_t05_a_stopover_inside_the_airport_is_no_country(edition, calendar):
    found = check(south_america(airside=True), edition, SUBMISSION, day("2026-03-10"), calendar)
    (days,), (countries,) = by_rule(found, "ITN-02"), by_rule(found, "ITN-03")
    assert (days.verdict, days.limit, days.actual) == (Verdict.BLOCKER, "9", "10")
    assert (countries.verdict, countries.actual) == (Verdict.OK, "2")


def test_t05_a_night_outside_the_airport_counts_for_the_cap_but_buys_no_days(edition, calendar):
    facts = replace(south_america(airside=False), invitations=(letter(1, "CL", "BR"),))
    found = check(facts, edition, SUBMISSION, day("2026-03-10"), calendar)
    (countries,), (days,), (papers,) = (by_rule(found, code) for code in ("ITN-03", "ITN-02", "DOC-01"))
    assert (countries.verdict, countries.actual, countries.limit) == (Verdict.OK, "3", "3")
    assert (days.limit, days.stops) == ("9", True)
    assert papers.stops
    assert papers.sentence() == "法国没有邀请函。"


def test_t06_two_requests_that_together_are_one_delegation_too_large(edition, calendar):
    facts = trip(
        leg(1, "AE", "2026-11-11", "2026-11-15"), exit_on="2026-11-11", entry_on="2026-11-15", count=3
    )
    other = OtherRequest(
        number="CG-2026-101",
        unit_code="swj",
        unit_name="江海市商务局",
        inviters=("X",),
        exit_on=day("2026-11-09"),
        entry_on=day("2026-11-13"),
        countries=("AE",),
        member_count=4,
    )
    found = check(replace(facts, other_requests=(other,)), edition, SUBMISSION, day("2026-09-01"), calendar)
    (split,) = by_rule(found, "DEL-02")
    assert (split.verdict, split.limit, split.actual) == (Verdict.NEEDS_JUSTIFICATION, "6", "7")
    assert "CG-2026-101" in split.sentence()
    alone = replace(other, unit_code="jyj", inviters=("Z",))
    apart = replace(other, exit_on=day("2026-11-01"), entry_on=day("2026-11-03"))
    elsewhere = replace(other, countries=("SA",))
    for unrelated in (alone, apart, elsewhere, replace(other, member_count=3)):
        facts_with = replace(facts, other_requests=(unrelated,))
        (split,) = by_rule(check(facts_with, edition, SUBMISSION, day("2026-09-01"), calendar), "DEL-02")
        assert split.verdict is Verdict.OK


def test_t08_dues_of_a_trip_that_left_before_midnight(edition, calendar):
    assert rules_dues.passport_return_due(day("2026-06-12"), edition, calendar).on == day("2026-06-19")


def test_c01_a_term_into_next_year_is_marked_provisional(edition, calendar):
    due = rules_dues.passport_issue_due(day("2026-12-30"), edition, calendar)
    assert (due.on, due.provisional) == (date(2027, 1, 7), True)


def test_every_unit_of_the_delegation_posts_the_notice(germany, edition, calendar):
    guest = replace(germany.members[3], unit_code="jyj", unit_name="江海市教育局")
    facts = replace(germany, members=(*germany.members[:3], guest))
    today = day("2026-03-10")
    (missing,) = stopping(check(facts, edition, ACCEPTANCE, today, calendar), ACCEPTANCE)
    assert missing.sentence() == "江海市教育局还没有公示，公示不少于 5 个工作日。"
    posted = (*facts.notices, NoticePost(unit_code="jyj", posted_on=today - timedelta(days=8)))
    assert (
        stopping(check(replace(facts, notices=posted), edition, ACCEPTANCE, today, calendar), ACCEPTANCE)
        == ()
    )


def test_the_share_of_official_time_binds_general_delegations_and_is_told_to_research_staff(
    germany, edition, calendar
):
    idle = replace(germany, slots=tuple(replace(slot, is_official=False) for slot in germany.slots))
    for group, verdict in (
        (DelegationClass.GENERAL, Verdict.NEEDS_JUSTIFICATION),
        (DelegationClass.RESEARCH, Verdict.NOTICE),
    ):
        found = check(replace(idle, delegation_class=group), edition, SUBMISSION, day("2026-03-10"), calendar)
        assert [f.verdict for f in by_rule(found, "ITN-05")] == [verdict]
