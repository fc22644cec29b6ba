"""PST-01 and 03 to 06 after the journey: what is owed stops, what is late asks for words, the claim fits the permit."""

from dataclasses import replace

import pytest

from tests.unit.rulebook.conftest import day, leg, trip
from webapp.rulebook import rules_dues
from webapp.rulebook.facts import ClaimFacts, PassportBack, TravelFacts
from webapp.rulebook.rules import check, stopping
from webapp.rulebook.states import EnforcementPoint, Verdict, WaivedBy

RETURN, REIMBURSEMENT = EnforcementPoint.RETURN, EnforcementPoint.REIMBURSEMENT
CLAIM = ClaimFacts(claimed_on=day("2026-06-15"), days=5, people=4, countries=("DE",))


def back(facts, *, exit_on="2026-05-18", entry_on="2026-05-22", returned="2026-05-25", **more):
    """The facts of the trip come home, everything handed in and in time unless said otherwise."""
    done = {"reported_on": day("2026-05-26"), "published_on": day("2026-05-26"), "countries": ("DE",)}
    held = PassportBack(row=1, holder="出访人1", returned_on=day(returned) if returned else None)
    travel = TravelFacts(exit_on=day(exit_on), entry_on=day(entry_on), passports=(held,), **done | more)
    return replace(facts, travel=travel)


def judged(facts, edition, calendar, at=RETURN, today="2026-06-01"):
    return {f.rule: f for f in check(facts, edition, at, day(today), calendar)}


def test_a_return_with_everything_in_time_is_confirmed(germany, edition, calendar):
    found = judged(back(germany), edition, calendar)
    assert {code: f.verdict for code, f in found.items()} == dict.fromkeys(
        ("PST-01", "PST-03", "PST-04", "PST-05"), Verdict.OK
    )
    assert {f.waivable_by for f in found.values()} == {WaivedBy.NOBODY}


@pytest.mark.parametrize(
    ("owed", "rule"),
    [({"returned": None}, "PST-01"), ({"reported_on": None}, "PST-04"), ({"published_on": None}, "PST-05")],
)
def test_what_is_owed_stops_the_confirmation_though_it_is_not_due_yet(germany, edition, calendar, owed, rule):
    facts = back(germany, **owed)
    found = check(facts, edition, RETURN, day("2026-05-25"), calendar)
    assert [f.rule for f in stopping(found, RETURN)] == [rule]
    # the page that shows how things stand does not call it unmet before its day
    assert judged(facts, edition, calendar, None, "2026-05-25")[rule].verdict is Verdict.OK
    assert judged(facts, edition, calendar, None, "2026-07-01")[rule].stops


def test_what_was_done_late_asks_for_words_and_stops_nothing(germany, edition, calendar):
    facts = back(germany, returned="2026-06-01", reported_on=day("2026-06-23"))
    found = judged(facts, edition, calendar, today="2026-06-24")
    assert (found["PST-01"].verdict, found["PST-01"].values["late"]) == (Verdict.NEEDS_JUSTIFICATION, 3)
    assert (found["PST-04"].verdict, found["PST-04"].values["late"]) == (Verdict.NEEDS_JUSTIFICATION, 1)
    assert stopping(tuple(found.values()), RETURN) == ()


def june(edition, **more):
    legs = (leg(1, "DE", "2026-06-08", "2026-06-12", "柏林"),)
    return trip(*legs, exit_on="2026-06-08", entry_on="2026-06-12", **more)


def test_t08_a_red_eye_crossing_before_midnight_is_explained_and_no_violation(edition, calendar):
    facts = back(june(edition), exit_on="2026-06-07", entry_on="2026-06-12", is_red_eye=True)
    assert (facts.days, facts.travel.days) == (5, 6)
    found = judged(facts, edition, calendar, today="2026-07-01")["PST-03"]
    assert found.verdict is Verdict.NEEDS_JUSTIFICATION
    assert "不算超期" in found.sentence()
    assert rules_dues.statement_due(day("2026-06-12"), edition, calendar).on == day("2026-06-22")
    assert rules_dues.passport_return_due(day("2026-06-12"), edition, calendar).on == day("2026-06-19")


@pytest.mark.parametrize(
    ("exit_on", "entry_on", "is_red_eye"),
    [
        ("2026-06-07", "2026-06-12", False),  # no such flight
        ("2026-06-06", "2026-06-12", True),  # two days are more than one
        ("2026-06-08", "2026-06-13", True),  # stayed on at the other end
    ],
)
def test_any_other_day_more_than_permitted_is_over_the_permit(
    edition, calendar, exit_on, entry_on, is_red_eye
):
    facts = back(june(edition), exit_on=exit_on, entry_on=entry_on, is_red_eye=is_red_eye)
    found = judged(facts, edition, calendar, today="2026-07-01")["PST-03"]
    assert "超出" in found.sentence()


def test_a_country_that_is_not_on_the_permit_is_named(germany, edition, calendar):
    found = judged(back(germany, countries=("DE", "AT")), edition, calendar)["PST-03"]
    assert found.verdict is Verdict.NEEDS_JUSTIFICATION
    assert "奥地利" in found.sentence()


def test_a_claim_that_fits_permit_journey_and_papers_is_settled(germany, edition, calendar):
    found = check(back(germany, claim=CLAIM), edition, REIMBURSEMENT, day("2026-06-15"), calendar)
    assert {(f.rule, f.verdict) for f in found} == {("PST-06", Verdict.OK)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"days": 6}, "最多报 5 天"),
        ({"people": 5}, "批件上 4 人"),
        ({"countries": ("DE", "AT")}, "奥地利"),
        ({"has_border_record": False}, "出入境记录"),
        ({"is_in_chinese": False}, "中文"),
        ({"has_head_signature": False}, "团长"),
        ({"is_paid_by_transfer": False}, "公务卡"),
    ],
)
def test_a_claim_that_does_not_fit_is_stopped(germany, edition, calendar, change, words):
    facts = back(germany, claim=replace(CLAIM, **change))
    found = check(facts, edition, REIMBURSEMENT, day("2026-06-15"), calendar)
    (stopped,) = stopping(found, REIMBURSEMENT)
    assert (stopped.rule, words in stopped.sentence()) == ("PST-06", True)


def test_who_came_home_early_is_paid_for_the_days_travelled(germany, edition, calendar):
    facts = back(germany, entry_on="2026-05-21", claim=CLAIM)
    found = check(facts, edition, REIMBURSEMENT, day("2026-06-15"), calendar)
    assert "最多报 4 天" in stopping(found, REIMBURSEMENT)[0].sentence()


def test_a_late_claim_asks_for_its_reason(germany, edition, calendar):
    late = replace(CLAIM, claimed_on=day("2026-06-24"))
    found = check(back(germany, claim=late), edition, REIMBURSEMENT, day("2026-06-24"), calendar)
    assert [(f.verdict, f.values.get("late")) for f in found] == [
        (Verdict.NEEDS_JUSTIFICATION, 2),
        (Verdict.OK, None),
    ]
