"""The strict reader of a route's text: every wrong line is named, and nothing unknown is passed over."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from webapp.approvals import route_yaml
from webapp.approvals.route import Case, IfNobody, Route, RouteKind, SamePerson, SpanClock, Stage
from webapp.approvals.route_facts import NUMBER, TEXT, YES_NO, Fact
from webapp.approvals.route_problem import RouteTextError
from webapp.approvals.route_reader import Log, Reader
from webapp.approvals.route_stages import read_stage
from webapp.core.i18n import N_
from webapp.core.permissions import Role

_ROUTES = Path(__file__).parent / "routes"
_MOST_STAGES = 40


def parse(text: str, *, source: str = "route") -> Route:
    """The route a YAML text describes. Raises `RouteTextError` with everything that is wrong in it."""
    document = route_yaml.read(text, source)
    return _route(document.data, Log(document, is_text=True), source, is_text=True)


def from_data(data: Any, *, source: str = "route") -> Route:
    """The same from plain data, as stored with a route's version; old versions may lack what a new text must say."""
    return _route(data, Log(route_yaml.Document(data), is_text=False), source, is_text=False)


def _route(data: Any, log: Log, source: str, *, is_text: bool) -> Route:
    if not isinstance(data, dict):
        log.say((), N_("这里要写“键: 值”。"))
        raise RouteTextError(source, log.problems)
    top = Reader(data, (), log)
    kind = top.enum("kind", RouteKind, RouteKind.CONFIGURED)
    is_strict = is_text and kind is RouteKind.CONFIGURED
    facts = _facts(top)
    stages = _stages(top, facts, is_strict=is_strict)
    codes = [stage.code for stage in stages]
    route = Route(
        code=top.word("code"),
        version=top.take("version", int),
        title=top.title("title"),
        title_en=top.title("title_en") if is_strict else top.take("title_en", str, ""),
        subject=top.take("subject", str, ""),
        kind=kind,
        takes=top.condition("takes", facts),
        rank=top.take("rank", int, 100),
        same_person=top.enum("same_person", SamePerson, SamePerson.FORBIDDEN),
        if_nobody=top.enum("if_nobody", IfNobody, ...)
        if is_strict
        else top.enum("if_nobody", IfNobody, IfNobody.WAIT),
        facts=tuple(facts.values()),
        stages=stages,
        resume_at=top.take("resume_at", str, codes[0] if codes else ""),
        clocks=tuple(
            _clock(Reader(raw, ("clocks", place), log), codes) for place, raw in top.items("clocks")
        ),
        cases=tuple(_case(Reader(raw, ("tests", place), log), codes) for place, raw in top.items("tests")),
    )
    _check(top, route, is_strict=is_strict)
    top.done()
    if log.problems:
        raise RouteTextError(source, sorted(log.problems, key=lambda problem: problem.line))
    return route


def _check(top: Reader, route: Route, *, is_strict: bool) -> None:
    codes = [stage.code for stage in route.stages]
    top.check("version", route.version >= 1, N_("版次从 1 起。"))
    top.check("stages", any(stage.is_judgement for stage in route.stages), N_("没有签批的环节。"))
    top.check(
        "resume_at",
        not codes or route.resume_at in codes,
        N_("resume_at 没有这个环节：%(code)s"),
        code=route.resume_at,
    )
    top.check("if_nobody", route.if_nobody is not IfNobody.NAMED, N_("指定的人要写在席位上。"))
    if is_strict:
        top.check("tests", bool(route.cases), N_("至少写一个测试用例。"))
        top.check("subject", bool(route.subject), N_("要写清楚审批什么（subject）。"))


def _facts(top: Reader) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for name, kind in top.take("facts", dict, {}).items():
        path = ("facts", name)
        if isinstance(kind, list):
            words = tuple(word for word in kind if isinstance(word, str))
            top.log.check(path, len(words) == len(kind) > 0, N_("选项只能是文字。"))
            found[name] = Fact(name, TEXT, words)
        elif kind in (YES_NO, NUMBER, TEXT):
            found[name] = Fact(name, kind)
        else:
            top.log.say(
                path, N_("不认识：%(what)s。可以写 yes_no、number、text 或选项的清单。"), what=str(kind)
            )
    return found


def _stages(top: Reader, facts: Mapping[str, Fact], *, is_strict: bool) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    for place, raw in top.items("stages", needed=True):
        stages.append(read_stage(Reader(raw, ("stages", place), top.log), stages, facts, is_strict=is_strict))
    codes = [stage.code for stage in stages]
    for place, code in enumerate(codes):
        top.log.check(
            ("stages", place, "code"),
            code not in codes[:place],
            N_("两个环节用了同一个代码：%(code)s"),
            code=code,
        )
    top.log.check(
        ("stages",), len(stages) <= _MOST_STAGES, N_("环节太多，最多 %(most)s 个。"), most=_MOST_STAGES
    )
    return tuple(stages)


def _clock(raw: Reader, codes: Sequence[str]) -> SpanClock:
    clock = SpanClock(
        code=raw.word("code"),
        title=raw.title("title"),
        title_en=raw.take("title_en", str, ""),
        after=raw.take("after", str),
        until=raw.take("until", str),
        limit=raw.take("limit", int),
    )
    for key, code in (("after", clock.after), ("until", clock.until)):
        raw.check(key, code in codes, N_("没有这个环节：%(code)s"), code=code)
    raw.check("limit", clock.limit >= 1, N_("时限至少一个工作日。"))
    raw.done()
    return clock


def _case(raw: Reader, codes: Sequence[str]) -> Case:
    people = raw.take("people", dict, {})
    case = Case(
        title=raw.title("title"),
        title_en=raw.take("title_en", str, ""),
        start=raw.take("start", date),
        facts=raw.take("facts", dict, {}),
        travelling=raw.enums("travelling", Role),
        vacant=raw.enums("vacant", Role),
        takes=raw.words("takes"),
        people={
            stage: tuple(map(str, who)) if isinstance(who, list) else (str(who),)
            for stage, who in people.items()
        },
        ends=raw.take("ends", date, None),
        stops=raw.take("stops", str, ""),
    )
    for key, named in (
        ("takes", case.takes),
        ("people", (*case.people,)),
        ("stops", (case.stops,) if case.stops else ()),
    ):
        for code in named:
            raw.check(key, code in codes, N_("没有这个环节：%(code)s"), code=code)
    raw.check("takes", bool(case.takes or case.stops), N_("要写走哪些环节（takes），或在哪里停下（stops）。"))
    raw.done()
    return case


@cache
def shipped_texts() -> dict[str, str]:
    """The texts that come with the product, by the route's code."""
    texts = (path.read_text("utf-8") for path in sorted(_ROUTES.glob("*.yaml")))
    return {parse(text).code: text for text in texts}


@cache
def shipped() -> dict[str, Route]:
    """The routes that come with the product, by code."""
    return {code: parse(text, source=f"{code}.yaml") for code, text in shipped_texts().items()}
