"""Who may decide: separation of duties, asked at this one place by every kind of decision.

Nobody decides on a request they filed, drafted or travel on, nor does a substitute of such a person
(basic requirement of approval systems in GB/T 22239-2019 on separated duties; the office's own rule for
delegations: an approver who is a member passes to the next higher).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from webapp.approvals.rules_slots import Slot, is_attested
from webapp.core.permissions import ROLE_PERMISSIONS, GrantView, Permission


@dataclass(frozen=True)
class Parties:
    """Those who have a stake in the request."""

    requester: UUID | None
    drafters: frozenset[UUID] = frozenset()
    travellers: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Standing:
    """What a person is entitled to at this instant: own grants, and those of the persons they stand in for."""

    person: UUID
    grants: tuple[GrantView, ...]
    principals: tuple[tuple[UUID, tuple[GrantView, ...]], ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Mandate:
    """In whose right a person signs a slot: their own (`principal` None) or a principal's."""

    person: UUID
    principal: UUID | None
    grant: GrantView


def bar(slot: Slot, standing: Standing, parties: Parties) -> str | None:
    """The code of what forbids the person this slot, or None.

    A notice is put up and confirmed by the unit's own clerk, who as a rule drafted the request: that is
    no judgement, so drafting does not bar it; travelling does.
    """
    person = standing.person
    if person in parties.travellers:
        return "traveller_never_decides"
    if is_attested(slot):
        return None
    if person == parties.requester:
        return "requester_never_decides"
    if person in parties.drafters:
        return "drafter_never_decides"
    interested = parties.travellers | parties.drafters | {parties.requester}
    if any(principal in interested for principal, _grants in standing.principals):
        return "substitute_of_a_party_never_decides"
    return None


def mandate(slot: Slot, standing: Standing, now: datetime) -> Mandate | None:
    """The right by which the person may sign the slot: their own first, then a principal's."""
    own = _fitting(slot, standing.person, standing.grants, now)
    if own is not None:
        return Mandate(standing.person, None, own)
    for principal, grants in standing.principals:
        fitting = _fitting(slot, principal, grants, now)
        if fitting is not None:
            return Mandate(standing.person, principal, fitting)
    return None


def _fitting(slot: Slot, owner: UUID, grants: Iterable[GrantView], now: datetime) -> GrantView | None:
    """The owner's grant for the slot: of its role, or, where it is for one person, any post that approves there."""
    if slot.person is not None and slot.person != owner:
        return None
    for grant in grants:
        fits = may_approve(grant) if slot.person else grant.role is slot.role
        if fits and grant.holds(now) and grant.covers(slot.unit):
            return grant
    return None


def may_approve(grant: GrantView) -> bool:
    return Permission.APPROVALS_DECIDE in ROLE_PERMISSIONS[grant.role]


def named_first(slots: Sequence[Slot]) -> list[Slot]:
    return sorted(slots, key=lambda slot: slot.person is None)


def first_for(
    slots: Sequence[Slot], standing: Standing, parties: Parties, now: datetime
) -> tuple[Slot, Mandate] | None:
    """The first open slot the person may sign, one that is for them alone before those of a pool; with their right."""
    for slot in named_first(slots):
        found = mandate(slot, standing, now)
        if found is not None and bar(slot, standing, parties) is None:
            return slot, found
    return None
