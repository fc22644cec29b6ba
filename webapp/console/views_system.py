"""The system administrator's page, and the one address that says whether the office works."""

from typing import Any

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from webapp.console import facts, health
from webapp.console.rules import VERDICT_LABELS
from webapp.core.http import current_call, policy, public
from webapp.core.permissions import Permission

bp = Blueprint("system", __name__, template_folder="templates")


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """200 when web, database, worker and clock are well, else 503; says which, and nothing more about the inside."""
    call = current_call()
    signs = health.signs(facts.pulse(call.db, call.clock.now()))
    body = {name: "ok" if well else "down" for name, well in signs.items()}
    return jsonify(body), 200 if all(signs.values()) else 503


@bp.get("/system")
@policy(Permission.SYSTEM_SEE)
def index() -> ResponseReturnValue:
    call = current_call()
    settings: Any = current_app.extensions["waishi.runtime"].settings
    site = facts.Site(
        settings.data_dir, settings.key_dir, settings.log_keys, settings.redis_url, call.ports.scanner
    )
    found = health.checks(facts.collect(call.db, call.clock.now(), site))
    return render_template(
        "console/system.html",
        checks=found,
        worst=health.worst(found),
        labels=VERDICT_LABELS,
        settings=settings,
    )
