"""Which other stages one decision satisfies, where the route merges a person's stages (one decision, one row)."""

from datetime import datetime

from webapp.approvals.policy import Parties, Standing, bar, mandate
from webapp.approvals.route import Route, SamePerson
from webapp.approvals.rules_slots import Review, Slot, is_judged
from webapp.approvals.states import LIVE_SLOTS


def merged_with(
    slot: Slot, route: Route, review: Review, standing: Standing, parties: Parties, now: datetime
) -> tuple[str, ...]:
    """Slots of other stages, open or still to come, that the same person may sign: one in each stage, in whose
    own right or principal's the decision itself is given. Within a stage two signatures stay two persons'.
    """
    if route.same_person is not SamePerson.MERGED or not is_judged(slot):
        return ()
    right = mandate(slot, standing, now)
    found: dict[str, str] = {}
    for other in review.slots:
        is_candidate = other.state in LIVE_SLOTS and is_judged(other) and other.signer is None
        if not is_candidate or other.stage == slot.stage or other.stage in found:
            continue
        same = mandate(other, standing, now)
        if same is None or right is None or same.principal != right.principal:
            continue
        if bar(other, standing, parties) is None:
            found[other.stage] = other.key
    return tuple(found.values())
