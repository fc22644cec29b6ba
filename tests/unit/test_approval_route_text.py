"""Routes as text: the shipped one says what the office expects, a wrong one says what is wrong."""

import pytest

from webapp.approvals.route import RouteKind, RouteTextError, Sign, StageKind
from webapp.approvals.route_text import parse, shipped
from webapp.approvals.rules_laying import Ground, lay
from webapp.approvals.states import SlotState
from webapp.core.permissions import Role

SMALL = """
code: T
version: 1
title: 试
stages:
  - {code: draft, title: 起草, kind: submission}
  - code: look
    title: 审
    seats: [{code: a, title: 甲, role: case_officer}]
"""


def test_the_shipped_route_has_the_ten_stages_in_their_order():
    route = shipped()["R1"]
    assert [stage.code for stage in route.stages] == [
        "draft",
        "notice",
        "unit_opinion",
        "unit_finance",
        "background",
        "unit_leader",
        "acceptance",
        "review",
        "office_sign_off",
        "approval",
    ]
    assert route.kind is RouteKind.CONFIGURED
    assert route.stage("unit_opinion").step == route.stage("unit_finance").step
    assert route.resume_at == "unit_opinion"
    assert [stage.limit for stage in route.stages] == [None, None, 2, 3, 5, 2, 1, 5, 2, 3]
    assert (route.stage("notice").kind, route.stage("notice").wait) == (StageKind.NOTICE, 5)
    assert route.stage("review").sign is Sign.FOUR_EYES
    assert not route.stage("approval").counted
    assert [(clock.after, clock.until, clock.limit) for clock in route.clocks] == [
        ("acceptance", "approval", 10)
    ]
    assert [stage.code for stage in route.final_stages] == ["approval"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("code: T\n", ""), "'code' is missing"),
        (("version: 1", "version: one"), "expected int"),
        (("version: 1", "version: 0"), "starts at 1"),
        (("version: 1", "version: true"), "expected int"),
        (("role: case_officer", "role: emperor"), "unknown: 'emperor'"),
        (("code: look", "code: draft"), "same code"),
        (("title: 审", "title: 审\n    colour: red"), "unknown keys: colour"),
        (("title: 审", "title: 审\n    beside: draftt"), "directly before"),
        (("title: 审", "title: 审\n    sign: four_eyes"), "does not fit 1 seats"),
        (("title: 审", "title: 审\n    limit: 0"), "at least one working day"),
        (("title: 审", "title: 审\n    wait: 3"), "only a notice waits"),
        (("title: 审", "title: 审\n    when: {days: {over: 3}}"), "no such test: 'over'"),
        (("title: 试", "title: 试\nresume_at: nowhere"), "resume_at names no stage"),
        (
            ("title: 试", "title: 试\nclocks: [{code: c, title: c, after: x, until: look, limit: 1}]"),
            "no stage",
        ),
        ((SMALL, "- a\n- b"), "expected keys and values"),
        ((SMALL, "a: [b"), "not YAML"),
    ],
)
def test_a_wrong_route_says_where_and_what_is_wrong(change, said):
    assert parse(SMALL).code == "T"
    with pytest.raises(RouteTextError, match=r"^T\.yaml") as refused:
        parse(SMALL.replace(*change), source="T.yaml")
    assert said in str(refused.value)


def test_a_route_without_anybody_who_judges_is_refused():
    with pytest.raises(RouteTextError, match="no stage judges"):
        parse(SMALL[: SMALL.index("  - code: look")])


@pytest.mark.parametrize(
    ("condition", "facts", "needed"),
    [
        ("{hot: true}", {"hot": True}, True),
        ("{hot: true}", {"hot": False}, False),
        ("{days: {at_least: 5}}", {"days": 5}, True),
        ("{days: {at_least: 5}}", {"days": 4}, False),
        ("{days: {at_most: 5, at_least: 5}}", {"days": 5}, True),
        ("{days: {at_most: 4}}", {"days": 5}, False),
        ("{place: {one_of: [JP, KR]}}", {"place": "KR"}, True),
        ("{place: {one_of: [JP, KR]}, days: {at_least: 2}}", {"place": "KR", "days": 1}, False),
    ],
)
def test_a_stage_is_skipped_where_its_condition_does_not_hold(condition, facts, needed):
    route = parse(SMALL.replace("title: 审", f"title: 审\n    when: {condition}"))
    slot = lay(route, Ground(unit="c/", units=("c/",), facts=facts))[-1]
    assert (slot.state is SlotState.WAITING) is needed


def test_a_condition_on_a_fact_nobody_states_is_refused_not_guessed():
    route = parse(SMALL.replace("title: 审", "title: 审\n    when: {days: {at_least: 5}}"))
    with pytest.raises(RouteTextError, match="fact 'days'"):
        lay(route, Ground(unit="c/", units=("c/",), facts={}))


def test_discipline_signs_beside_personnel_and_secrecy_only_when_needed():
    for needed, state in ((True, SlotState.WAITING), (False, SlotState.SKIPPED)):
        slots = lay(shipped()["R1"], Ground(unit="c/", units=("c/",), facts={"needs_discipline": needed}))
        seats = {slot.seat: slot.state for slot in slots if slot.stage == "background"}
        assert seats == {
            "personnel": SlotState.WAITING,
            "secrecy": SlotState.WAITING,
            "discipline": state,
        }


LEADER = frozenset({Role.UNIT_HEAD})


@pytest.mark.parametrize(
    ("travelling", "higher", "decides"),
    [
        (frozenset(), (("c/", LEADER),), (Role.UNIT_HEAD, "c/jh/")),
        (frozenset({(Role.UNIT_HEAD, "c/jh/")}), (("c/", LEADER),), (Role.UNIT_HEAD, "c/")),
        (frozenset({(Role.UNIT_HEAD, "c/jh/")}), (("c/", frozenset()),), (Role.CITY_LEADER, "c/jh/")),
        (frozenset({(Role.UNIT_HEAD, "c/jh/")}), (), (Role.CITY_LEADER, "c/jh/")),
        (frozenset({(Role.FINANCE, "c/jh/")}), (("c/", LEADER),), (Role.UNIT_HEAD, "c/jh/")),
    ],
)
def test_when_the_unit_leader_travels_the_next_higher_decides(travelling, higher, decides):
    ground = Ground(
        unit="c/jh/",
        units=("c/jh/",),
        facts={"needs_discipline": False},
        travelling=travelling,
        higher=higher,
    )
    leader = next(slot for slot in lay(shipped()["R1"], ground) if slot.stage == "unit_leader")
    assert (leader.role, leader.unit) == decides
