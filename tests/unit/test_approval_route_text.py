"""Routes as text: the shipped ones keep their own promises, a wrong one says line by line what is wrong."""

import contextlib
from datetime import date

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from webapp.approvals import route_cases, route_write
from webapp.approvals.cli import routes_group
from webapp.approvals.route import RouteKind, Sign, StageKind
from webapp.approvals.route_problem import RouteTextError
from webapp.approvals.route_text import from_data, parse, shipped, shipped_texts
from webapp.approvals.rules_laying import Ground, lay
from webapp.approvals.states import SlotState
from webapp.core.errors import NotAllowedNow
from webapp.core.permissions import Role
from webapp.deadlines import calendar_source

CALENDAR = calendar_source.library_calendar(2024, 2028)
SMALL = """\
code: T
version: 1
title: 试
title_en: Trial
subject: trip
if_nobody: stop
facts: {days: number, hot: yes_no, place: [JP, KR]}
stages:
  - {code: draft, title: 起草, title_en: Draft, kind: submission}
  - code: look
    title: 审
    title_en: Look
    seats: [{code: a, title: 甲, title_en: A, role: case_officer}]
tests:
  - {title: 一, start: 2026-03-02, facts: {days: 1, hot: true, place: JP}, takes: [draft, look]}
"""


def with_line(line, under="    title_en: Look"):
    return SMALL.replace(under, f"{under}\n{line}")


def outcomes(route):
    return route_cases.run(route, CALENDAR)


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
    assert not route.is_branched


@pytest.mark.parametrize("code", sorted(shipped()))
def test_every_shipped_route_keeps_what_its_own_cases_promise(code):
    found = outcomes(shipped()[code])
    assert found
    assert {outcome.case.title: outcome.wrong for outcome in found if outcome.wrong} == {}


@pytest.mark.parametrize("code", sorted(shipped()))
def test_the_canonical_text_and_the_stored_form_say_the_same_as_the_file(code):
    route = shipped()[code]
    text = route_write.canonical(route)
    assert parse(text) == route
    assert route_write.canonical(parse(text)) == text
    assert route_write.stored(from_data(route_write.stored(route))) == route_write.stored(route)
    assert route_write.difference(route, parse(text)) == []


def test_a_difference_shows_the_lines_that_change():
    old = parse(SMALL)
    new = parse(with_line("    limit: 3").replace("version: 1", "version: 2"))
    changed = [
        (line.mark, line.text.strip()) for line in route_write.difference(old, new) if line.mark in "+-"
    ]
    assert changed == [("-", "version: 1"), ("+", "version: 2"), ("+", "limit: 3")]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (SMALL.replace("code: T\n", ""), 1, "缺少 code"),
        (SMALL.replace("if_nobody: stop\n", ""), 1, "缺少 if_nobody"),
        (SMALL.replace("title_en: Trial\n", ""), 1, "缺少 title_en"),
        (SMALL[: SMALL.index("tests:")], 1, "至少写一个测试用例"),
        (SMALL.replace("version: 1", "version: one"), 2, "version 应当是整数"),
        (SMALL.replace("version: 1", "version: 0"), 2, "版次从 1 起"),
        (SMALL.replace("version: 1", "version: true"), 2, "应当是整数"),
        (SMALL.replace("role: case_officer", "role: emperor"), 13, "不认识：emperor"),
        (SMALL.replace("role: case_officer", "role: case_officer, post: 处长"), 13, "由谁签"),
        (SMALL.replace(", role: case_officer", ""), 13, "由谁签"),
        (SMALL.replace("role: case_officer", "fact: days"), 13, "不是文字：days"),
        (SMALL.replace("role: case_officer", "role: unit_head, up: 1, unit: WB"), 13, "不能和 unit 同写"),
        (SMALL.replace("code: look", "code: draft"), 10, "同一个代码：draft"),
        (SMALL.replace("code: look", "code: 审"), 10, "代码只能用字母"),
        (with_line("    colour: red"), 13, "不认识的键：colour"),
        (with_line("    beside: draftt"), 13, "上面没有这个环节：draftt"),
        (with_line("    after: [look]"), 13, "上面没有这个环节：look"),
        (with_line("    sign: four_eyes"), 14, "要 2 到 2 个席位，写了 1 个"),
        (with_line("    limit: 0"), 13, "至少一个工作日"),
        (with_line("    wait: 3"), 13, "只有公示"),
        (with_line("    needs: 1"), 13, "票签要写几票"),
        (with_line("    votes: true"), 13, "只有票签"),
        (with_line("    when: days over 3"), 13, "条件里多出：over"),
        (SMALL.replace("title: 试", "title: 试\nresume_at: nowhere"), 4, "没有这个环节：nowhere"),
        (
            SMALL.replace(
                "title: 试", "title: 试\nclocks: [{code: c, title: c, after: x, until: look, limit: 1}]"
            ),
            4,
            "没有这个环节：x",
        ),
        (SMALL.replace("takes: [draft, look]", "takes: [draft, lok]"), 15, "没有这个环节：lok"),
        (SMALL.replace("title: 试", "title: 试\ntitle: 试"), 4, "写了两次：title"),
        (SMALL.replace("title: 试", "title: &a 试\nsubject: *a"), 4, "不能用锚点"),
        (SMALL.replace("title: 试", "title: !!python/name:os.system 试"), 3, "只能写文字"),
        ("- a\n- b", 1, "键: 值"),
        ("a: [b", 1, "不是 YAML"),
        ("", 0, "键: 值"),
    ],
)
def test_a_wrong_route_says_in_which_line_what_is_wrong(text, line, said):
    assert parse(SMALL).code == "T"
    with pytest.raises(RouteTextError) as refused:
        parse(text, source="T.yaml")
    told = [problem for problem in refused.value.problems if said in problem.sentence()]
    assert told, [problem.sentence() for problem in refused.value.problems]
    assert said.startswith("不是 YAML") or told[0].line == line


