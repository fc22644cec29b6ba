"""What a route is: stages, seats, conditions, quorums, clocks and its own test cases, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from webapp.approvals.route_condition import Condition
from webapp.approvals.route_facts import Fact
from webapp.approvals.route_plan import Plan, Quorum
from webapp.core.i18n import N_, current_locale
from webapp.core.permissions import Role


class RouteKind(StrEnum):
    CONFIGURED = "configured"
    OBSERVED = "observed"


class StageKind(StrEnum):
    """`external`: decided outside; the office enters result, number, date and file by hand."""

    SUBMISSION = "submission"
    NOTICE = "notice"
    SIGN_OFF = "sign_off"
    EXTERNAL = "external"


class Sign(StrEnum):
    """How a stage is satisfied: one seat, all of them side by side (会签) or in order (顺签), any one (或签), a
    number of them (票签), two pairs of eyes in order.
    """

    ONE = "one"
    ALL = "all"
    ORDERED = "ordered"
    ANY = "any"
    QUORUM = "quorum"
    FOUR_EYES = "four_eyes"


class Reach(StrEnum):
    """Whose unit the seat's role must cover: the requesting unit, or each unit that takes part."""

    UNIT = "unit"
    EACH_UNIT = "each_unit"


class IfNobody(StrEnum):
    """What happens when nobody can sit in a seat: submission stops with words, the next higher post takes it, it
    waits until somebody has the post, or it goes to who the route names.
    """

    STOP = "stop"
    HIGHER = "higher"
    WAIT = "wait"
    NAMED = "named"


class SamePerson(StrEnum):
    """A person in several stages of a round: signs one and leaves the others to others, or signs once for all."""

    FORBIDDEN = "forbidden"
    MERGED = "merged"


KIND_LABELS: dict[StageKind, str] = {
    StageKind.SUBMISSION: N_("起草提交"),
    StageKind.NOTICE: N_("公示"),
    StageKind.SIGN_OFF: N_("签批"),
    StageKind.EXTERNAL: N_("外部办理"),
}
SIGN_LABELS: dict[Sign, str] = {
    Sign.ONE: N_("一人签"),
    Sign.ALL: N_("会签，全部同意"),
    Sign.ORDERED: N_("顺签，依次同意"),
    Sign.ANY: N_("或签，一人即可"),
    Sign.QUORUM: N_("票签"),
    Sign.FOUR_EYES: N_("双人复核"),
}
NOBODY_LABELS: dict[IfNobody, str] = {
    IfNobody.STOP: N_("没有人时不能提交"),
    IfNobody.HIGHER: N_("没有人时由上一级办理"),
    IfNobody.WAIT: N_("没有人时等待"),
    IfNobody.NAMED: N_("没有人时由指定的人办理"),
}
SAME_PERSON_LABELS: dict[SamePerson, str] = {
    SamePerson.FORBIDDEN: N_("同一人一轮只签一个环节"),
    SamePerson.MERGED: N_("同一人签一次，各环节一并算签"),
}


def in_language(title: str, title_en: str) -> str:
    """A name in the reader's language; a route without English names shows the Chinese one."""
    return title_en if title_en and current_locale() == "en" else title


@dataclass(frozen=True)
class Approver:
    """Who a signature is wanted of: holders of a role, the person with a post, an account by its login, or the
    account a fact of the request names. A role counts for the requesting unit, `up` levels above it, or for the
    unit whose code is `unit`.
    """

    role: Role | None = None
    post: str = ""
    person: str = ""
    fact: str = ""
    unit: str = ""
    up: int = 0


@dataclass(frozen=True)
class Seat:
    """One signature wanted. `passes_to`: the role of the next higher when a holder of the seat travels.

    Only a seat of an observed route has nobody: the log it was read from names none of this office.
    """

    code: str
    title: str
    who: Approver = Approver()
    title_en: str = ""
    reach: Reach = Reach.UNIT
    passes_to: Role | None = None
    when: Condition | None = None
    group: str = ""
    if_nobody: IfNobody | None = None
    fallback: Approver | None = None

    @property
    def role(self) -> Role | None:
        return self.who.role

    @property
    def name(self) -> str:
        return in_language(self.title, self.title_en)


