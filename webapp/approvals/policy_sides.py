"""On which side of a request a person stands, and what each side may do: roles × actions as one table.

Pages, the API and the services read it alike: what a page offers is what the service lets through.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.approvals.policy import Parties, Standing, bar, mandate
from webapp.approvals.rules_moves import possible
from webapp.approvals.rules_slots import Review, Slot, is_judged, signers
from webapp.approvals.states import Move
from webapp.core.permissions import Permission, allowed


class Side(StrEnum):
    """SIGNER: may sign the slot. AUTHOR: has signed it. ADDER: may take out whom they added. APPLICANT: filed or
    drafted the request, or drafts for its unit. KEEPER, REVOKER: hold that permission over the unit. INVOLVED: any
    of these, whoever has signed, and whoever comes later on the route.
    """

    SIGNER = "signer"
    AUTHOR = "author"
    ADDER = "adder"
    APPLICANT = "applicant"
    KEEPER = "keeper"
    REVOKER = "revoker"
    INVOLVED = "involved"


SIDES: dict[Move, Side] = {
    Move.SIGN: Side.SIGNER,
    Move.POST_NOTICE: Side.SIGNER,
    Move.RETURN: Side.SIGNER,
    Move.SEND_BACK: Side.SIGNER,
    Move.REJECT: Side.SIGNER,
    Move.TAKE_BACK: Side.AUTHOR,
    Move.FORWARD: Side.SIGNER,
    Move.DELEGATE: Side.SIGNER,
    Move.ADD_SIGNER: Side.SIGNER,
    Move.REMOVE_SIGNER: Side.ADDER,
    Move.ASK: Side.SIGNER,
    Move.ANSWER: Side.APPLICANT,
    Move.CALL_OFF: Side.SIGNER,
    Move.URGE: Side.APPLICANT,
    Move.COPY: Side.INVOLVED,
    Move.COMMENT: Side.INVOLVED,
    Move.SUSPEND: Side.KEEPER,
    Move.CONTINUE: Side.KEEPER,
    Move.WITHDRAW: Side.APPLICANT,
    Move.RESUME: Side.APPLICANT,
    Move.ACKNOWLEDGE: Side.APPLICANT,
    Move.REVOKE: Side.REVOKER,
}
_PERMISSIONS = {
    Side.KEEPER: Permission.APPROVALS_SUSPEND,
    Side.REVOKER: Permission.APPROVALS_REVOKE,
}


@dataclass(frozen=True)
class Seen:
    """A request as one person stands to it."""

    review: Review
    standing: Standing
    parties: Parties
    unit_path: str
    now: datetime

    def right(self, slot: Slot) -> bool:
        """Whether the person may sign the slot, were it open."""
        return mandate(slot, self.standing, self.now) is not None and self.barred(slot) is None

    def barred(self, slot: Slot) -> str | None:
        """What forbids the person the slot, although their post would do: their part in it, or their signature."""
        code = bar(slot, self.standing, self.parties)
        if code is not None or not is_judged(slot):
            return code
        right = mandate(slot, self.standing, self.now)
        mine = {self.standing.person, right.principal if right else None} - {None}
        return "signed_this_round_already" if mine & signers(self.review) else None


def refused_side(seen: Seen, side: Side, slot: Slot | None = None) -> str | None:
    """The code of why the person does not stand on the side; None where they do."""
    if side in _PERMISSIONS:
        if not allowed(seen.standing.grants, _PERMISSIONS[side], seen.now, seen.unit_path):
            return "not_allowed"
        return bar(_last(seen.review), seen.standing, seen.parties)
    if side is Side.APPLICANT:
        return None if _is_applicant(seen) else "only_applicants"
    if side is Side.INVOLVED:
        return None if any(_involved(seen)) else "only_involved"
    assert slot is not None
    return _OF_SLOT[side](seen, slot)


def _last(review: Review) -> Slot:
    """The seat that decides last: whoever may not judge there does not decide about the whole either."""
    return next((slot for slot in reversed(review.slots) if not slot.added_to), review.slots[-1])


def _is_applicant(seen: Seen) -> bool:
    own = seen.standing.person in seen.parties.drafters | {seen.parties.requester}
    return own or allowed(seen.standing.grants, Permission.TRIPS_DRAFT, seen.now, seen.unit_path)


def _involved(seen: Seen) -> Iterator[bool]:
    yield _is_applicant(seen)
    for slot in seen.review.slots:
        yield seen.standing.person in (slot.signer, slot.principal, slot.person, slot.added_by)
        yield mandate(slot, seen.standing, seen.now) is not None


def _no_signer(seen: Seen, slot: Slot) -> str | None:
    if mandate(slot, seen.standing, seen.now) is None:
        return "not_your_stage"
    return seen.barred(slot)


def _no_author(seen: Seen, slot: Slot) -> str | None:
    """Whoever has lost the post meanwhile does not take back either."""
    if slot.signer != seen.standing.person:
        return "not_your_signature"
    return None if mandate(slot, seen.standing, seen.now) else "not_your_stage"


def _no_adder(seen: Seen, slot: Slot) -> str | None:
    if not slot.added_to or slot.added_by == seen.standing.person:
        return None
    return _no_signer(seen, seen.review.slot(slot.added_to))


_OF_SLOT: Mapping[Side, Callable[[Seen, Slot], str | None]] = {
    Side.SIGNER: _no_signer,
    Side.AUTHOR: _no_author,
    Side.ADDER: _no_adder,
}


def offers(seen: Seen) -> frozenset[tuple[Move, str]]:
    """What the person may do now: each move with the slot it concerns ('' for the whole request)."""
    slots = {slot.key: slot for slot in seen.review.slots}
    return frozenset(
        (move, key)
        for move, key in possible(seen.review)
        if refused_side(seen, SIDES[move], slots.get(key)) is None
    )
