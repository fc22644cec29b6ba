"""What a trip takes of quota and budget: reserved from submission, used from the permit, else free again."""

from collections import Counter
from decimal import Decimal

from webapp.accounts import queries as accounts
from webapp.core.clock import local_date
from webapp.core.tx import Tx
from webapp.plans import service as plans
from webapp.plans.commands import Hold
from webapp.rulebook import queries as rulebook
from webapp.rulebook.states import DelegationClass, RouteKind
from webapp.trips.models import Trip

_LIMITS = frozenset({"PLN-02", "PLN-03"})


def reserve(tx: Tx, trip: Trip) -> None:
    """Hold what the trip takes; of two requests for the last place one is refused (`RuleBroken`)."""
    for held in holds(tx, trip):
        plans.reserve.within(tx, held)


def use(tx: Tx, trip: Trip) -> None:
    for held in holds(tx, trip):
        plans.use.within(tx, held)


def release(tx: Tx, trip: Trip) -> None:
    for held in holds(tx, trip):
        plans.release.within(tx, held)


def holds(tx: Tx, trip: Trip) -> list[Hold]:
    """Person-times of each sending unit; one delegation and the yuan of the organising one; in the year of exit.

    In one order for everybody, so that two requests of several units never wait for each other in a circle.
    """
    if trip.exit_on is None:
        return []
    units = {unit.code: unit.id for unit in accounts.units(tx.session)}
    persons = Counter(m.unit_code for m in trip.members)
    persons.setdefault(trip.unit_code, 0)
    exempt = _is_exempt(tx, trip)
    excused = any(w.rule_id in _LIMITS and w.state in ("open", "granted") for w in trip.waivers)
    return [
        Hold(
            unit_id=units[code],
            year=trip.exit_on.year,
            trip_id=trip.id,
            persons=0 if exempt else count,
            delegations=int(code == trip.unit_code and not exempt),
            yuan=trip.total_cny if code == trip.unit_code else Decimal(0),
            number=trip.ref,
            may_exceed=excused,
        )
        for code, count in sorted(persons.items())
    ]


def _is_exempt(tx: Tx, trip: Trip) -> bool:
    """Whether the quota leaves this kind of trip out (parameters of PLN-02)."""
    rule = rulebook.edition(tx.session, local_date(tx.now)).rule("PLN-02")
    if rule is None:
        return True
    named = {
        RouteKind.HKMO: "hkmo_exempt",
        RouteKind.TAIWAN: "taiwan_exempt",
    }.get(trip.route_kind)
    if named is not None and rule.params.get(named):
        return True
    return trip.delegation_class is DelegationClass.RESEARCH and bool(rule.params.get("research_exempt"))
