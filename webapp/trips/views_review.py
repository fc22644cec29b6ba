"""Check answers, submit, withdraw; notice before the trip; exceptions asked for and decided."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import local_date
from webapp.core.errors import DomainError
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.permissions import Permission
from webapp.trips import reading, reading_ahead, service_review, service_waivers, views
from webapp.trips.commands import NumberedTrip
from webapp.trips.models import Trip
from webapp.trips.schemas_actions import NoticeSchema, WaiverDecisionSchema, WaiverSchema, WithdrawSchema
from webapp.trips.states import EDITABLE

bp = Blueprint("trips_review", __name__, url_prefix="/trips", template_folder="templates")


def _to_trip(trip: Trip) -> str:
    return url_for("trips.show", number=trip.ref)


def _to_check(trip: Trip) -> str:
    return url_for(".check", number=trip.ref)


@bp.get("/<number>/ahead")
@policy(Permission.TRIPS_SEE)
def ahead(number: str) -> ResponseReturnValue:
    """Who signs next and by when, before submission and under review."""
    call = current_call()
    with call.read() as session:
        found = reading_ahead.ahead(session, call.actor, call.clock.now(), number)
        return render_template("trips/ahead.html", ahead=found, trip=found.trip)


@bp.get("/<number>/check")
@policy(Permission.TRIPS_DRAFT)
def check(number: str, error: DomainError | None = None) -> ResponseReturnValue:
    """All answers on one page, what the rules say, and the one button."""
    call = current_call()
    with call.read() as session:
        found = reading.draft(session, call.actor, call.clock.now(), number)
        if found.trip.state not in EDITABLE:
            return redirect(_to_trip(found.trip))
        return render_template(
            "trips/check.html", draft=found, trip=found.trip, files=found.files, error=error
        )


@bp.post("/<number>/submit")
@policy(Permission.TRIPS_DRAFT)
@redisplay(check)
def submit(number: str) -> ResponseReturnValue:
    return perform(
        service_review.submit,
        NumberedTrip(number, form_version()),
        then=lambda trip: url_for(".submitted", number=trip.ref),
    )


@bp.get("/<number>/submitted")
@policy(Permission.TRIPS_SEE)
def submitted(number: str) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        sheet = reading.sheet(session, call.actor, call.clock.now(), number)
        return render_template("trips/submitted.html", sheet=sheet, trip=sheet.trip)


@bp.post("/<number>/withdraw")
@policy(Permission.TRIPS_DRAFT)
@redisplay(views.show)
def withdraw(number: str) -> ResponseReturnValue:
    cmd = load(WithdrawSchema, number=number, version=form_version())
    return perform(service_review.withdraw, cmd, then=_to_trip)


@bp.get("/<number>/notice")
@policy(Permission.TRIPS_DRAFT)
def notice(number: str, error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    with call.read() as session:
        sheet = reading.sheet(session, call.actor, now, number)
        return render_template(
            "trips/notice.html",
            sheet=sheet,
            trip=sheet.trip,
            units=reading.noticing_units(sheet.trip),
            today=local_date(now),
            error=error,
        )


@bp.post("/<number>/notice")
@policy(Permission.TRIPS_DRAFT)
@redisplay(notice)
def post_notice(number: str) -> ResponseReturnValue:
    return perform(service_review.post_notice, load(NoticeSchema, number=number), then=_to_trip)


@bp.get("/<number>/waivers/<rule>")
@policy(Permission.TRIPS_DRAFT)
def waiver(number: str, rule: str, error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        found = reading.draft(session, call.actor, call.clock.now(), number)
        lines = [line for line in found.findings if line.rule == rule and line.blocks]
        return render_template(
            "trips/waiver.html", draft=found, trip=found.trip, rule=rule, lines=lines, error=error
        )


@bp.post("/<number>/waivers/<rule>")
@policy(Permission.TRIPS_DRAFT)
@redisplay(waiver)
def ask_waiver(number: str, rule: str) -> ResponseReturnValue:
    cmd = load(WaiverSchema, number=number, rule_id=rule)
    return perform(service_waivers.ask_waiver, cmd, then=_to_check)


@bp.post("/<number>/waivers/<rule>/decision")
@policy(Permission.WAIVERS_DECIDE)
@redisplay(views.show)
def decide_waiver(number: str, rule: str) -> ResponseReturnValue:
    cmd = load(WaiverDecisionSchema, number=number, rule_id=rule)
    return perform(service_waivers.decide_waiver, cmd, then=_to_trip)
