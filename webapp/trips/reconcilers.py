"""Trips as they stand, for the comparison with the log: state, and what was submitted and signed."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.audit.reconcile import LiveRow, Reconciler
from webapp.trips import sections
from webapp.trips.models import Round, Trip
from webapp.trips.queries import KIND
from webapp.trips.rules import content_hash
from webapp.trips.states import TripState

STATES = {
    "trip.drafted": TripState.DRAFT.value,
    "trip.submitted": TripState.IN_REVIEW.value,
    "trip.returned": TripState.RETURNED.value,
    "trip.refused": TripState.REFUSED.value,
    "trip.withdrawn": TripState.WITHDRAWN.value,
    "permit.issued": TripState.APPROVED.value,
    "permit.revoked": TripState.REVOKED.value,
    "trip.departed": TripState.TRAVELLING.value,
    "trip.came_back": TripState.BACK.value,
    "trip.closed": TripState.CLOSED.value,
    "trip.discarded": TripState.DISCARDED.value,
}
# What a decision has signed and nobody edits until the trip comes back to its clerk.
SIGNED_PARTS = ("task", "legs", "members", "budget")
SIGNED_STATES = frozenset(
    {TripState.IN_REVIEW, TripState.APPROVED, TripState.TRAVELLING, TripState.BACK, TripState.CLOSED}
)


def trips(session: Session) -> Iterator[LiveRow]:
    """Yield every trip: its state, and the hash of what its current round submitted."""
    current = sa.and_(Round.trip_id == Trip.id, Round.number == Trip.round)
    query = sa.select(Trip.id, Trip.number, Trip.state, Round.content).outerjoin(Round, current)
    for row in session.execute(query):
        fields = {"state": row.state}
        if row.content is not None:
            fields["trip.submitted:content"] = content_hash(row.content)
        yield LiveRow(key=str(row.id), fields=fields, name=row.number or str(row.id))


def _changed_after_signing(session: Session) -> Iterator[str]:
    current = sa.and_(Round.trip_id == Trip.id, Round.number == Trip.round)
    query = sa.select(Trip, Round.content).join(Round, current).where(Trip.state.in_(SIGNED_STATES))
    for trip, signed in session.execute(query):
        now = sections.content(trip, [])
        for part in SIGNED_PARTS:
            if now[part] != signed[part]:
                yield f"{trip.number}: {part}"


RECONCILERS = (
    Reconciler(
        "trip", trips, kind=KIND, actions=frozenset(STATES), states=STATES, problems=_changed_after_signing
    ),
)
