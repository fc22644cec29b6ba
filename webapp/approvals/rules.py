"""The approval machine, pure: `apply(state, action)` gives the next state or refuses.

It knows no database and no clock; days and eligible persons come with the action. An independent model
can drive it step by step.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from webapp.approvals.route import Reach, Route, Seat, Sign, Stage, StageKind
from webapp.approvals.states import MOVES, SETTLED_SLOTS, Move, RequestState, SlotState, Verdict
from webapp.core.errors import NotAllowedNow
from webapp.core.permissions import Role


@dataclass(frozen=True, slots=True)
class Slot:
    """One signature wanted. `signer` is the person whose decision stands in it, `principal` who they stood
    in for; `ready_on` is the first day a notice may be confirmed.
    """

    key: str
    stage: str
    seat: str
    role: Role | None
    unit: str
    step: int
    order: int
    state: SlotState = SlotState.WAITING
    ready_on: date | None = None
    signer: UUID | None = None
    principal: UUID | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A request as the machine sees it: where it stands and the slots of its current round, in order."""

    state: RequestState
    round: int
    slots: tuple[Slot, ...]

    def slot(self, key: str) -> Slot:
        for slot in self.slots:
            if slot.key == key:
                return slot
        raise NotAllowedNow("no_such_stage")

    @property
    def open(self) -> tuple[Slot, ...]:
        return tuple(slot for slot in self.slots if slot.state is SlotState.OPEN)


@dataclass(frozen=True)
class Decide:
    """A verdict in a slot by a person, standing in for `principal` or for nobody, on a day of the office.

    `may_repeat` lifts the rule of one signature a round: imported history knows roles, not persons.
    """

    slot: str
    verdict: Verdict
    person: UUID
    today: date
    principal: UUID | None = None
    may_repeat: bool = False


@dataclass(frozen=True)
class PostNotice:
    """A unit has put its notice up; it may be confirmed from `ready_on` on."""

    slot: str
    ready_on: date


@dataclass(frozen=True)
class Plain:
    """A move of the whole request: withdraw, acknowledge a return, revoke."""

    move: Move


@dataclass(frozen=True)
class Resume:
    """A new round of freshly laid slots (`lay` makes them)."""

    slots: tuple[Slot, ...]


Action = Decide | PostNotice | Plain | Resume
_MOVE_OF_VERDICT = {
    Verdict.APPROVE: Move.SIGN,
    Verdict.CONFIRM: Move.SIGN,
    Verdict.RETURN: Move.RETURN,
    Verdict.REJECT: Move.REJECT,
}
_ENDS_SLOT = {Verdict.RETURN: SlotState.RETURNED, Verdict.REJECT: SlotState.REJECTED}


def apply(review: Review, action: Action) -> Review:
    """The state after the action. Raises `NotAllowedNow` with the reason where it cannot be done."""
    match action:
        case Decide():
            return _decide(review, action)
        case PostNotice():
            slot = _open_slot(review, action.slot, Move.POST_NOTICE)
            if not is_attested(slot):
                raise NotAllowedNow("wrong_verdict", slot=slot.key)
            return _with(review, {slot.key: replace(slot, ready_on=action.ready_on)})
        case Resume():
            state = _moved(review.state, Move.RESUME)
            return _open_next(Review(state, review.round + 1, action.slots))
        case Plain():
            return _end(review, _moved(review.state, action.move))


def begin(slots: tuple[Slot, ...], *, round_: int = 1) -> Review:
    """A first round: the slots as laid, the first step open."""
    return _open_next(Review(RequestState.IN_REVIEW, round_, slots))


def _moved(state: RequestState, move: Move) -> RequestState:
    after = MOVES.get((state, move))
    if after is None:
        raise NotAllowedNow("not_in_this_state", state=state.value, move=move.value)
    return after


def _open_slot(review: Review, key: str, move: Move) -> Slot:
    _moved(review.state, move)
    slot = review.slot(key)
    if slot.state is not SlotState.OPEN:
        code = "stage_not_open" if slot.state is SlotState.WAITING else "already_decided"
        raise NotAllowedNow(code, slot=key)
    return slot


def _decide(review: Review, action: Decide) -> Review:
    slot = _open_slot(review, action.slot, _MOVE_OF_VERDICT[action.verdict])
    signed = replace(slot, signer=action.person, principal=action.principal)
    is_notice = is_attested(slot)
    if (action.verdict is Verdict.CONFIRM) is not is_notice:
        raise NotAllowedNow("wrong_verdict", slot=slot.key)
    if not is_notice and not action.may_repeat and {action.person, action.principal} & signers(review):
        raise NotAllowedNow("signed_this_round_already", slot=slot.key)
    if action.verdict in _ENDS_SLOT:
        signed = replace(signed, state=_ENDS_SLOT[action.verdict])
        after = _with(review, {slot.key: signed})
        return _end(after, _moved(review.state, _MOVE_OF_VERDICT[action.verdict]))
    if is_notice and (slot.ready_on is None or action.today < slot.ready_on):
        raise NotAllowedNow("notice_still_running", ready_on=slot.ready_on)
    return _open_next(_with(review, {slot.key: replace(signed, state=SlotState.SIGNED)}))


def is_attested(slot: Slot) -> bool:
    """Notices are confirmed, not judged; a person's one signature a round does not count them."""
    return slot.key.startswith("notice:")


def signers(review: Review) -> set[UUID | None]:
    """Everybody whose judgement stands in this round, in person or through a substitute."""
    found: set[UUID | None] = set()
    for slot in review.slots:
        if slot.state is SlotState.SIGNED and not is_attested(slot):
            found |= {slot.signer, slot.principal}
    return found - {None}


def _with(review: Review, changed: Mapping[str, Slot]) -> Review:
    return replace(review, slots=tuple(changed.get(slot.key, slot) for slot in review.slots))


def _end(review: Review, state: RequestState) -> Review:
    """The round is over: what was still waited for is void."""
    live = (SlotState.WAITING, SlotState.OPEN)
    slots = tuple(replace(s, state=SlotState.VOID) if s.state in live else s for s in review.slots)
    return Review(state, review.round, slots)


def _open_next(review: Review) -> Review:
    """Open what can be signed now; with nothing left to sign the request is approved."""
    unsettled = [slot for slot in review.slots if slot.state not in SETTLED_SLOTS]
    if not unsettled:
        return replace(review, state=RequestState.APPROVED)
    step = min(slot.step for slot in unsettled)
    opened: dict[str, Slot] = {}
    waiting_for: set[str] = set()
    for slot in unsettled:
        if slot.step != step:
            continue
        # `order` is 0 for seats side by side; in an ordered stage the lowest unsettled one comes first
        if slot.order and slot.stage in waiting_for:
            continue
        waiting_for.add(slot.stage)
        if slot.state is SlotState.WAITING:
            opened[slot.key] = replace(slot, state=SlotState.OPEN)
    return _with(review, opened)


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


def changed_slots(before: Review, after: Review) -> Sequence[tuple[Slot, Slot]]:
    """(old, new) of every slot that differs, within one round."""
    return [(old, new) for old, new in zip(before.slots, after.slots, strict=True) if old != new]


def content_hash(content: Mapping[str, str]) -> str:
    """The hash of a map of section hashes (SHA-256 of its sorted JSON): what a decision signs."""
    text = json.dumps(dict(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
