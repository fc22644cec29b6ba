"""The slots of a round, laid from a route's version, the request's facts and who holds which post; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.approvals.route import Reach, Route, Seat, Sign, Stage, StageKind
from webapp.approvals.rules_slots import Slot
from webapp.approvals.states import SlotState
from webapp.core.permissions import Role


@dataclass(frozen=True)
class Ground:
    """What the slots of a round are laid from.

    `unit` and `units` are unit paths; `travelling` holds (role, unit path) where a holder of the role in
    exactly that unit is on the delegation; `higher` lists the paths above a unit, nearest first, with the
    roles somebody there holds who does not travel.
    """

    unit: str
    units: tuple[str, ...]
    facts: Mapping[str, Any]
    travelling: frozenset[tuple[Role, str]] = frozenset()
    higher: tuple[tuple[str, frozenset[Role]], ...] = ()
    kept: frozenset[str] = field(default_factory=frozenset)


def lay(route: Route, ground: Ground, *, from_stage: str | None = None) -> tuple[Slot, ...]:
    """The slots of a round. A round after a return begins at `from_stage`: of the stages before it, those
    in `ground.kept` stay good, the others are laid again.
    """
    start = route.stage(from_stage).step if from_stage else 1
    slots: list[Slot] = []
    for stage in route.stages:
        if stage.kind is StageKind.SUBMISSION:
            slots.append(_slot(stage, None, ground.unit, SlotState.SIGNED))
            continue
        state = SlotState.WAITING
        if stage.when is not None and not stage.when.holds(ground.facts):
            state = SlotState.SKIPPED
        elif stage.step < start and stage.code in ground.kept:
            state = SlotState.KEPT
        slots += _seats(stage, ground, state)
    return tuple(slots)


def _seats(stage: Stage, ground: Ground, state: SlotState) -> Iterable[Slot]:
    for order, seat in enumerate(stage.seats, start=1):
        place = order if stage.sign is Sign.FOUR_EYES else 0
        own = state
        if seat.when is not None and not seat.when.holds(ground.facts):
            own = SlotState.SKIPPED
        for unit in ground.units if seat.reach is Reach.EACH_UNIT else (ground.unit,):
            yield _slot(stage, seat, unit, own, place, _passed(seat, unit, ground))


def _passed(seat: Seat, unit: str, ground: Ground) -> tuple[Role | None, str]:
    """Who travels does not send himself: the same role one unit higher, or the role the seat passes to."""
    if seat.role is None or seat.passes_to is None or (seat.role, unit) not in ground.travelling:
        return seat.role, unit
    for path, roles in ground.higher:
        if seat.role in roles:
            return seat.role, path
    return seat.passes_to, unit


def _slot(
    stage: Stage,
    seat: Seat | None,
    unit: str,
    state: SlotState,
    order: int = 0,
    holder: tuple[Role | None, str] | None = None,
) -> Slot:
    role, place = holder or (None, unit)
    return Slot(
        key=slot_key(stage, seat, unit),
        stage=stage.code,
        seat=seat.code if seat else "",
        role=role,
        unit=place,
        step=stage.step,
        order=order,
        state=state,
    )


def slot_key(stage: Stage, seat: Seat | None, unit: str) -> str:
    """`notice:` in front marks slots that are attested, not judged; units only where seats repeat by unit."""
    if seat is None:
        return f"{stage.code}"
    prefix = "notice:" if stage.kind is StageKind.NOTICE else ""
    suffix = f"@{unit}" if seat.reach is Reach.EACH_UNIT else ""
    return f"{prefix}{stage.code}.{seat.code}{suffix}"