def test_everything_wrong_is_told_at_once():
    text = SMALL.replace("version: 1", "version: 0").replace("role: case_officer", "role: emperor")
    with pytest.raises(RouteTextError) as refused:
        parse(text)
    assert [problem.line for problem in refused.value.problems] == [2, 13]


def test_a_route_without_anybody_who_judges_is_refused():
    text = SMALL.replace("    title: 审", "    title: 审\n    kind: notice")
    with pytest.raises(RouteTextError, match="没有签批的环节"):
        parse(text)


@given(st.text(max_size=300))
def test_no_text_at_all_brings_the_reader_down(text):
    for candidate in (text, SMALL.replace("试", text), with_line(f"    when: {text}")):
        with contextlib.suppress(RouteTextError):
            assert parse(candidate).stages


@pytest.mark.parametrize("facts", [{}, {"days": "many"}, {"days": True}, {"days": None}])
def test_a_condition_on_a_fact_nobody_states_is_refused_not_guessed(facts):
    route = parse(with_line("    when: days >= 5"))
    with pytest.raises(NotAllowedNow) as refused:
        lay(route, Ground(unit="c/", units=("c/",), facts=facts))
    assert (refused.value.code, refused.value.details) == ("fact_not_stated", {"fact": "days"})


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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("takes: [draft, look]", "takes: [draft]"), "走的环节是 draft, look，应当是 draft"),
        (("takes: [draft, look]", "takes: [draft, look], people: {look: [finance]}"), "应当是 finance"),
        (
            ("takes: [draft, look]", "takes: [draft, look], ends: 2026-03-05"),
            "最迟 2026-03-02 办完，应当是 2026-03-05",
        ),
        (("takes: [draft, look]", "stops: look"), "没有停"),
        (("takes: [draft, look]", "takes: [draft, look], vacant: [case_officer]"), "没有人可以办理"),
        (("subject: trip", "subject: trip\ntakes: days > 3"), "不走这条路线"),
    ],
)
def test_a_case_that_does_not_come_true_says_what_came_instead(change, said):
    assert outcomes(parse(SMALL))[0].is_right
    found = outcomes(parse(SMALL.replace(*change)))[0]
    assert said in " ".join(found.wrong)


def test_a_case_counts_working_days_over_a_holiday():
    """Qingming 2026: 4 to 6 April are free, so three working days after the 3rd end on the 9th."""
    text = with_line("    limit: 3").replace("2026-03-02", "2026-04-03")
    assert outcomes(parse(text))[0].ends == date(2026, 4, 9)


def test_the_command_checks_files_and_ends_with_1_when_one_is_wrong(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(SMALL, "utf-8")
    bad.write_text(SMALL.replace("role: case_officer", "role: emperor"), "utf-8")
    shell = CliRunner()
    found = shell.invoke(routes_group, ["check", "--all", str(good)])
    assert (found.exit_code, "T version 1, 2 stages, 1 of 1 cases right" in found.output) == (0, True)
    assert all(f"{code}.yaml: {code} version" in found.output for code in shipped_texts())
    found = shell.invoke(routes_group, ["check", str(bad)])
    assert (found.exit_code, "bad.yaml:13: " in found.output) == (1, True)
    changed = tmp_path / "changed.yaml"
    changed.write_text(with_line("    limit: 3"), "utf-8")
    assert "+  limit: 3" in shell.invoke(routes_group, ["diff", str(good), str(changed)]).output
    assert parse(shell.invoke(routes_group, ["canonical", str(good)]).output) == parse(SMALL)
