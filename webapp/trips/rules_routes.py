"""What routes may ask of a trip, and the answers: pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from webapp.accounts.states import UnitKind
from webapp.approvals.route_facts import NUMBER, TEXT, YES_NO, Fact, states_facts
from webapp.rulebook.states import DelegationClass, Rank, RouteKind

states_facts(
    "trip",
    Fact("route_kind", TEXT, tuple(RouteKind)),
    Fact("delegation_class", TEXT, tuple(DelegationClass)),
    Fact("highest_rank", TEXT, tuple(Rank)),
    Fact("unit_kind", TEXT, tuple(UnitKind)),
    Fact("unit_has_power", YES_NO),
    Fact("is_urgent", YES_NO),
    Fact("joins_other", YES_NO),
    Fact("needs_discipline", YES_NO),
    Fact("days", NUMBER),
    Fact("persons", NUMBER),
    Fact("money", NUMBER),
)


def stated(
    *,
    route_kind: RouteKind,
    delegation_class: DelegationClass,
    ranks: Iterable[Rank],
    unit_kind: UnitKind,
    unit_has_power: bool,
    is_urgent: bool,
    days: int,
    persons: int,
    money: Decimal,
) -> dict[str, Any]:
    """The facts of one trip as they are kept with its request. `highest_rank`: of all members, the head or not."""
    order = list(Rank)
    return {
        "route_kind": route_kind.value,
        "delegation_class": delegation_class.value,
        "highest_rank": min(ranks, key=order.index, default=Rank.NONE).value,
        "unit_kind": unit_kind.value,
        "unit_has_power": unit_has_power,
        "is_urgent": is_urgent,
        "joins_other": False,  # the form is for a delegation of one's own
        # no rule of this office asks the discipline body yet; a route may, once the office states when
        "needs_discipline": False,
        "days": days,
        "persons": persons,
        "money": str(money),
    }
