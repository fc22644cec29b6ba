"""The slots of a round, laid from a route's version, the request's facts and who holds which post; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from webapp.approvals.route import Approver, IfNobody, Reach, Route, Seat, Stage, StageKind
from webapp.approvals.rules_slots import Slot
from webapp.approvals.states import SUPERIOR, SlotState
from webapp.core.errors import NotAllowedNow, sentences
from webapp.core.i18n import N_
from webapp.core.permissions import Role

sentences({"nobody_for_stage": N_("“%(stage)s”没有人可以办理（%(seat)s），不能送审。请先在账号里安排好人。")})


@dataclass(frozen=True)
class Ground:
    """What the slots of a round are laid from.

    `unit` and `units` are unit paths; `travelling` holds (role, unit path) where a holder of the role in
    exactly that unit is on the delegation; `higher` lists the paths above a unit, nearest first, with the
    roles somebody there holds who does not travel. `holders`: (role, unit path, account) of everybody who
    could be asked, None where nobody looked; `barred`: accounts that decide nothing here, `absent` those of them who
    do not even attest (they travel). `people`: the accounts
    of posts, logins and facts the route names; `places`: the paths of units it names by code.
    """

    unit: str
    units: tuple[str, ...]
    facts: Mapping[str, Any]
    travelling: frozenset[tuple[Role, str]] = frozenset()
    higher: tuple[tuple[str, frozenset[Role]], ...] = ()
    kept: frozenset[str] = field(default_factory=frozenset)
    holders: frozenset[tuple[Role, str, UUID]] | None = None
    barred: frozenset[UUID] = frozenset()
    absent: frozenset[UUID] = frozenset()
    people: Mapping[Approver, UUID] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


class Sitting(NamedTuple):
    """Who a slot is for: holders of a role for a unit, or one account."""

    role: Role | None
    unit: str
    holder: UUID | None = None


def lay(route: Route, ground: Ground, *, from_stage: str | None = None) -> tuple[Slot, ...]:
    """The slots of a round. A round after a return begins at `from_stage`: of the stages before it, and of
    those kept while unchanged wherever they stand, those in `ground.kept` stay good; the others are laid again.

    Raises `NotAllowedNow` for a fact the request does not state, and where nobody can sit in a seat whose route
    stops then.
    """
    before = route.before(from_stage) if from_stage else frozenset()
    slots: list[Slot] = []
    for stage in route.stages:
        if stage.kind is StageKind.SUBMISSION:
            slots.append(_slot(stage, None, ground.unit, SlotState.SIGNED, 0, Sitting(None, ground.unit)))
            continue
        state = SlotState.WAITING
        if stage.when is not None and not stage.when.holds(ground.facts):
            state = SlotState.SKIPPED
        elif stage.code in ground.kept and (stage.code in before or stage.kept_while_unchanged):
            state = SlotState.KEPT
        slots += _seats(route, stage, ground, state)
    return tuple(slots)


def _seats(route: Route, stage: Stage, ground: Ground, state: SlotState) -> Iterable[Slot]:
    for order, seat in enumerate(stage.seats, start=1):
        own = state
        if seat.when is not None and not seat.when.holds(ground.facts):
            own = SlotState.SKIPPED
        for unit in ground.units if seat.reach is Reach.EACH_UNIT else (ground.unit,):
            is_wanted = own is SlotState.WAITING
            sitting = (
                _sitting(route, stage, seat, unit, ground) if is_wanted else _first(seat.who, unit, ground)
            )
            yield _slot(stage, seat, unit, own, order if stage.is_ordered else 0, sitting)


def _sitting(route: Route, stage: Stage, seat: Seat, unit: str, ground: Ground) -> Sitting:
    """Who is asked; where nobody is found, what the route says of that."""
    found = _passed(seat, _first(seat.who, unit, ground), ground)
    policy = seat.if_nobody or route.if_nobody
    if seat.who == Approver() or not _is_vacant(found, stage, ground):
        return found
    if policy is IfNobody.WAIT and found.role is not None:
        return found
    for other in _instead(policy, seat, found, unit, ground):
        if not _is_vacant(other, stage, ground):
            return other
    raise NotAllowedNow("nobody_for_stage", stage=stage.name, seat=seat.name, stage_code=stage.code)


def _instead(policy: IfNobody, seat: Seat, found: Sitting, unit: str, ground: Ground) -> Iterable[Sitting]:
    if policy is IfNobody.NAMED and seat.fallback is not None:
        yield _first(seat.fallback, unit, ground)
    if policy is IfNobody.HIGHER and found.role is not None:
        role: Role | None = seat.passes_to or SUPERIOR.get(found.role)
        while role is not None:
            yield Sitting(role, found.unit)
            role = SUPERIOR.get(role)


def _first(who: Approver, unit: str, ground: Ground) -> Sitting:
    """Who the route asks before anybody is missed."""
    if who.role is None:
        return Sitting(None, unit, ground.people.get(who))
    if who.unit:
        return Sitting(who.role, ground.places.get(who.unit, unit))
    parts = unit.strip("/").split("/")
    kept = parts[: max(1, len(parts) - who.up)]
    start = "/" if unit.startswith("/") else ""
    return Sitting(who.role, f"{start}{'/'.join(kept)}/" if who.up else unit)


def _passed(seat: Seat, found: Sitting, ground: Ground) -> Sitting:
    """Who travels does not send himself: the same role one unit higher, or the role the seat passes to."""
    role, unit, _holder = found
    if role is None or seat.passes_to is None or (role, unit) not in ground.travelling:
        return found
    for path, roles in ground.higher:
        if role in roles:
            return Sitting(role, path)
    return Sitting(seat.passes_to, unit)


def _is_vacant(found: Sitting, stage: Stage, ground: Ground) -> bool:
    """Whether nobody could decide there: a named account that is unknown or barred, a role without a holder."""
    if found.role is None:
        return found.holder is None or found.holder in ground.barred
    if ground.holders is None:
        return False
    barred = ground.barred if stage.is_judgement else ground.absent
    return not any(
        role is found.role and found.unit.startswith(path) and person not in barred
        for role, path, person in ground.holders
    )


def _slot(stage: Stage, seat: Seat | None, unit: str, state: SlotState, order: int, sitting: Sitting) -> Slot:
    return Slot(
        key=slot_key(stage, seat, unit),
        stage=stage.code,
        seat=seat.code if seat else "",
        role=sitting.role,
        unit=sitting.unit,
        step=stage.step,
        order=order,
        state=state,
        person=sitting.holder,
    )


_PREFIXES = {StageKind.NOTICE: "notice:", StageKind.EXTERNAL: "external:"}


def slot_key(stage: Stage, seat: Seat | None, unit: str) -> str:
    """`notice:` and `external:` in front mark slots that are attested, not judged; units only where seats repeat
    by unit.
    """
    if seat is None:
        return f"{stage.code}"
    suffix = f"@{unit}" if seat.reach is Reach.EACH_UNIT else ""
    return f"{_PREFIXES.get(stage.kind, '')}{stage.code}.{seat.code}{suffix}"
