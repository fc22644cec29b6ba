"""What lies ahead of a trip: who signs next, and by when it is through, against the day of departure."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals import queries as approvals
from webapp.approvals.queries_forecast import Forecast, before_submission, running
from webapp.approvals.queries_ground import Asking, asking_of
from webapp.core.errors import NotAllowedNow, NotFound
from webapp.core.tx import Actor
from webapp.people import queries as people
from webapp.trips import queries
from webapp.trips.models import Trip
from webapp.trips.service_review import route_facts
from webapp.trips.states import EDITABLE, TripState


@dataclass(frozen=True)
class Ahead:
    """`refused`: why it could not be submitted as it stands, where it could not."""

    trip: Trip
    forecast: Forecast | None
    refused: NotAllowedNow | None = None


def ahead(session: Session, actor: Actor, now: datetime, number: str) -> Ahead:
    """Before submission by the route the facts choose today, under review by the round. Raises `NotFound` after."""
    trip = queries.detail(session, actor, now, number)
    request = approvals.find(session, queries.KIND, trip.id)
    if trip.state is TripState.IN_REVIEW and request is not None:
        return Ahead(trip, running(session, now, request, asking_of(request)))
    if trip.state not in EDITABLE:
        raise NotFound
    try:
        return Ahead(trip, before_submission(session, now, queries.KIND, _asking(session, actor, trip)))
    except NotAllowedNow as refused:
        return Ahead(trip, None, refused)


def _asking(session: Session, actor: Actor, trip: Trip) -> Asking:
    """As it would be asked now; members the register does not know are found at submission."""
    known = people.registered(session, [m.person_id for m in trip.members if m.person_id is not None])
    paths = {unit.code: unit.path for unit in accounts.units(session)}
    units = dict.fromkeys(paths[m.unit_code] for m in trip.members if m.unit_code in paths)
    barred = {trip.created_by_id, actor.account_id} - {None}
    return Asking(
        unit=trip.unit_path,
        units=tuple(units) or (trip.unit_path,),
        facts=route_facts(session, trip),
        travellers=frozenset(p.account_id for p in known.values() if p.account_id is not None),
        others_barred=frozenset(person for person in barred if person is not None),
    )
