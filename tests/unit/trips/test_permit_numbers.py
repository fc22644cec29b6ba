"""How a permit is called: what a template must have so that no number is ever printed twice."""

import pytest

from webapp.rulebook.states import RouteKind
from webapp.trips.rules import TEMPLATES, permit_number, template_fault

OTHERS = [TEMPLATES[RouteKind.HKMO], TEMPLATES[RouteKind.TAIWAN]]


def test_a_template_of_an_authority_prints_year_and_number_in_their_places():
    assert template_fault("琼府出〔{year}〕{seq}号", OTHERS) == ""
    assert permit_number("琼府出〔{year}〕{seq}号", 2026, 37) == "琼府出〔2026〕37号"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("外出〔{year}〕号", "一个 {year} 和一个 {seq}"),
        ("外出〔{year}〕{seq}{seq}号", "一个 {year} 和一个 {seq}"),
        ("{year}-{seq}1", "不能有数字"),
        ("{year}{seq}", "要有文字"),
        ("外出{year}{seq}号", "隔开"),
        ("外出〔{year}〕{seq}号{x}", "不能有数字"),
        ("外港澳出〔{year}〕{seq}号", "重复的文号"),
        ("外港澳出〔{seq}〕{year}号", "重复的文号"),
    ],
)
def test_a_template_that_could_print_a_number_twice_is_refused(template, words):
    assert words in template_fault(template, OTHERS)


def test_what_ships_is_sound():
    for kind, template in TEMPLATES.items():
        others = [other for known, other in TEMPLATES.items() if known is not kind]
        assert template_fault(template, others) == ""
