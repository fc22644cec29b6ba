"""Passports handed out and taken back: the custodian's page, which units and office read too."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import local_date
from webapp.core.errors import DomainError
from webapp.core.http import current_call, load, perform, policy, redisplay
from webapp.core.permissions import Permission
from webapp.core.tx import Command
from webapp.people.states import LABELS, PassportKind
from webapp.trips import queries_passports, service_passports
from webapp.trips.schemas_actions import PassportSchema

bp = Blueprint("trips_passports", __name__, url_prefix="/passports", template_folder="templates")


@bp.get("")
@policy(Permission.PEOPLE_SEE)
def index(error: DomainError | None = None, number: str = "", place: int = 0) -> ResponseReturnValue:
    """Overdue, due, out, and soon to be handed out. `number` and `place` name the line whose form came back."""
    call = current_call()
    now = call.clock.now()
    with call.read() as session:
        return render_template(
            "trips/passports.html",
            board=queries_passports.board(session, call.actor, now),
            today=local_date(now),
            kinds=[(kind.value, LABELS[kind]) for kind in PassportKind],
            KIND_LABELS=LABELS,
            error=error,
            typed=(number, place, request.path.rpartition("/")[2]),
        )


def _move(service: Command[Any, Any], number: str, place: int) -> ResponseReturnValue:
    cmd = load(PassportSchema, number=number, place=place)
    return perform(service, cmd, then=lambda _trip: url_for(".index"))


@bp.post("/<number>/<int:place>/out")
@policy(Permission.PASSPORTS_KEEP)
@redisplay(index)
def hand_out(number: str, place: int) -> ResponseReturnValue:
    return _move(service_passports.hand_out, number, place)


@bp.post("/<number>/<int:place>/in")
@policy(Permission.PASSPORTS_KEEP)
@redisplay(index)
def take_back(number: str, place: int) -> ResponseReturnValue:
    return _move(service_passports.take_back, number, place)


@bp.post("/<number>/<int:place>/lost")
@policy(Permission.PASSPORTS_KEEP)
@redisplay(index)
def lose(number: str, place: int) -> ResponseReturnValue:
    return _move(service_passports.lose, number, place)
