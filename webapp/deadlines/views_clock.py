"""The clock's own page: how far it has come, and the brake a person releases after looking at the machine's time."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.core.http import current_call, perform, policy
from webapp.core.permissions import Permission
from webapp.deadlines import queries, service_clock

bp = Blueprint("clock", __name__, template_folder="templates")


@bp.get("/clock")
@policy(Permission.SYSTEM_SEE)
def index() -> ResponseReturnValue:
    with current_call().read() as session:
        mark = queries.clock_mark(session)
    return render_template("deadlines/clock.html", mark=mark)


@bp.post("/clock/release")
@policy(Permission.SYSTEM_SEE)
def release() -> ResponseReturnValue:
    return perform(service_clock.release_brake, then=lambda _none: url_for(".index"))
