"""A route's own test cases, run without a database; and when the stages end if everybody uses the whole limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from webapp.approvals.route import Approver, Case, Route, StageKind
from webapp.approvals.rules_laying import Ground, lay
from webapp.approvals.rules_slots import Slot
from webapp.approvals.states import SlotState
from webapp.core.display import sentence
from webapp.core.errors import NotAllowedNow
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Role
from webapp.deadlines.calendar import WorkCalendar

_UNIT, _CITY = "city/unit/", "city/"


@dataclass(frozen=True)
class Outcome:
    """What a case came to: `wrong` holds a sentence for everything that is not as the text says."""

    case: Case
    takes: tuple[str, ...]
    people: Mapping[str, tuple[str, ...]]
    ends: date | None
    wrong: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        return not self.wrong


def run(route: Route, calendar: WorkCalendar) -> list[Outcome]:
    """Every case of the route, in its order."""
    return [_run(route, case, calendar) for case in route.cases]


def _run(route: Route, case: Case, calendar: WorkCalendar) -> Outcome:
    names = {_account(who): _named(who, case.facts) for who in _named_approvers(route)}
    wrong: list[str] = []
    try:
        if route.takes is not None and not route.takes.holds(case.facts):
            wrong.append(gettext(N_("按这些事实不走这条路线：%(what)s"), what=route.takes.text))
        slots = lay(route, _ground(route, case))
    except NotAllowedNow as refused:
        stopped = refused.details.get("stage_code", "") if refused.code == "nobody_for_stage" else ""
        if not stopped or stopped != case.stops:
            wrong.append(sentence(refused))
        return Outcome(case, (), {}, None, tuple(wrong))
    if case.stops:
        wrong.append(gettext(N_("应当在“%(stage)s”停下，没有停。"), stage=case.stops))
    takes = tuple(s.code for s in route.stages if any(_runs(slot) for slot in slots if slot.stage == s.code))
    people = {code: _people(slots, code, names) for code in takes}
    ends = max(schedule(route, slots, case.start, calendar).values())
    if case.takes and takes != case.takes:
        wrong.append(
            gettext(
                N_("走的环节是 %(found)s，应当是 %(wanted)s。"),
                found=", ".join(takes),
                wanted=", ".join(case.takes),
            )
        )
    for code, wanted in case.people.items():
        if people.get(code, ()) != wanted:
            found = ", ".join(people.get(code, ())) or "-"
            wrong.append(
                gettext(
                    N_("%(stage)s 由 %(found)s 办理，应当是 %(wanted)s。"),
                    stage=code,
                    found=found,
                    wanted=", ".join(wanted),
                )
            )
    if case.ends is not None and ends != case.ends:
        wrong.append(
            gettext(
                N_("最迟 %(found)s 办完，应当是 %(wanted)s。"),
                found=ends.isoformat(),
                wanted=case.ends.isoformat(),
            )
        )
    return Outcome(case, takes, people, ends, tuple(wrong))


def schedule(
    route: Route,
    slots: Sequence[Slot],
    start: date,
    calendar: WorkCalendar,
    taking: Mapping[str, int] | None = None,
) -> dict[str, date]:
    """The day each stage is over: after its whole limit, or after the working days it is said to take.

    A notice put up at once may be confirmed on the day after its working days. Stages without a limit take no day.
    """
    ends: dict[str, date] = {}
    for stage in route.stages:
        begins = max((ends[code] for code in stage.after), default=start)
        days = stage.limit or 0
        if taking is not None and stage.code in taking:
            days = taking[stage.code]
        elif stage.kind is StageKind.NOTICE:
            days = stage.wait
        if not any(_runs(slot) for slot in slots if slot.stage == stage.code):
            days = 0
        ends[stage.code] = calendar.nth_working_day(begins, days).day if days else begins
        if days and stage.kind is StageKind.NOTICE and (taking is None or stage.code not in taking):
            ends[stage.code] += timedelta(days=1)
    return ends


def _runs(slot: Slot) -> bool:
    return slot.state is not SlotState.SKIPPED


def _people(slots: Sequence[Slot], code: str, names: Mapping[UUID, str]) -> tuple[str, ...]:
    own = [slot for slot in slots if slot.stage == code and _runs(slot)]
    found = (slot.role.value if slot.role else names.get(slot.person or UUID(int=0), "") for slot in own)
    return tuple(name for name in found if name)


def _ground(route: Route, case: Case) -> Ground:
    """An invented city with one unit in which every post is held, but for those the case leaves empty."""
    held = frozenset(role for role in Role if role not in case.vacant)
    home = {role: _CITY if role in case.travelling else _UNIT for role in held}
    return Ground(
        unit=_UNIT,
        units=(_UNIT,),
        facts=case.facts,
        travelling=frozenset((role, _UNIT) for role in case.travelling),
        higher=((_CITY, held - frozenset(case.travelling)),),
        holders=frozenset((role, _CITY, uuid5(NAMESPACE_URL, home[role] + role.value)) for role in held),
        people={who: _account(who) for who in _named_approvers(route)},
        places={who.unit: f"city/{who.unit}/" for who in approvers(route) if who.unit},
    )


def approvers(route: Route) -> list[Approver]:
    """Everybody the text asks, fallbacks included."""
    seats = [seat for stage in route.stages for seat in stage.seats]
    return [who for seat in seats for who in (seat.who, seat.fallback) if who is not None]


def _named_approvers(route: Route) -> list[Approver]:
    return [who for who in approvers(route) if who.role is None]


def _account(who: Approver) -> UUID:
    return uuid5(NAMESPACE_URL, f"{who.person}|{who.post}|{who.fact}|{who.unit}")


def _named(who: Approver, facts: Mapping[str, Any]) -> str:
    return who.person or who.post or str(facts.get(who.fact, ""))
