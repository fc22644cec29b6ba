"""Clocks that holidays never move, lateness, and the level the facts suggest."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases import CLOCKS
from webapp.core.clock import SHANGHAI
from webapp.deadlines.states import TimeUnit
from webapp.incidents import policy, rules
from webapp.incidents.kinds import DutyKind, MeasureKind
from webapp.incidents.rules import Counting, SeverityFacts, TreatyTerms
from webapp.incidents.states import Level

moments = st.datetimes(datetime(2004, 1, 1), datetime(2035, 12, 31)).map(lambda m: m.replace(tzinfo=UTC))
terms = st.builds(
    TreatyTerms,
    country=st.sampled_from(["JP", "AU", "RU", "FR"]),
    name=st.just("某国"),
    basis=st.sampled_from(["bilateral", "vccr", "reciprocity"]),
    notify_days=st.integers(1, 7),
    counting=st.sampled_from(Counting),
    known=st.booleans(),
)
restraints = st.sampled_from([kind for kind in MeasureKind if kind is not MeasureKind.DEATH])


@given(moments, terms, restraints)
def test_no_day_of_any_year_moves_the_duties_towards_a_detained_foreigner(started, treaty, kind):
    duties = {spec.kind: spec for spec in policy.owed_for_measure(kind, started, treaty, CLOCKS)}
    days = 3 if not treaty.known else treaty.notify_days
    notice = duties[DutyKind.CONSULAR_NOTICE]

    assert duties[DutyKind.POLICE_REPORT].due_at - started == timedelta(hours=48)
    assert notice.target_at - started == timedelta(hours=24 * days)
    if treaty.counting is Counting.HOURS:
        assert notice.due_at == notice.target_at
    else:
        midnight = notice.due_at.astimezone(SHANGHAI)
        assert (midnight.hour, midnight.minute, midnight.second) == (0, 0, 0)
        assert (midnight.date() - started.astimezone(SHANGHAI).date()).days == days + 1
    assert not any(spec.unit is TimeUnit.WORKING_DAYS for spec in duties.values())


@given(moments, terms, restraints)
def test_the_internal_target_is_never_after_the_legal_end(started, treaty, kind):
    for spec in policy.owed_for_measure(kind, started, treaty, CLOCKS):
        assert spec.starts_at < spec.target_at <= spec.due_at


@given(moments, st.sampled_from([None, *Level]))
def test_reports_run_through_nights_and_holidays(received, level):
    assert policy.first_report(received, level, CLOCKS).due_at - received <= timedelta(hours=24)
    assert policy.follow_up(received, level, 1, CLOCKS).due_at - received <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(-60, 0), (0, 0), (1, 1), (60, 1), (61, 2), (3 * 3600 + 12 * 60, 192)]
)
def test_lateness_is_whole_minutes_and_the_instant_itself_is_in_time(seconds, minutes):
    due = datetime(2026, 10, 2, 8, tzinfo=UTC)
    assert rules.late_minutes(due, due + timedelta(seconds=seconds)) == minutes


def test_an_entry_more_than_an_hour_after_the_fact_is_marked():
    fact = datetime(2026, 10, 2, 8, tzinfo=UTC)
    assert not rules.entered_late(fact, fact + timedelta(hours=1))
    assert rules.entered_late(fact, fact + timedelta(hours=1, seconds=1))


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ({}, Level.L4),
        ({"deaths": 2}, Level.L4),
        ({"deaths": 3}, Level.L3),
        ({"serious_injuries": 10}, Level.L3),
        ({"unnatural_death": True}, Level.L3),
        ({"foreigner_arrested": True}, Level.L3),
        ({"delegation_member_missing": True}, Level.L3),
        ({"deaths": 10}, Level.L2),
        ({"serious_injuries": 50}, Level.L2),
        ({"diplomat_dead_or_detained": True}, Level.L2),
        ({"deaths": 30}, Level.L1),
        ({"serious_injuries": 100}, Level.L1),
        ({"evacuated": 499}, Level.L4),
        ({"evacuated": 500}, Level.L1),
        ({"attack_on_mission": True}, Level.L1),
        ({"hostages": True}, Level.L1),
        ({"sensitive": True}, Level.L3),
        ({"diplomat_dead_or_detained": True, "sensitive": True}, Level.L1),
        ({"hostages": True, "sensitive": True}, Level.L1),
    ],
)
def test_the_level_the_facts_suggest_and_sensitivity_raises_it_by_one(facts, level):
    assert rules.severity(SeverityFacts(**facts)) is level


@pytest.mark.parametrize(
    ("home", "office"),
    [
        ("jh/wb/", "jh/wb/"),  # the city office's own people
        ("jh/swj/", "jh/wb/"),  # a department of the city
        ("jh/dhx/", "jh/dhx/dhxwb/"),  # a county with an office of its own
        ("jh/dhx/dhxwb/", "jh/dhx/dhxwb/"),
        ("jh/xhx/", "jh/wb/"),  # a county without one
        ("", "jh/wb/"),  # nobody's unit: the office of the city
    ],
)
def test_a_case_is_led_by_the_office_nearest_to_whoever_registers_it(home, office):
    assert rules.office_for(["jh/dhx/dhxwb/", "jh/wb/"], home) == office
