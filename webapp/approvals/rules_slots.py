"""Slots and what follows from them: which are open, which stages are over, which a met quorum spares; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from webapp.approvals.route_plan import LINEAR, Plan, Quorum
from webapp.approvals.states import LIVE_SLOTS, SETTLED_SLOTS, Placed, RequestState, SlotState
from webapp.core.errors import NotAllowedNow
from webapp.core.permissions import Role

_FOR = (SlotState.SIGNED, SlotState.KEPT)
# A refusal stands in a running round where it was one vote of several.
_GIVEN = (SlotState.SIGNED, SlotState.KEPT, SlotState.REJECTED)


@dataclass(frozen=True, slots=True)
class Slot:
    """One signature wanted: of whoever holds `role` for `unit`, or of `person` alone where the slot names one.

    `signer` is the person whose decision stands in it, `principal` who they stood in for; in a slot that still
    waits, a signer has signed ahead. `ready_on` is the first day a notice may be confirmed. A signer added to
    another slot names that slot in `added_to`, the place beside it in `placed`, who asked for it in `added_by`.
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
    person: UUID | None = None
    added_to: str = ""
    placed: Placed | None = None
    added_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A request as the machine sees it: where it stands, the slots of its current round in order, and what
    its route says of branches and quorums.
    """

    state: RequestState
    round: int
    slots: tuple[Slot, ...]
    plan: Plan = LINEAR

    def slot(self, key: str) -> Slot:
        for slot in self.slots:
            if slot.key == key:
                return slot
        raise NotAllowedNow("no_such_stage")

    def step(self, stage: str) -> int:
        return next(slot.step for slot in self.slots if slot.stage == stage)

    @property
    def open(self) -> tuple[Slot, ...]:
        """What may be signed now; nothing while the request is suspended."""
        if self.state is not RequestState.IN_REVIEW:
            return ()
        return tuple(slot for slot in self.slots if slot.state is SlotState.OPEN)


def is_notice(slot: Slot) -> bool:
    """Notices are confirmed after their days have gone by."""
    return slot.key.startswith("notice:")


def is_attested(slot: Slot) -> bool:
    """Notices and results from outside are attested, not judged: a person's one signature a round does not
    count them.
    """
    return slot.key.startswith(("notice:", "external:"))


def is_judged(slot: Slot) -> bool:
    """Whether what is given in the slot is a judgement: nothing attested, and no advice to whom it belongs."""
    return not is_attested(slot) and slot.placed is not Placed.DELEGATED


def signers(review: Review) -> set[UUID | None]:
    """Everybody whose judgement stands in this round, in person or through a substitute, kept ones included."""
    found: set[UUID | None] = set()
    for slot in review.slots:
        if slot.state in _GIVEN and is_judged(slot):
            found |= {slot.signer, slot.principal}
    return found - {None}


def with_slots(review: Review, changed: Mapping[str, Slot]) -> Review:
    return replace(review, slots=tuple(changed.get(slot.key, slot) for slot in review.slots))


def end(review: Review, state: RequestState) -> Review:
    """The round is over: what was still waited for is void."""
    slots = tuple(replace(s, state=SlotState.VOID) if s.state in LIVE_SLOTS else s for s in review.slots)
    return replace(review, state=state, slots=slots)


def open_next(review: Review) -> Review:
    """Open what can be signed now; with nothing left to sign the request is approved.

    A stage that is skipped or signed ahead makes way for the next at once, hence the loop.
    """
    while changed := _now_due(review):
        review = with_slots(review, changed)
    stages = _by_stage(review.slots)
    if all(_is_over(own, review.plan.quorums.get(code)) for code, own in stages.items()):
        return replace(review, state=RequestState.APPROVED)
    return review


def _now_due(review: Review) -> dict[str, Slot]:
    """Slots that open, that somebody has signed ahead, that a met quorum spares, or that must wait again."""
    plan, stages = review.plan, _by_stage(review.slots)
    over = {code for code, own in stages.items() if _is_over(own, plan.quorums.get(code))}
    first = min((own[0].step for code, own in stages.items() if code not in over), default=0)
    changed: dict[str, Slot] = {}
    for code, own in stages.items():
        if code in over:
            changed |= {
                slot.key: replace(slot, state=SlotState.SPARED) for slot in own if slot.state in LIVE_SLOTS
            }
        elif plan.after[code] <= over if code in plan.after else own[0].step == first:
            changed |= {slot.key: slot for slot in _opened(own)}
        else:
            changed |= {slot.key: _shut(slot) for slot in own if slot.state is SlotState.OPEN}
    return changed


def _opened(slots: Sequence[Slot]) -> list[Slot]:
    """Of a stage whose turn it is: whatever waits for nobody else in it."""
    live = [slot for slot in slots if slot.state in LIVE_SLOTS]
    found = []
    for slot in live:
        waits = any(waits_for(slot, other) for other in live)
        if waits and slot.state is SlotState.OPEN:
            found.append(_shut(slot))
        elif not waits and slot.state is SlotState.WAITING:
            state = SlotState.OPEN if slot.signer is None else SlotState.SIGNED
            found.append(replace(slot, state=state))
    return found


def _shut(slot: Slot) -> Slot:
    return replace(slot, state=SlotState.WAITING)


def waits_for(slot: Slot, other: Slot) -> bool:
    """Whether a slot is not signed before another of its stage: one after the other in an ordered stage (`order`
    is 0 for seats side by side), and whom an added signer stands before or after.
    """
    if slot.added_to == other.key:
        return slot.placed is Placed.AFTER
    if other.added_to == slot.key:
        return other.placed in (Placed.BEFORE, Placed.DELEGATED)
    return 0 < other.order < slot.order


def follows(review: Review, stage: str, other: str) -> bool:
    """Whether a stage's turn comes only after another one is over."""
    if stage in review.plan.after:
        before = review.plan.after[stage]
        return other in before or any(follows(review, code, other) for code in before)
    return review.step(stage) > review.step(other)


def _by_stage(slots: Sequence[Slot]) -> dict[str, list[Slot]]:
    found: dict[str, list[Slot]] = {}
    for slot in slots:
        found.setdefault(slot.stage, []).append(slot)
    return found


def is_over(review: Review, stage: str) -> bool:
    """Whether nothing more is wanted in a stage."""
    own = [slot for slot in review.slots if slot.stage == stage]
    return _is_over(own, review.plan.quorums.get(stage))


def _is_over(slots: Sequence[Slot], quorum: Quorum | None) -> bool:
    if all(slot.state in SETTLED_SLOTS for slot in slots):
        return True
    added = all(slot.state in SETTLED_SLOTS for slot in slots if slot.added_to)
    return added and quorum is not None and quorum.missing(_counted(slots, _FOR)) == 0


def in_reach(review: Review, stage: str) -> bool:
    """Whether those who have not voted yet can still make the stage's quorum."""
    own = [slot for slot in review.slots if slot.stage == stage]
    return review.plan.quorums[stage].missing(_counted(own, (*_FOR, *LIVE_SLOTS))) == 0


def _counted(slots: Sequence[Slot], states: Sequence[SlotState]) -> list[str]:
    """Seats of the route; an added signer counts for himself, not for the number."""
    return [slot.seat for slot in slots if slot.state in states and not slot.added_to]
