"""The working-day calendar: years with their days off and worked weekends, correcting a day, entering a notice."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import local_date
from webapp.core.errors import DomainError
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.permissions import Permission
from webapp.deadlines import queries_calendar, queries_recount, service_calendar
from webapp.deadlines.calendar import LABELS
from webapp.deadlines.rules_calendar import Change, as_list, differences
from webapp.deadlines.rules_recount import Move
from webapp.deadlines.schemas_calendar import DaySchema, NoticeSchema

bp = Blueprint("calendar", __name__, url_prefix="/rules/calendar", template_folder="templates")


@bp.get("")
@policy(Permission.RULES_SEE)
def index() -> ResponseReturnValue:
    with current_call().read() as session:
        return render_template(
            "deadlines/calendar.html",
            years=queries_calendar.years(session),
            editions=queries_calendar.editions(session),
            LABELS=LABELS,
        )


@bp.get("/<int:year>")
@policy(Permission.RULES_SEE)
def one_year(
    year: int,
    error: DomainError | None = None,
    changes: tuple[Change, ...] | None = None,
    moves: Sequence[Move] = (),
    text: str = "",
) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        row = queries_calendar.one_year(session, year)
        neighbours = [found.year for found in queries_calendar.years(session)]
    return render_template(
        "deadlines/calendar_year.html",
        year=row,
        months=_months(row),
        neighbours=neighbours,
        may_keep=call.actor.may(Permission.RULES_KEEP, call.clock.now()),
        today=local_date(call.clock.now()),
        changes=changes,
        moves=moves,
        text=text,
        error=error,
        LABELS=LABELS,
    )


def _months(row: queries_calendar.YearRow) -> list[tuple[int, list[queries_calendar.DayRow]]]:
    """The exceptional days by month, months without any left out."""
    found: dict[int, list[queries_calendar.DayRow]] = {}
    for entry in row.days:
        found.setdefault(entry.day.month, []).append(entry)
    return sorted(found.items())


@bp.post("/<int:year>/day")
@policy(Permission.RULES_KEEP)
@redisplay(one_year)
def set_day(year: int) -> ResponseReturnValue:
    cmd = load(DaySchema, version=form_version())
    return perform(service_calendar.set_day, cmd, then=lambda _row: url_for(".one_year", year=year))


@bp.post("/<int:year>/notice")
@policy(Permission.RULES_KEEP)
@redisplay(one_year)
def import_notice(year: int) -> ResponseReturnValue:
    """Looked at first: nothing is saved until the differences were shown, and the ends that would move."""
    cmd = load(NoticeSchema, year=year, version=form_version())
    if request.form.get("step") != "save":
        with current_call().read() as session:
            held = queries_calendar.one_year(session, year)
            wanted = queries_calendar.work_calendar(session).with_year(year, cmd.kinds)
            moves = queries_recount.moves(session, wanted, current_call().ports.followers)
        changes = differences(held.kinds, cmd.days)
        return one_year(year, changes=changes, moves=moves, text=as_list(cmd.days))
    return perform(service_calendar.import_notice, cmd, then=lambda _row: url_for(".one_year", year=year))
