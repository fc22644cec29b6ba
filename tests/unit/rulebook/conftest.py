"""Facts of the worked examples, built from a plain trip that breaks no rule."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from webapp.deadlines.calendar_source import library_calendar
from webapp.rulebook import rules_budget, shipped
from webapp.rulebook.facts import (
    Invitation,
    Leg,
    Member,
    NoticePost,
    PlanItemFacts,
    QuotaFacts,
    Slot,
    TripFacts,
)
from webapp.rulebook.states import Half, Rank


@pytest.fixture(scope="session")
def calendar():
    return library_calendar(2004, 2029)


@pytest.fixture(scope="session")
def edition():
    return shipped.shipped_edition(date(2026, 3, 1))


def day(text):
    return date.fromisoformat(text)


def leg(row, country, arrive, leave, city="", **more):
    return Leg(row=row, country=country, city=city, arrive_on=day(arrive), leave_on=day(leave), **more)


def members(count, unit="swj", name="江海市商务局"):
    return tuple(
        Member(row=i, name=f"出访人{i}", unit_code=unit, unit_name=name, rank=Rank.DIVISION, is_head=i == 1)
        for i in range(1, count + 1)
    )


def letter(row, *countries, inviter="X"):
    return Invitation(
        row=row,
        countries=countries,
        inviter=inviter,
        signatory="Y",
        purpose="商务洽谈",
        dated_on=day("2026-01-05"),
        stay_from=day("2026-05-18"),
        stay_until=day("2026-05-22"),
        cost_bearer="own",
        has_original=True,
        has_translation=True,
    )


def slots(exit_on, entry_on, official):
    """All half-days of a journey, the first `official` of them official."""
    days = [exit_on + timedelta(days=i) for i in range((entry_on - exit_on).days + 1)]
    halves = [(d, half) for d in days for half in (Half.AM, Half.PM)]
    return tuple(Slot(day=d, half=h, is_official=i < official) for i, (d, h) in enumerate(halves))


def trip(*legs, exit_on, entry_on, count=4, **more):
    """A trip of the commerce bureau that meets every rule its legs and dates do not break."""
    exit_on, entry_on = day(exit_on), day(entry_on)
    countries = tuple(dict.fromkeys(stop.country for stop in legs if stop.is_business or not stop.is_airside))
    total = ((entry_on - exit_on).days + 1) * 2
    facts = TripFacts(
        number="CG-2026-001",
        organizing_unit="swj",
        organizing_unit_name="江海市商务局",
        exit_on=exit_on,
        entry_on=entry_on,
        legs=legs,
        members=members(count),
        slots=slots(exit_on, entry_on, -(-total * 2 // 3)),
        invitations=(letter(1, *countries),),
        notices=(NoticePost(unit_code="swj", posted_on=day("2026-03-02")),),
        plan_item=PlanItemFacts(number="3", year=exit_on.year, is_approved=True),
        quotas=(QuotaFacts(unit_code="swj", year=exit_on.year, granted=20, used=5, reserved=2),),
    )
    return replace(facts, **more)


@pytest.fixture
def germany(edition):
    """T01: Berlin, 18 to 22 May 2026, four members of division rank."""
    legs = (leg(1, "DE", "2026-05-18", "2026-05-22", "柏林"),)
    rows = rules_budget.build(
        legs,
        exit_on=day("2026-05-18"),
        entry_on=day("2026-05-22"),
        people=4,
        fees=edition.fees,
        rates={"EUR": Decimal("7.8")},
    )
    return trip(*legs, exit_on="2026-05-18", entry_on="2026-05-22", budget=rows)
