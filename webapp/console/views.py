"""Landing page by role."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.core.http import signed_in

bp = Blueprint("console", __name__, template_folder="templates")


@bp.get("/")
@signed_in
def home() -> ResponseReturnValue:
    return render_template("console/home.html")
