"""The year's plan, quota and budget: a table over the units, and a page for one unit's year."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts import queries as accounts
from webapp.core.clock import local_date
from webapp.core.errors import DomainError, NotFound
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.permissions import Permission
from webapp.plans import queries, service
from webapp.plans.schemas import AllotmentSchema, PlanItemSchema
from webapp.plans.states import LABELS, PlanState
from webapp.rulebook import places

bp = Blueprint("plans", __name__, url_prefix="/plans", template_folder="templates")


@bp.get("")
@policy(Permission.PLANS_SEE)
def index() -> ResponseReturnValue:
    year = local_date(current_call().clock.now()).year
    return redirect(url_for(".year_table", year=year))


@bp.get("/<int:year>")
@policy(Permission.PLANS_SEE)
def year_table(year: int) -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    if year not in service.YEARS:
        raise NotFound
    with call.read() as session:
        reach = [u.id for u in accounts.units(session) if call.actor.may(Permission.PLANS_SEE, now, u.path)]
        rows = queries.unit_years(session, reach, year)
    return render_template("plans/year.html", year=year, rows=rows)


@bp.get("/<int:year>/<code>")
@policy(Permission.PLANS_SEE)
def unit_year(year: int, code: str, error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    with call.read() as session:
        unit = accounts.unit_by_code(session, code)
        if year not in service.YEARS or not call.actor.may(Permission.PLANS_SEE, now, unit.path):
            raise NotFound
        allotment = queries.allotment(session, unit.id, year)
        items = queries.items(session, unit.id, year)
        return render_template(
            "plans/unit_year.html",
            year=year,
            unit=unit,
            allotment=allotment,
            standing=queries.standing(session, unit.id, year),
            items=items,
            chosen=next((item for item in items if item.number == request.args.get("item")), None),
            holds=queries.holds(session, allotment.id) if allotment else [],
            may_keep=call.actor.may(Permission.PLANS_KEEP, now, unit.path),
            states=[(state.value, LABELS[state]) for state in PlanState],
            LABELS=LABELS,
            places=places,
            error=error,
        )


@bp.post("/<int:year>/<code>/allotment")
@policy(Permission.PLANS_KEEP)
@redisplay(unit_year)
def set_allotment(year: int, code: str) -> ResponseReturnValue:
    with current_call().read() as session:
        unit_id = accounts.unit_by_code(session, code).id
    cmd = load(AllotmentSchema, unit_id=str(unit_id), year=year, version=form_version())
    return perform(service.set_allotment, cmd, then=lambda _row: url_for(".unit_year", year=year, code=code))


@bp.post("/<int:year>/<code>/items")
@policy(Permission.PLANS_KEEP)
@redisplay(unit_year)
def keep_item(year: int, code: str) -> ResponseReturnValue:
    with current_call().read() as session:
        unit_id = accounts.unit_by_code(session, code).id
    cmd = load(PlanItemSchema, unit_id=str(unit_id), year=year, version=form_version())
    return perform(service.keep_item, cmd, then=lambda _row: url_for(".unit_year", year=year, code=code))
