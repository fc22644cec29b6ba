"""What a person reads: instants, clocks, money, refusals."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from webapp.core import display
from webapp.core.clock import SHANGHAI
from webapp.core.errors import Forbidden, Invalid

NOW = datetime(2026, 11, 23, 10, 32, tzinfo=SHANGHAI)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-23T16:05", "今天 16:05"),
        ("2026-11-24T00:00", "明天 00:00"),
        ("2026-11-22T23:59", "昨天 23:59"),
        ("2026-11-26T23:40", "11-26 23:40"),
        ("2025-11-26T23:40", "2025-11-26 23:40"),
    ],
)
def test_a_moment_reads_as_one_would_say_it(moment, words):
    assert display.when(at(moment), NOW) == words


def test_the_day_is_the_offices_day_not_the_servers():
    late_evening_in_utc = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert display.when(late_evening_in_utc, NOW) == "今天 01:00"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(hours=5, minutes=33), "5 小时 33 分"),
        (timedelta(days=3, hours=13, minutes=5), "3 天 13 小时"),
        (timedelta(minutes=9), "9 分"),
        (-timedelta(hours=3, minutes=12), "超 3 小时 12 分"),
    ],
)
def test_a_clock_names_its_two_leading_figures(ahead, words):
    assert display.left(NOW + ahead, NOW) == words


@pytest.mark.parametrize(
    ("ahead", "ran", "level"),
    [
        (timedelta(hours=-1), timedelta(hours=9), "over"),
        (timedelta(hours=5), timedelta(hours=90), "hot"),
        (timedelta(hours=23), timedelta(hours=90), "soon"),
        (timedelta(hours=23), timedelta(hours=1), ""),
        (timedelta(hours=30), timedelta(hours=90), ""),
    ],
)
def test_a_clock_turns_amber_late_in_its_run_and_red_in_the_last_hours(ahead, ran, level):
    assert display.urgency(NOW + ahead, NOW, NOW - ran) == level


def test_money_has_thousands_and_its_currency_where_one_is_known():
    assert display.money(Decimal("123567.98")) == "123,567.98"
    assert display.money(Decimal(90), "EUR") == "90.00 EUR"
    assert display.money(None) == "—"


def test_a_period_leaves_out_the_year_it_repeats():
    assert display.span(date(2026, 12, 8), date(2026, 12, 14)) == "2026-12-08 至 12-14"
    assert display.span(date(2026, 12, 28), date(2027, 1, 2)) == "2026-12-28 至 2027-01-02"


def test_a_refusal_without_fields_still_says_something():
    assert display.problems(Forbidden()) == {"_": ["你没有做这件事的权限。"]}
    assert display.problems(Invalid(fields={"title": ["填写团组名称"]})) == {"title": ["填写团组名称"]}
    assert display.problems(None) == {}
