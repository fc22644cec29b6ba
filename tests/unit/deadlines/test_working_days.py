"""Counting on the real calendar: the golden sums, the worked examples, and laws that always hold."""

import csv
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import real_data
from webapp.core.clock import SHANGHAI
from webapp.deadlines.calendar import Counted, add_months, end_of
from webapp.deadlines.calendar_source import library_calendar

CALENDAR = library_calendar(2012, 2028)
DAYS = st.dates(date(2013, 1, 1), date(2026, 11, 30))


def rows(name):
    with real_data(f"calendar/{name}").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.real_data
def test_every_day_of_fourteen_years_is_worked_or_free_as_published():
    wrong = [
        row["date"]
        for row in rows("is_workday_2013_2026.csv")
        if CALENDAR.is_working_day(date.fromisoformat(row["date"])) != (row["is_workday"] == "1")
    ]
    assert wrong == []


@pytest.mark.real_data
def test_all_golden_sums_of_working_days_agree():
    sums = [row for row in rows("golden_find_workday.csv") if int(row["delta_workdays"]) != 0]
    wrong = [
        row
        for row in sums
        if CALENDAR.nth_working_day(date.fromisoformat(row["date"]), int(row["delta_workdays"])).day
        != date.fromisoformat(row["holidays_get_nth_working_day"])
    ]
    assert len(sums) == 938
    assert wrong == []


@pytest.mark.real_data
def test_all_golden_counts_of_working_days_agree():
    counts = rows("golden_count_workdays.csv")
    for row in counts:
        start = date.fromisoformat(row["start"]) - timedelta(days=1)
        end = date.fromisoformat(row["end_inclusive"])
        assert CALENDAR.working_days_between(start, end) == int(row["workdays"]), row
    assert len(counts) == 500


def test_notice_over_spring_festival_counts_the_worked_saturday():
    start = date(2026, 2, 11)
    counted = [CALENDAR.nth_working_day(start, n).day for n in range(1, 6)]
    assert counted == [date(2026, 2, d) for d in (12, 13, 14, 24, 25)]
    assert CALENDAR.is_working_day(date(2026, 2, 14))


def test_ordinary_trip_dates():
    assert CALENDAR.nth_working_day(date(2026, 3, 2), 5) == Counted(date(2026, 3, 9), provisional=False)
    assert CALENDAR.nth_working_day(date(2026, 3, 9), 1).day == date(2026, 3, 10)
    assert CALENDAR.nth_working_day(date(2026, 3, 11), 10).day == date(2026, 3, 25)
    assert CALENDAR.nth_working_day(date(2026, 3, 26), 5).day == date(2026, 4, 2)


def test_a_term_into_a_year_without_a_notice_is_provisional():
    assert CALENDAR.nth_working_day(date(2026, 12, 30), 5) == Counted(date(2027, 1, 7), provisional=True)
    assert not CALENDAR.nth_working_day(date(2026, 12, 24), 5).provisional


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        (date(2026, 4, 29), 5, date(2026, 5, 9)),  # the Taiwan Affairs Office over Labour Day
        (date(2026, 5, 11), 15, date(2026, 6, 1)),
        (date(2026, 9, 18), 10, date(2026, 10, 9)),  # a consultation over National Day
    ],
)
def test_terms_over_festivals(start, n, due):
    assert CALENDAR.nth_working_day(start, n).day == due


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 5, 22), 1, date(2026, 6, 22)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last(start, n, end):
    assert add_months(start, n) == end


def test_a_day_ends_at_midnight_in_shanghai():
    assert end_of(date(2026, 10, 4)) == datetime(2026, 10, 5, 0, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        (datetime(2026, 2, 14, 7, 59, tzinfo=SHANGHAI), False),
        (datetime(2026, 2, 14, 8, 0, tzinfo=SHANGHAI), True),
        (datetime(2026, 2, 14, 17, 59, tzinfo=SHANGHAI), True),
        (datetime(2026, 2, 14, 18, 0, tzinfo=SHANGHAI), False),
        (datetime(2026, 10, 1, 11, 0, tzinfo=SHANGHAI), False),
        (datetime(2026, 10, 8, 8, 0, tzinfo=SHANGHAI), True),
    ],
)
def test_working_hours_open_on_worked_saturdays_and_not_in_festivals(at, open_):
    assert CALENDAR.is_working_time(at) is open_


@given(DAYS, st.integers(-60, 60).filter(bool))
def test_counting_there_and_back(start, n):
    day, _ = CALENDAR.nth_working_day(start, n)
    assert CALENDAR.is_working_day(day)
    assert CALENDAR.working_days_between(start, day) == n


@given(DAYS, st.integers(1, 30), st.integers(1, 30))
def test_counting_in_two_steps_is_counting_once(start, a, b):
    middle = CALENDAR.nth_working_day(start, a).day
    assert CALENDAR.nth_working_day(middle, b).day == CALENDAR.nth_working_day(start, a + b).day


@given(DAYS)
def test_rolling_never_goes_back_and_ends_on_a_worked_day(day):
    rolled = CALENDAR.rolled(day).day
    assert rolled >= day
    assert CALENDAR.is_working_day(rolled)
    assert (rolled == day) == CALENDAR.is_working_day(day)


@given(DAYS, st.integers(0, 24))
def test_months_keep_the_day_or_take_the_last(start, n):
    end = add_months(start, n)
    assert end.day == start.day or (end + timedelta(days=1)).day == 1
