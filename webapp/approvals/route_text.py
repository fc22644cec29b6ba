"""The strict reader of a route's text (the YAML files in `routes/`)."""

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from webapp.approvals.route import (
    TESTS,
    Condition,
    Reach,
    Route,
    RouteKind,
    RouteTextError,
    Seat,
    Sign,
    SpanClock,
    Stage,
    StageKind,
)
from webapp.core.permissions import Role

_ROUTES = Path(__file__).parent / "routes"


def parse(text: str, *, source: str = "route") -> Route:
    """The route a YAML text describes. Raises `RouteTextError` naming the first thing that is wrong."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RouteTextError(f"{source}: not YAML: {error}") from error
    return from_data(data, source=source)


def from_data(data: Any, *, source: str = "route") -> Route:
    """The same from plain data, as stored with a route's version."""
    top = _Reader(data, source)
    raw_stages = top.take("stages", list)
    stages: list[Stage] = []
    for index, raw in enumerate(raw_stages):
        stages.append(_stage(_Reader(raw, f"{source}.stages[{index}]"), stages))
    codes = [stage.code for stage in stages]
    _check(len(set(codes)) == len(codes), source, "two stages have the same code")
    _check(any(stage.is_judgement for stage in stages), source, "no stage judges the request")
    route = Route(
        code=top.take("code", str),
        version=top.take("version", int),
        title=top.take("title", str),
        subject=top.take("subject", str, ""),
        kind=top.enum("kind", RouteKind, RouteKind.CONFIGURED),
        stages=tuple(stages),
        resume_at=top.take("resume_at", str, codes[0]),
        clocks=tuple(
            _clock(_Reader(raw, f"{source}.clocks[{i}]"), codes)
            for i, raw in enumerate(top.take("clocks", list, []))
        ),
    )
    manned = all(seat.role is not None for stage in stages for seat in stage.seats)
    _check(
        manned or route.kind is RouteKind.OBSERVED, source, "every seat of a configured route names a role"
    )
    _check(route.version >= 1, source, "the version starts at 1")
    _check(route.resume_at in codes, source, f"resume_at names no stage: {route.resume_at!r}")
    top.done()
    return route


def _stage(raw: "_Reader", before: list[Stage]) -> Stage:
    code = raw.take("code", str)
    kind = raw.enum("kind", StageKind, StageKind.SIGN_OFF)
    sign = raw.enum("sign", Sign, Sign.ALL if kind is StageKind.NOTICE else Sign.ONE)
    beside = raw.take("beside", str, "")
    step = before[-1].step + 1 if before else 1
    if beside:
        _check(
            bool(before) and beside in {s.code for s in before if s.step == before[-1].step},
            raw.place,
            f"beside must name a stage directly before it, not {beside!r}",
        )
        step = before[-1].step
    seats = tuple(
        _seat(_Reader(item, f"{raw.place}.seats[{i}]")) for i, item in enumerate(raw.take("seats", list, []))
    )
    _check(len({seat.code for seat in seats}) == len(seats), raw.place, "two seats have the same code")
    wanted = {Sign.ONE: (1, 1), Sign.ANY: (1, 1), Sign.FOUR_EYES: (2, 2), Sign.ALL: (1, 99)}[sign]
    if kind is StageKind.SUBMISSION:
        _check(not before and not seats, raw.place, "a submission stands first and has no seats")
    else:
        _check(wanted[0] <= len(seats) <= wanted[1], raw.place, f"{sign} does not fit {len(seats)} seats")
    stage = Stage(
        code=code,
        title=raw.take("title", str),
        kind=kind,
        sign=sign,
        step=step,
        seats=seats,
        sections=tuple(raw.take("sections", list, [])),
        limit=raw.take("limit", int, None),
        wait=raw.take("wait", int, 0),
        counted=raw.take("counted", bool, default=True),
        kept_while_unchanged=raw.take("kept_while_unchanged", bool, default=False),
        when=_condition(raw, "when"),
    )
    _check(stage.limit is None or stage.limit >= 1, raw.place, "limit is at least one working day")
    _check(stage.wait == 0 or kind is StageKind.NOTICE, raw.place, "only a notice waits")
    raw.done()
    return stage


def _seat(raw: "_Reader") -> Seat:
    seat = Seat(
        code=raw.take("code", str),
        title=raw.take("title", str),
        role=raw.enum("role", Role, None),
        reach=raw.enum("reach", Reach, Reach.UNIT),
        passes_to=raw.enum("passes_to", Role, None),
        when=_condition(raw, "when"),
    )
    raw.done()
    return seat


def _clock(raw: "_Reader", codes: list[str]) -> SpanClock:
    clock = SpanClock(
        code=raw.take("code", str),
        title=raw.take("title", str),
        after=raw.take("after", str),
        until=raw.take("until", str),
        limit=raw.take("limit", int),
    )
    _check(clock.after in codes and clock.until in codes, raw.place, "the clock names no stage of this route")
    raw.done()
    return clock


def _condition(raw: "_Reader", name: str) -> Condition | None:
    data = raw.take(name, dict, None)
    if data is None:
        return None
    tests: list[tuple[str, str, Any]] = []
    for fact, wanted in data.items():
        if isinstance(wanted, dict):
            for test, value in wanted.items():
                _check(test in TESTS, f"{raw.place}.{name}", f"no such test: {test!r}")
                tests.append((fact, test, tuple(value) if isinstance(value, list) else value))
        else:
            tests.append((fact, "is", wanted))
    return Condition(tuple(tests))


def _check(holds: bool, place: str, problem: str) -> None:  # noqa: FBT001 - a guard reads as a sentence
    if not holds:
        raise RouteTextError(f"{place}: {problem}")


class _Reader:
    """Takes known keys out of a mapping and refuses what is left over."""

    def __init__(self, data: Any, place: str) -> None:
        _check(isinstance(data, dict), place, "expected keys and values")
        self.data = dict(data)
        self.place = place

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        if key not in self.data:
            _check(default is not ..., self.place, f"{key!r} is missing")
            return default
        value = self.data.pop(key)
        right = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        _check(right, f"{self.place}.{key}", f"expected {kind.__name__}, found {value!r}")
        return value

    def enum(self, key: str, kind: type[StrEnum], default: Any = ...) -> Any:
        value = self.take(key, str, default)
        if value is default:
            return value
        _check(value in {m.value for m in kind}, f"{self.place}.{key}", f"unknown: {value!r}")
        return kind(value)

    def done(self) -> None:
        _check(not self.data, self.place, f"unknown keys: {', '.join(map(str, sorted(self.data)))}")


@cache
def shipped_data() -> dict[str, dict[str, Any]]:
    """The texts that come with the product as plain data, by code."""
    found = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(_ROUTES.glob("*.yaml"))]
    return {data["code"]: data for data in found}


@cache
def shipped() -> dict[str, Route]:
    """The routes that come with the product, by code."""
    return {code: from_data(data, source=code) for code, data in shipped_data().items()}
