"""A route as plain data, as its canonical text, and the difference of two texts."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from webapp.approvals.route import (
    Approver,
    Case,
    IfNobody,
    Reach,
    Route,
    RouteKind,
    SamePerson,
    Seat,
    Sign,
    SpanClock,
    Stage,
    StageKind,
)
from webapp.approvals.route_facts import Fact

_WIDTH = 110


def data(route: Route) -> dict[str, Any]:
    """The route as YAML holds it: keys in one order, what is left at its default left out."""
    return stored(route) | _kept(tests=[_case(case) for case in route.cases])


def stored(route: Route) -> dict[str, Any]:
    """What a version keeps as JSON: all but the test cases, which stay in its text."""
    return _kept(
        code=route.code,
        version=route.version,
        title=route.title,
        title_en=route.title_en,
        subject=route.subject,
        kind=_unless(route.kind, RouteKind.CONFIGURED),
        takes=route.takes.text if route.takes else None,
        rank=_unless(route.rank, 100),
        resume_at=route.resume_at,
        same_person=_unless(route.same_person, SamePerson.FORBIDDEN),
        if_nobody=route.if_nobody.value,
        facts={fact.name: _fact(fact) for fact in route.facts},
        clocks=[_clock(clock) for clock in route.clocks],
        stages=[_stage(stage, route) for stage in route.stages],
    )


def canonical(route: Route) -> str:
    """The one text of a route: two routes that say the same have the same text."""
    return yaml.dump(
        data(route),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=_WIDTH,
        default_flow_style=False,
    )


@dataclass(frozen=True)
class DiffLine:
    """`mark`: '+' only in the new text, '-' only in the old one, ' ' in both, '@' a gap."""

    mark: str
    text: str


def difference(old: Route | None, new: Route) -> list[DiffLine]:
    """What changes from one version to the next, line by line, with three lines around; empty where nothing does."""
    before = canonical(old).splitlines() if old is not None else []
    found = difflib.unified_diff(before, canonical(new).splitlines(), lineterm="", n=3)
    lines = [line for line in found if not line.startswith(("---", "+++"))]
    return [DiffLine(line[:1], line[1:] if line[0] != "@" else line) for line in lines]


class _Dumper(yaml.SafeDumper):
    """Lists of words and small mappings on one line, as people write them."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the dumper's own form
        return True

    def represent_sequence(
        self,
        tag: str,
        sequence: Any,
        flow_style: bool | None = None,  # noqa: FBT001 - the dumper's own form
    ) -> yaml.SequenceNode:
        plain = all(not isinstance(item, list | dict) for item in sequence)
        return super().represent_sequence(tag, sequence, True if plain else flow_style)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:  # noqa: FBT001
        plain = isinstance(mapping, dict) and "title" not in mapping and _is_small(mapping)
        return super().represent_mapping(tag, mapping, True if plain else flow_style)


def _is_small(mapping: Mapping[str, Any]) -> bool:
    inner = [item for item in mapping.values() if isinstance(item, list | dict)]
    return not inner


def _kept(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [], {}, ())}


def _unless(value: Any, default: Any) -> Any:
    if value == default:
        return None
    return value.value if hasattr(value, "value") else value


def _fact(fact: Fact) -> Any:
    return list(fact.words) if fact.words else fact.kind


def _clock(clock: SpanClock) -> dict[str, Any]:
    return _kept(
        code=clock.code,
        title=clock.title,
        title_en=clock.title_en,
        after=clock.after,
        until=clock.until,
        limit=clock.limit,
    )


def _stage(stage: Stage, route: Route) -> dict[str, Any]:
    default = Sign.ALL if stage.kind is StageKind.NOTICE else Sign.ONE
    return _kept(
        code=stage.code,
        title=stage.title,
        title_en=stage.title_en,
        kind=_unless(stage.kind, StageKind.SIGN_OFF),
        sign=_unless(stage.sign, default),
        after=_after(stage, route),
        when=stage.when.text if stage.when else None,
        limit=stage.limit,
        wait=stage.wait or None,
        counted=None if stage.counted else False,
        needs=stage.needs or None,
        groups=dict(stage.groups),
        votes=stage.votes or None,
        sections=list(stage.sections),
        kept_while_unchanged=stage.kept_while_unchanged or None,
        seats=[_seat(seat) for seat in stage.seats],
    )


def _after(stage: Stage, route: Route) -> list[str] | None:
    """What it waits for, where that is not simply all that lies above it; an empty list is said too."""
    above = route.stages[: [other.code for other in route.stages].index(stage.code)]
    waited_for = {code for other in above for code in other.after}
    return (
        None if stage.after == tuple(s.code for s in above if s.code not in waited_for) else list(stage.after)
    )


def _seat(seat: Seat) -> dict[str, Any]:
    found = _kept(
        code=seat.code,
        title=seat.title,
        title_en=seat.title_en,
        **_approver(seat.who),
        reach=_unless(seat.reach, Reach.UNIT),
        passes_to=seat.passes_to.value if seat.passes_to else None,
        group=seat.group,
        when=seat.when.text if seat.when else None,
    )
    if seat.if_nobody is IfNobody.NAMED and seat.fallback is not None:
        return found | {"if_nobody": _approver(seat.fallback)}
    return found | ({"if_nobody": seat.if_nobody.value} if seat.if_nobody else {})


def _approver(who: Approver) -> dict[str, Any]:
    return _kept(
        role=who.role.value if who.role else None,
        post=who.post,
        person=who.person,
        fact=who.fact,
        unit=who.unit,
        up=who.up or None,
    )


def _case(case: Case) -> dict[str, Any]:
    return _kept(
        title=case.title,
        title_en=case.title_en,
        start=case.start,
        facts=dict(case.facts),
        travelling=[role.value for role in case.travelling],
        vacant=[role.value for role in case.vacant],
        takes=list(case.takes),
        people={stage: list(who) for stage, who in case.people.items()},
        ends=case.ends,
        stops=case.stops,
    )
