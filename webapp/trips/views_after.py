"""After the permit: exit and entry, and the block of duties after return."""

from typing import BinaryIO, cast

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.attachments.service import receive
from webapp.attachments.views import takes_file
from webapp.core.clock import local_date
from webapp.core.errors import DomainError
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.permissions import Permission
from webapp.trips import reading, service_return, service_travel
from webapp.trips.commands import NumberedTrip
from webapp.trips.models import Trip
from webapp.trips.schemas_actions import (
    CrossingSchema,
    EntrySchema,
    PublicationSchema,
    ReimbursementSchema,
    ReportSchema,
    StatementSchema,
)

bp = Blueprint("trips_after", __name__, url_prefix="/trips", template_folder="templates")


@bp.get("/<number>/after")
@policy(Permission.TRIPS_SEE)
def show(number: str, error: DomainError | None = None) -> ResponseReturnValue:
    """The duties of this trip with their clocks, and a form for each that is open."""
    call = current_call()
    now = call.clock.now()
    with call.read() as session:
        block = reading.return_block(session, call.actor, now, number)
        return render_template(
            "trips/after.html", block=block, trip=block.trip, today=local_date(now), error=error
        )


def _here(trip: Trip) -> str:
    return url_for(".show", number=trip.ref)


@bp.post("/<number>/departure")
@policy(Permission.TRIPS_TRAVEL)
@redisplay(show)
def depart(number: str) -> ResponseReturnValue:
    cmd = load(CrossingSchema, number=number, version=form_version())
    return perform(service_travel.depart, cmd, then=_here)


@bp.post("/<number>/entry")
@policy(Permission.TRIPS_TRAVEL)
@redisplay(show)
def come_back(number: str) -> ResponseReturnValue:
    cmd = load(EntrySchema, number=number, version=form_version())
    return perform(service_travel.come_back, cmd, then=_here)


@bp.post("/<number>/report")
@policy(Permission.TRIPS_DRAFT)
@redisplay(show)
@takes_file
def report(number: str) -> ResponseReturnValue:
    cmd = load(ReportSchema, number=number)
    file = request.files.get("file")
    received = None
    if file is not None and file.filename:
        received = receive(current_call(), file.filename, cast("BinaryIO", file.stream))
    return perform(service_return.file_report, cmd, received, then=_here)


@bp.post("/<number>/publication")
@policy(Permission.TRIPS_DRAFT)
@redisplay(show)
def publish(number: str) -> ResponseReturnValue:
    return perform(service_return.publish, load(PublicationSchema, number=number), then=_here)


@bp.post("/<number>/statement")
@policy(Permission.TRIPS_DRAFT)
@redisplay(show)
def explain(number: str) -> ResponseReturnValue:
    return perform(service_return.explain_return, load(StatementSchema, number=number), then=_here)


@bp.post("/<number>/return")
@policy(Permission.TRIPS_TRAVEL)
@redisplay(show)
def confirm(number: str) -> ResponseReturnValue:
    return perform(service_return.confirm_return, NumberedTrip(number, form_version()), then=_here)


@bp.post("/<number>/reimbursement")
@policy(Permission.TRIPS_SETTLE)
@redisplay(show)
def reimburse(number: str) -> ResponseReturnValue:
    return perform(service_return.reimburse, load(ReimbursementSchema, number=number), then=_here)


@bp.post("/<number>/close")
@policy(Permission.TRIPS_TRAVEL)
@redisplay(show)
def close(number: str) -> ResponseReturnValue:
    cmd = NumberedTrip(number, form_version())
    return perform(service_return.close, cmd, then=lambda trip: url_for("trips.show", number=trip.ref))
