"""Pages of routes: which there are, what a version says, and how a new one comes into force."""

from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.approvals import queries_routes, route_cases, route_text, route_write, service_proposals
from webapp.approvals.route import KIND_LABELS, NOBODY_LABELS, SAME_PERSON_LABELS, SIGN_LABELS, Route
from webapp.approvals.schemas_routes import RouteSchema, SettleRouteSchema
from webapp.approvals.states import PROPOSAL_LABELS
from webapp.core.clock import local_date
from webapp.core.errors import DomainError
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.permissions import Permission
from webapp.deadlines.queries_calendar import work_calendar

bp = Blueprint("approvals_routes", __name__, url_prefix="/routes", template_folder="templates")


@bp.context_processor
def words() -> dict[str, Any]:
    """Labels of codes, and what the actor may do."""
    call = current_call()
    return {
        "KIND_LABELS": KIND_LABELS,
        "SIGN_LABELS": SIGN_LABELS,
        "NOBODY_LABELS": NOBODY_LABELS,
        "SAME_PERSON_LABELS": SAME_PERSON_LABELS,
        "PROPOSAL_LABELS": PROPOSAL_LABELS,
        "may_propose": call.actor.may(Permission.ROUTES_PROPOSE, call.clock.now()),
        "may_enact": call.actor.may(Permission.ROUTES_ENACT, call.clock.now()),
        "today": local_date(call.clock.now()),
    }


@bp.get("")
@policy(Permission.ROUTES_SEE)
def index() -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        found = queries_routes.routes(session, local_date(call.clock.now()))
        return render_template(
            "approvals/routes.html", routes=found, proposals=queries_routes.proposals(session)
        )


@bp.get("/new")
@policy(Permission.ROUTES_PROPOSE)
def new(error: DomainError | None = None) -> ResponseReturnValue:
    return render_template("approvals/route_new.html", error=error)


@bp.post("/new")
@policy(Permission.ROUTES_PROPOSE)
@redisplay(new)
def propose() -> ResponseReturnValue:
    """Read and tried out before anything is in force: the next page shows what changes."""
    return perform(
        service_proposals.propose,
        load(RouteSchema),
        then=lambda row: url_for(".proposal", number=row.number),
    )


@bp.get("/<code>/<int:version>")
@policy(Permission.ROUTES_SEE)
def show(code: str, version: int) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        found = queries_routes.version(session, code, version)
        return render_template(
            "approvals/route.html",
            found=found,
            route=found.route,
            outcomes=route_cases.run(found.route, work_calendar(session)),
            versions=queries_routes.versions(session, code),
            changes=_changes(queries_routes.before(session, code, version), found.route),
        )


def _changes(old: Route | None, new: Route) -> list[route_write.DiffLine]:
    return route_write.difference(old, new) if old is not None else []


@bp.get("/<code>/<int:version>/text")
@policy(Permission.ROUTES_SEE)
def text(code: str, version: int) -> ResponseReturnValue:
    with current_call().read() as session:
        found = queries_routes.version(session, code, version)
    return Response(
        found.text or route_write.canonical(found.route),
        mimetype="text/plain",
        headers={"Content-Disposition": f"attachment; filename={found.route.code}-{version}.yaml"},
    )


@bp.get("/proposals/<int:number>")
@policy(Permission.ROUTES_SEE)
def proposal(number: int, error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        row = queries_routes.proposal(session, number)
        route = route_text.parse(row.text)
        return render_template(
            "approvals/route_proposal.html",
            row=row,
            route=route,
            outcomes=route_cases.run(route, work_calendar(session)),
            changes=_changes(queries_routes.before(session, row.code, row.route_version), route),
            own=row.proposed_by_id == call.actor.account_id,
            error=error,
        )


@bp.post("/proposals/<int:number>")
@policy(Permission.ROUTES_PROPOSE)
@redisplay(proposal)
def settle(number: int) -> ResponseReturnValue:
    cmd = load(SettleRouteSchema, number=number, version=form_version())
    return perform(service_proposals.settle, cmd, then=lambda _row: url_for(".proposal", number=number))