@dataclass(frozen=True)
class Stage:
    """`step` numbers how deep a stage lies; `after` names the stages it waits for; `limit` and `wait` are working days.

    `counted`: whether its time is the office's own. `sections`: the parts of the content it answers for.
    `needs`, `groups` (name, number) and `votes` are of a quorum.
    """

    code: str
    title: str
    kind: StageKind
    sign: Sign
    step: int
    seats: tuple[Seat, ...]
    after: tuple[str, ...] = ()
    title_en: str = ""
    sections: tuple[str, ...] = ()
    limit: int | None = None
    wait: int = 0
    counted: bool = True
    kept_while_unchanged: bool = False
    when: Condition | None = None
    needs: int = 0
    groups: tuple[tuple[str, int], ...] = ()
    votes: bool = False

    @property
    def is_judgement(self) -> bool:
        """A notice is published and confirmed, not judged; who drafted may publish it."""
        return self.kind is StageKind.SIGN_OFF

    @property
    def is_ordered(self) -> bool:
        return self.sign in (Sign.FOUR_EYES, Sign.ORDERED)

    @property
    def name(self) -> str:
        return in_language(self.title, self.title_en)

    @property
    def quorum(self) -> Quorum | None:
        """None where everybody has to sign."""
        if self.sign is Sign.ANY and len(self.seats) > 1:
            return Quorum(1)
        if self.sign is not Sign.QUORUM:
            return None
        groups = tuple(
            (frozenset(seat.code for seat in self.seats if seat.group == name), number)
            for name, number in self.groups
        )
        return Quorum(self.needs, groups, self.votes)


@dataclass(frozen=True)
class SpanClock:
    """A limit in working days from the end of one stage to the end of another."""

    code: str
    title: str
    after: str
    until: str
    limit: int
    title_en: str = ""

    @property
    def name(self) -> str:
        return in_language(self.title, self.title_en)


@dataclass(frozen=True)
class Case:
    """A test case in a route's own text: these facts take these stages, these people, end by this date.

    `travelling` and `vacant`: roles of the requesting unit whose holders travel, or that nobody holds anywhere.
    `people`: stage → roles or names expected; `stops`: the stage for which nobody is found at submission.
    """

    title: str
    start: date
    facts: Mapping[str, Any]
    title_en: str = ""
    travelling: tuple[Role, ...] = ()
    vacant: tuple[Role, ...] = ()
    takes: tuple[str, ...] = ()
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ends: date | None = None
    stops: str = ""

    @property
    def name(self) -> str:
        return in_language(self.title, self.title_en)


@dataclass(frozen=True)
class Route:
    """`takes`: which requests of its subject take it, asked route by route in the order of `rank`."""

    code: str
    version: int
    title: str
    subject: str
    kind: RouteKind
    stages: tuple[Stage, ...]
    resume_at: str
    clocks: tuple[SpanClock, ...] = ()
    title_en: str = ""
    takes: Condition | None = None
    rank: int = 100
    same_person: SamePerson = SamePerson.FORBIDDEN
    if_nobody: IfNobody = IfNobody.WAIT
    facts: tuple[Fact, ...] = ()
    cases: tuple[Case, ...] = ()

    def stage(self, code: str) -> Stage:
        for stage in self.stages:
            if stage.code == code:
                return stage
        raise KeyError(code)

    @property
    def name(self) -> str:
        return in_language(self.title, self.title_en)

    @cached_property
    def is_branched(self) -> bool:
        """Whether some stage waits for less than all that lies above it."""
        at: dict[int, set[str]] = {}
        for stage in self.stages:
            at.setdefault(stage.step, set()).add(stage.code)
        return any(set(stage.after) != at.get(stage.step - 1, set()) for stage in self.stages)

    @cached_property
    def plan(self) -> Plan:
        """What opens when, for the machine."""
        after = {s.code: frozenset(s.after) for s in self.stages} if self.is_branched else {}
        return Plan(after, {s.code: s.quorum for s in self.stages if s.quorum is not None})

    def before(self, code: str) -> frozenset[str]:
        """All stages that have to be over before this one opens."""
        found: set[str] = set()
        ahead = list(self.stage(code).after)
        while ahead:
            other = ahead.pop()
            if other not in found:
                found.add(other)
                ahead += self.stage(other).after
        return frozenset(found)

    @property
    def final_stages(self) -> tuple[Stage, ...]:
        """The last stages in which somebody here judges: who signs there decides on exceptions and revokes."""
        judged = [stage for stage in self.stages if stage.is_judgement]
        earlier = {code for stage in judged for code in self.before(stage.code)}
        return tuple(stage for stage in judged if stage.code not in earlier)
