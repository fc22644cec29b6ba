"""Slots and what follows from them: which are open, which stages are over, which a met quorum spares; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from webapp.approvals.route import LINEAR, Plan, Quorum
from webapp.approvals.states import SETTLED_SLOTS, RequestState, SlotState
from webapp.core.errors import NotAllowedNow
from webapp.core.permissions import Role

_LIVE = (SlotState.WAITING, SlotState.OPEN)
_FOR = (SlotState.SIGNED, SlotState.KEPT)
# A refusal stands in a running round where it was one vote of several.
_GIVEN = (SlotState.SIGNED, SlotState.REJECTED)


@dataclass(frozen=True, slots=True)
class Slot:
    """One signature wanted: of whoever holds `role` for `unit`, or of `person` alone where the slot names one.

    `signer` is the person whose decision stands in it, `principal` who they stood in for; in a slot that still
    waits, a signer has signed ahead. `ready_on` is the first day a notice may be confirmed.
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

    @property
    def open(self) -> tuple[Slot, ...]:
        return tuple(slot for slot in self.slots if slot.state is SlotState.OPEN)


def is_notice(slot: Slot) -> bool:
    """Notices are confirmed after their days have gone by."""
    return slot.key.startswith("notice:")


def is_attested(slot: Slot) -> bool:
    """Notices and results from outside are attested, not judged: a person's one signature a round does not
    count them.
    """
    return slot.key.startswith(("notice:", "external:"))


def signers(review: Review) -> set[UUID | None]:
    """Everybody whose judgement stands in this round, in person or through a substitute."""
    found: set[UUID | None] = set()
    for slot in review.slots:
        if slot.state in _GIVEN and not is_attested(slot):
            found |= {slot.signer, slot.principal}
    return found - {None}


def with_slots(review: Review, changed: Mapping[str, Slot]) -> Review:
    return replace(review, slots=tuple(changed.get(slot.key, slot) for slot in review.slots))


def end(review: Review, state: RequestState) -> Review:
    """The round is over: what was still waited for is void."""
    slots = tuple(replace(s, state=SlotState.VOID) if s.state in _LIVE else s for s in review.slots)
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
    """Slots that open, that somebody has signed ahead, or that a met quorum spares."""
    plan, stages = review.plan, _by_stage(review.slots)
    over = {code for code, own in stages.items() if _is_over(own, plan.quorums.get(code))}
    first = min((own[0].step for code, own in stages.items() if code not in over), default=0)
    changed: dict[str, Slot] = {}
    for code, own in stages.items():
        if code in over:
            changed |= {
                slot.key: replace(slot, state=SlotState.SPARED) for slot in own if slot.state in _LIVE
            }
        elif plan.after[code] <= over if code in plan.after else own[0].step == first:
            changed |= {slot.key: slot for slot in _opened(own)}
    return changed


def _opened(slots: Sequence[Slot]) -> list[Slot]:
    """Of a stage whose turn it is: all seats side by side; of an ordered one (`order` set) the first unsettled."""
    found, held = [], False
    for slot in slots:
        if slot.state not in _LIVE or (slot.order and held):
            continue
        held = True
        if slot.state is SlotState.WAITING:
            state = SlotState.OPEN if slot.signer is None else SlotState.SIGNED
            found.append(replace(slot, state=state))
    return found


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
    return quorum is not None and quorum.missing(_counted(slots, _FOR)) == 0


def in_reach(review: Review, stage: str) -> bool:
    """Whether those who have not voted yet can still make the stage's quorum."""
    own = [slot for slot in review.slots if slot.stage == stage]
    return review.plan.quorums[stage].missing(_counted(own, (*_FOR, *_LIVE))) == 0


def _counted(slots: Sequence[Slot], states: Sequence[SlotState]) -> list[str]:
    return [slot.seat for slot in slots if slot.state in states]
