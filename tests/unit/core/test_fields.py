"""What people type is taken as they mean it, and what nobody types is refused in words."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from tests.conftest import real_data
from webapp.core.fields import Day, Moment, Money, StrictSchema, Text, Whole
from webapp.core.formdata import form_values
from webapp.core.http import flat_messages, safe_next


@pytest.mark.parametrize("typed", ["2026-12-08", "2026/12/8", "2026年12月8日", "20261208", " 2026.12.08 "])
def test_a_date_is_taken_as_people_type_it(typed):
    assert Day().deserialize(typed) == date(2026, 12, 8)


@pytest.mark.parametrize("typed", ["2026-13-01", "2026-02-30", "tomorrow", "08/12/2026", "２０２６-12-08"])
def test_what_is_no_date_is_refused(typed):
    with pytest.raises(ValidationError):
        Day().deserialize(typed)


def test_a_local_time_is_the_offices_and_an_offset_is_kept():
    assert Moment().deserialize("2026-09-30T16:00").astimezone(UTC) == datetime(2026, 9, 30, 8, tzinfo=UTC)
    assert Moment().deserialize("2026-09-30T16:00+09:00").astimezone(UTC) == datetime(
        2026, 9, 30, 7, tzinfo=UTC
    )


@pytest.mark.parametrize("typed", ["1_000", "٣", "1.9", "1e3", "", "--1", "9" * 13])
def test_numbers_are_ascii_digits_only(typed):
    with pytest.raises(ValidationError):
        Whole().deserialize(typed)


def test_money_takes_thousands_separators_and_two_decimals():
    assert Money().deserialize("123,567.98") == Decimal("123567.98")
    for wrong in ("1.999", "NaN", "Infinity", "1e5", ""):
        with pytest.raises(ValidationError):
            Money().deserialize(wrong)


@pytest.mark.parametrize("typed", ["a\x00b", "a\u202eb", "a\x1bb", "a\ud800b", "two\nlines", "x" * 201])
def test_text_refuses_control_characters_and_excess(typed):
    with pytest.raises(ValidationError):
        Text().deserialize(typed)


@pytest.mark.real_data
def test_hostile_strings_are_either_kept_as_they_are_or_refused():
    for text in json.loads(real_data("strings/blns.json").read_text()):
        try:
            kept = Text(most=5000, lines=True).deserialize(text)
        except ValidationError:
            continue
        assert isinstance(kept, str)


class Sheet(StrictSchema):
    title = Text()


def test_a_sheet_becomes_rows_and_its_empty_last_line_is_no_error():
    form = MultiDict(
        {"title": "x", "legs-0-country": "DE", "legs-1-country": " ", "csrf_token": "t", "_key": "k"}
    )
    assert form_values(form, MultiDict(), Sheet()) == {"title": "x", "legs": [{"country": "DE"}]}


def test_messages_of_rows_carry_the_fields_own_name():
    assert flat_messages({"legs": {0: {"country": ["请填写。"]}}}) == {"legs-0-country": ["请填写。"]}


@pytest.mark.parametrize(
    "target",
    ["//evil", "/\\evil", "https://evil", "javascript:alert(1)", "", None, "evil", "/a\\..\\b", "\t//evil"],
)
def test_nobody_is_sent_to_another_site(target):
    assert safe_next(target) is None


def test_a_path_of_our_own_is_kept():
    assert safe_next("/trips/CG-2026-118?tab=1") == "/trips/CG-2026-118?tab=1"
