"""Landing page by role."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.console import navigation
from webapp.console.views_frame import places_of, roles_of
from webapp.core.http import current_actor, signed_in

bp = Blueprint("console", __name__, template_folder="templates")


@bp.get("/")
@signed_in
def home() -> ResponseReturnValue:
    actor = current_actor()
    return redirect(url_for(navigation.landing(roles_of(actor), places_of(actor)).endpoint))
