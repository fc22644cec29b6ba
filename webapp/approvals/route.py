"""What a route is: stages, seats, conditions and clocks as values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from webapp.core.permissions import Role


class RouteKind(StrEnum):
    CONFIGURED = "configured"
    OBSERVED = "observed"


class StageKind(StrEnum):
    SUBMISSION = "submission"
    NOTICE = "notice"
    SIGN_OFF = "sign_off"


class Sign(StrEnum):
    """How a stage is satisfied: one named role, all its seats, any one of a pool, two pairs of eyes in order."""

    ONE = "one"
    ALL = "all"
    ANY = "any"
    FOUR_EYES = "four_eyes"


class Reach(StrEnum):
    """Whose unit the seat's role must cover: the requesting unit, or each unit that takes part."""

    UNIT = "unit"
    EACH_UNIT = "each_unit"


class RouteTextError(ValueError):
    """A route file that cannot be used; the message names the file's place and what is wrong there."""


@dataclass(frozen=True)
class Condition:
    """Holds when every named fact passes its test."""

    tests: tuple[tuple[str, str, Any], ...]

    def holds(self, facts: Mapping[str, Any]) -> bool:
        return all(TESTS[test](_fact(facts, name), value) for name, test, value in self.tests)


def _fact(facts: Mapping[str, Any], name: str) -> Any:
    if name not in facts:
        raise RouteTextError(f"the route asks for the fact {name!r}, which the request does not state")
    return facts[name]


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda fact, value: bool(fact == value),
    "at_least": lambda fact, value: bool(fact >= value),
    "at_most": lambda fact, value: bool(fact <= value),
    "one_of": lambda fact, value: fact in value,
}


@dataclass(frozen=True)
class Seat:
    """One signature wanted. `passes_to`: the role of the next higher when a holder of the seat travels.

    Only a seat of an observed route has no role: the log it was read from names none of this office.
    """

    code: str
    title: str
    role: Role | None
    reach: Reach = Reach.UNIT
    passes_to: Role | None = None
    when: Condition | None = None


@dataclass(frozen=True)
class Stage:
    """`step` numbers groups of stages that run beside each other; `limit` and `wait` are working days.

    `counted`: whether its time is the office's own. `sections`: the parts of the content it answers for.
    """

    code: str
    title: str
    kind: StageKind
    sign: Sign
    step: int
    seats: tuple[Seat, ...]
    sections: tuple[str, ...] = ()
    limit: int | None = None
    wait: int = 0
    counted: bool = True
    kept_while_unchanged: bool = False
    when: Condition | None = None

    @property
    def is_judgement(self) -> bool:
        """A notice is published and confirmed, not judged; who drafted may publish it."""
        return self.kind is StageKind.SIGN_OFF


@dataclass(frozen=True)
class Quorum:
    """How many of a stage's signatures are enough: `needs` in all, and of each group of seats its own number.

    `votes`: a refusal is one vote and ends nothing while the others can still make the number.
    """

    needs: int
    groups: tuple[tuple[frozenset[str], int], ...] = ()
    votes: bool = False

    def missing(self, seats: Sequence[str]) -> int:
        """How many signatures are still wanted when these seats have given theirs."""
        short = sum(max(0, number - sum(seat in group for seat in seats)) for group, number in self.groups)
        return max(0, self.needs - len(seats), short)


@dataclass(frozen=True)
class Plan:
    """What opens when: `after` names the stages a stage waits for, where that is not simply all steps before;
    `quorums` the stages that are over before everybody has signed.
    """

    after: Mapping[str, frozenset[str]] = field(default_factory=dict)
    quorums: Mapping[str, Quorum] = field(default_factory=dict)


LINEAR = Plan()
"""One step after the other, everybody signs."""


@dataclass(frozen=True)
class SpanClock:
    """A limit in working days from the end of one stage to the end of another."""

    code: str
    title: str
    after: str
    until: str
    limit: int


@dataclass(frozen=True)
class Route:
    code: str
    version: int
    title: str
    subject: str
    kind: RouteKind
    stages: tuple[Stage, ...]
    resume_at: str
    clocks: tuple[SpanClock, ...] = ()

    def stage(self, code: str) -> Stage:
        for stage in self.stages:
            if stage.code == code:
                return stage
        raise KeyError(code)

    @cached_property
    def plan(self) -> Plan:
        """What opens when, for the machine."""
        return LINEAR

    @property
    def final_stages(self) -> tuple[Stage, ...]:
        last = max(stage.step for stage in self.stages)
        return tuple(stage for stage in self.stages if stage.step == last)
