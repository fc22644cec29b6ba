"""`/api/v1/trips`: read and submit, for programs that hold a token; the same services and schemas as the pages."""

import uuid
from dataclasses import replace
from typing import Any

from flask import request

from webapp.core.errors import AlreadyDone
from webapp.core.http import current_call, policy
from webapp.core.openapi import Resource, with_token
from webapp.core.permissions import Permission
from webapp.core.tx import Idempotency
from webapp.trips import queries, reading, service_review
from webapp.trips.commands import NumberedTrip
from webapp.trips.models import Trip
from webapp.trips.schemas_api import (
    FindingItem,
    Problem,
    TripDetail,
    TripItem,
    TripList,
    TripQuery,
    TripSubmission,
)
from webapp.trips.states import EDITABLE

bp = with_token(
    Resource(
        "trips_api",
        __name__,
        url_prefix="/api/v1/trips",
        description="Delegations from draft to permit and home.",
    )
)


@bp.get("")
@bp.arguments(TripQuery, location="query")
@bp.response(200, TripList)
@bp.alt_response(401, schema=Problem, description="No token, or one that has ended.")
@policy(Permission.TRIPS_SEE)
def index(wanted: dict[str, Any]) -> dict[str, Any]:
    """Trips the token's person may see, newest change first, 25 a page."""
    call = current_call()
    narrowed = queries.Filter(
        state=wanted["state"],
        text=wanted["q"],
        country=wanted["country"].upper(),
        year=wanted["year"],
        after=wanted["after"],
    )
    with call.read() as session:
        page = queries.page(session, call.actor, call.clock.now(), narrowed)
    return {"trips": page.rows, "next": page.following}


@bp.get("/<string:number>")
@bp.response(200, TripDetail)
@bp.alt_response(404, schema=Problem, description="Nothing there, or nothing you may know of.")
@policy(Permission.TRIPS_SEE)
def show(number: str) -> Trip:
    """One trip with all its sections."""
    call = current_call()
    with call.read() as session:
        return queries.detail(session, call.actor, call.clock.now(), number)


@bp.get("/<string:number>/findings")
@bp.response(200, FindingItem(many=True))
@bp.alt_response(404, schema=Problem, description="Nothing there, or no draft that can still be judged.")
@policy(Permission.TRIPS_DRAFT)
def findings(number: str) -> list[Any]:
    """What the rules in force today say of a draft."""
    call = current_call()
    with call.read() as session:
        found = reading.draft(session, call.actor, call.clock.now(), number)
        return list(found.judged.findings) if found.trip.state in EDITABLE else []


@bp.post("/<string:number>/submit")
@bp.arguments(TripSubmission)
@bp.response(200, TripItem)
@bp.alt_response(409, schema=Problem, description="Changed meanwhile, or not to be submitted now.")
@bp.alt_response(422, schema=Problem, description="Incomplete, or a rule, quota or budget stands against it.")
@policy(Permission.TRIPS_DRAFT)
def submit(wanted: dict[str, Any], number: str) -> Trip:
    """Send a draft to its approvers. With the header Idempotency-Key (a UUID) it may be sent again safely."""
    call = current_call()
    key = _key()
    if key is not None:
        call = replace(call, idempotency=Idempotency(key, request.endpoint or "", lambda trip: trip.ref))
    try:
        return service_review.submit(call, NumberedTrip(number, wanted["version"]))
    except AlreadyDone as done:
        with call.read() as session:
            return queries.detail(session, call.actor, call.clock.now(), done.location or number)


def _key() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.headers.get("Idempotency-Key", ""))
    except ValueError:
        return None
