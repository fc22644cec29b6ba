"""How permits are numbered: one page for the office."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import local_date
from webapp.core.errors import DomainError
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.permissions import Permission
from webapp.rulebook.states import ROUTE_LABELS
from webapp.trips import queries_permits, service_permits
from webapp.trips.schemas_actions import TemplateDecisionSchema, TemplateSchema
from webapp.trips.states import TEMPLATE_LABELS

bp = Blueprint("trips_permits", __name__, url_prefix="/permits", template_folder="templates")


@bp.get("")
@policy(Permission.RULES_SEE)
def index(error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    year = local_date(now).year
    with call.read() as session:
        return render_template(
            "trips/permits.html",
            numberings=queries_permits.numberings(session, year),
            year=year,
            routes=[(kind.value, words) for kind, words in ROUTE_LABELS.items()],
            ROUTE_LABELS=ROUTE_LABELS,
            TEMPLATE_LABELS=TEMPLATE_LABELS,
            may_keep=call.actor.may(Permission.RULES_KEEP, now),
            me=call.actor.account_id,
            error=error,
        )


@bp.post("")
@policy(Permission.RULES_KEEP)
@redisplay(index)
def propose() -> ResponseReturnValue:
    return perform(service_permits.propose, load(TemplateSchema), then=lambda _row: url_for(".index"))


@bp.post("/decision")
@policy(Permission.RULES_KEEP)
@redisplay(index)
def decide() -> ResponseReturnValue:
    cmd = load(TemplateDecisionSchema, version=form_version())
    return perform(service_permits.decide, cmd, then=lambda _row: url_for(".index"))
