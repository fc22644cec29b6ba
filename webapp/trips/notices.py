"""Who is told of a trip beside the approval engine's own news (turn, return, refusal, revocation)."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import queries_authority
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import Role
from webapp.notifications.notice import Notice, Routes
from webapp.trips import queries
from webapp.trips.models import Trip


def tell_drafter(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Who began the draft and who sent it off: it is on its way, under this number."""
    trip = queries.by_id(session, message.subject_id)
    told = [person for person in (trip.created_by_id, _actor(message)) if person is not None]
    for account_id in dict.fromkeys(told):
        yield Notice(
            account_id=account_id,
            template="trips/submitted",
            context=_context(trip),
            link=f"/trips/{trip.ref}",
        )


def tell_of_permit(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Clerks of the organising and the sending units and their passport custodians: the permit is there."""
    trip = queries.by_id(session, message.subject_id)
    paths = dict.fromkeys([trip.unit_path, *(m.unit_path for m in trip.members if m.unit_path)])
    wanted = [(role, path) for path in paths for role in (Role.CLERK, Role.PASSPORT_CUSTODIAN)]
    found = queries_authority.holders_of(session, wanted, message.created_at).values()
    for account_id in dict.fromkeys(holder.id for holders in found for holder in holders):
        yield Notice(
            account_id=account_id,
            template="trips/permit_issued",
            context=_context(trip) | {"permit_no": trip.permit_no},
            link=f"/trips/{trip.ref}/permit",
        )


def tell_of_waiver(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """The drafter: the exception asked for was granted or refused."""
    trip = queries.by_id(session, message.subject_id)
    if trip.created_by_id is not None:
        yield Notice(
            account_id=trip.created_by_id,
            template="trips/waiver_decided",
            context=_context(trip)
            | {"rule": message.payload["figures"]["rule"], "reason": message.payload["reason"]},
            link=f"/trips/{trip.ref}",
        )


def _actor(message: OutboxMessage) -> UUID | None:
    value = message.payload.get("actor")
    return UUID(value) if value else None


def _context(trip: Trip) -> dict[str, object]:
    """Number and size only: titles and names stay in the house."""
    return {"number": trip.ref, "persons": len(trip.members)}


ROUTES: Routes = {
    "trip.submitted": (tell_drafter,),
    "permit.issued": (tell_of_permit,),
    "waiver.decided": (tell_of_waiver,),
}
