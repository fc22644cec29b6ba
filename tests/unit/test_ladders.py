"""Reminder ladders: the right steps at the right moments, whatever the calendar."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.core.clock import SHANGHAI
from webapp.deadlines.ladders import (
    KEPT_SKIPS,
    LADDERS,
    Timing,
    due_steps,
    next_step,
    steps_after,
    waits_until,
)
from webapp.deadlines.states import Ladder

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Weekdays:
    """Monday to Friday, except days off and with make-up days."""

    def __init__(self, off=(), made_up=()):
        self.off, self.made_up = set(off), set(made_up)

    def is_working_day(self, day: date) -> bool:
        return day in self.made_up or (day.weekday() < 5 and day not in self.off)


PLAIN = Weekdays()


def at(month, day, hour=9, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def first(timing, count, calendar=PLAIN, after=LONG_AGO):
    return [(step.key, step.at) for step in islice(steps_after(timing, after, calendar), count)]


def test_a_stage_limit_warns_a_working_day_before_on_the_last_day_and_each_working_day_when_over():
    friday = Timing(Ladder.STAGE, at(3, 6, 18))
    assert first(friday, 5) == [
        ("wd-1", at(3, 5)),
        ("wd+0", at(3, 6)),
        ("wd+1", at(3, 9)),
        ("wd+2", at(3, 10)),
        ("wd+3", at(3, 11)),
    ]


def test_the_superior_hears_of_a_stage_limit_one_working_day_after_the_owner():
    steps = list(islice(steps_after(Timing(Ladder.STAGE, at(3, 6, 18)), LONG_AGO, PLAIN), 5))
    assert [step.level for step in steps] == [0, 0, 0, 1, 1]


def test_a_duty_after_return_is_recalled_at_minus_3_minus_1_the_day_plus_1_plus_3_then_weekly():
    wednesday = Timing(Ladder.DUTY, at(3, 12, 0))  # 24:00 of Wednesday the 11th
    assert first(wednesday, 7) == [
        ("wd-3", at(3, 6)),
        ("wd-1", at(3, 10)),
        ("wd+0", at(3, 11)),
        ("wd+1", at(3, 12)),
        ("wd+3", at(3, 16)),
        ("wd+8", at(3, 23)),
        ("wd+13", at(3, 30)),
    ]


def test_a_duty_that_ends_on_a_sunday_warns_on_the_friday_before():
    assert first(Timing(Ladder.DUTY, at(3, 15, 20)), 4) == [
        ("wd-3", at(3, 11)),
        ("wd-1", at(3, 13)),
        ("wd+0", at(3, 13)),
        ("wd+1", at(3, 16)),
    ]


def test_a_worked_saturday_is_a_day_for_reminders():
    calendar = Weekdays(off=[date(2026, 3, 16)], made_up=[date(2026, 3, 14)])
    assert first(Timing(Ladder.STAGE, at(3, 13, 18)), 4, calendar)[2:] == [
        ("wd+1", at(3, 14)),
        ("wd+2", at(3, 17)),
    ]


def test_a_statutory_clock_rings_24_6_and_2_hours_before_at_the_end_and_every_hour_after_it():
    end = at(10, 3, 2, 30)  # at night, in the holidays
    assert first(Timing(Ladder.STATUTORY, end), 6) == [
        ("-24h", end - timedelta(hours=24)),
        ("-6h", end - timedelta(hours=6)),
        ("-2h", end - timedelta(hours=2)),
        ("due", end),
        ("+1h", end + timedelta(hours=1)),
        ("+2h", end + timedelta(hours=2)),
    ]


def test_the_first_report_rings_60_and_30_minutes_before():
    end = at(10, 3, 2, 30)
    assert first(Timing(Ladder.FIRST_REPORT, end), 4) == [
        ("-1h", end - timedelta(minutes=60)),
        ("-30m", end - timedelta(minutes=30)),
        ("due", end),
        ("+1h", end + timedelta(hours=1)),
    ]


def test_the_ladder_hangs_on_the_internal_target_where_there_is_one():
    timing = Timing(Ladder.STATUTORY, at(3, 7, 0), target_at=at(3, 6, 10))
    assert dict(first(timing, 4))["due"] == at(3, 6, 10)


def test_years_of_a_wrong_clock_leave_one_message_and_a_counted_remainder():
    timing = Timing(Ladder.STATUTORY, at(3, 6, 10))
    found = due_steps(timing, at(3, 6, 10), at(3, 6, 10).replace(year=2035), PLAIN)
    hours = (at(3, 6, 10).replace(year=2035) - at(3, 6, 10)) // timedelta(hours=1)
    assert found.latest.key == f"+{hours}h"
    assert len(found.skipped) == KEPT_SKIPS
    assert found.folded == hours - 1 - KEPT_SKIPS


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at(3, 6, 7, 59), at(3, 6, 8)),
        (at(3, 6, 8), None),
        (at(3, 6, 17, 59), None),
        (at(3, 6, 18), at(3, 9, 8)),
        (at(3, 7, 12), at(3, 9, 8)),
    ],
)
def test_office_reminders_wait_for_working_hours(now, opens):
    assert waits_until(Ladder.STAGE, now, PLAIN) == opens
    assert waits_until(Ladder.DUTY, now, PLAIN) == opens
    assert waits_until(Ladder.STATUTORY, now, PLAIN) is None
    assert waits_until(Ladder.FIRST_REPORT, now, PLAIN) is None


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
gaps = st.timedeltas(timedelta(), timedelta(days=15))
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
calendars = st.builds(Weekdays, st.sets(days, max_size=40), st.sets(days, max_size=20))


@given(st.sampled_from(list(LADDERS)), moments, moments, calendars)
def test_steps_come_in_order_with_keys_of_their_own_and_after_the_moment_asked(ladder, end, after, calendar):
    steps = list(islice(steps_after(Timing(ladder, end), after, calendar), 12))
    assert all(step.at > after for step in steps)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert len({step.key for step in steps}) == len(steps)
    assert next_step(Timing(ladder, end), after, calendar) == steps[0]


@settings(deadline=None)
@given(st.sampled_from(list(LADDERS)), moments, st.lists(gaps, min_size=1, max_size=12), calendars)
def test_however_often_the_clock_looks_it_finds_each_step_once_and_none_too_early(
    ladder, end, looks, calendar
):
    timing = Timing(ladder, end)
    position = now = begin = end - timedelta(days=20)
    taken, folded = [], 0
    for gap in looks:
        now += gap
        found = due_steps(timing, position, now, calendar)
        if found:
            taken += [*found.skipped, found.latest]
            folded += found.folded
            position = found.latest.at
            assert found.latest.at <= now
    wanted = list(takewhile(lambda step: step.at <= now, steps_after(timing, begin, calendar)))
    assert len(taken) + folded == len(wanted)
    if not folded:
        assert taken == wanted


@given(st.sampled_from([Ladder.STAGE, Ladder.DUTY]), moments, moments, calendars)
def test_office_steps_fall_on_nine_of_a_working_day(ladder, end, after, calendar):
    for step in islice(steps_after(Timing(ladder, end), after, calendar), 8):
        local = step.at.astimezone(SHANGHAI)
        assert (local.hour, local.minute) == (9, 0)
        assert calendar.is_working_day(local.date())
