"""Pages of incidents: the board, the list, registration, one incident."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts import queries as accounts
from webapp.core.clock import SHANGHAI, local_date
from webapp.core.errors import DomainError
from webapp.core.http import current_call, load, perform, policy, redisplay
from webapp.core.i18n import gettext
from webapp.core.permissions import Permission, Role
from webapp.incidents import (
    facts,
    queries,
    queries_clocks,
    queries_countries,
    queries_detail,
    queries_duties,
    rules,
    rules_clocks,
    service_report,
)
from webapp.incidents import policy as duties_policy
from webapp.incidents.kinds import (
    DUTY_LABELS,
    FAMILIES,
    MEASURE_LABELS,
    TILE_LABELS,
    DutyKind,
    MeasureKind,
    Tile,
)
from webapp.incidents.models import Incident
from webapp.incidents.schemas import RegisterSchema
from webapp.incidents.states import BOARD, LEVEL_LABELS, STATE_LABELS, IncidentState, Level

bp = Blueprint("incidents", __name__, url_prefix="/incidents", template_folder="templates")

STRIP = 4
PAGE = 50
BOARD_PAGE = 100


@bp.app_template_filter("level_words")
def level_words(number: int) -> str:
    return gettext(LEVEL_LABELS[Level(number)])


@bp.get("")
@policy(Permission.INCIDENTS_SEE)
def board() -> ResponseReturnValue:
    """Open cases by state, those registered last first; the counts and the nearest clocks are of all of them."""
    call = current_call()
    now = call.clock.now()
    shown = (
        queries.Shown(request.args.get("show", ""))
        if request.args.get("show") in set(queries.Shown)
        else queries.Shown.ALL
    )
    before = request.args.get("before", "")[:12]
    with call.read() as session:
        lines = queries.on_board(session, call.actor, now, shown=shown, before=before, limit=BOARD_PAGE + 1)
        lines, older = lines[:BOARD_PAGE], lines[BOARD_PAGE:]
        counts = queries.board_counts(session, call.actor, now)
        clocks = queries_duties.nearest_of(session, [line.incident.id for line in lines if line.readable])
        strip = queries_duties.nearest(session, queries.readable_by(call.actor, now), STRIP)
        names = accounts.names(session, [i.lead_id for i in map(_incident, lines) if i.lead_id])
    return render_template(
        "incidents/board.html",
        lanes=[
            (state, counts.get((state, shown), 0), [x for x in lines if x.incident.state is state])
            for state in BOARD
        ],
        counts={key.value: sum(counts.get((state, key), 0) for state in BOARD) for key in queries.Shown},
        shown_count=len(lines),
        older=lines[-1].incident.number if older else "",
        before=before,
        strip=strip,
        nearest=clocks,
        names=names,
        chosen=shown.value,
        updated=now,
        **_words(),
    )


@bp.get("/list")
@policy(Permission.INCIDENTS_SEE)
def index() -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    wanted = request.args.get("state", "")
    state = IncidentState(wanted) if wanted in set(IncidentState) else None
    mine = call.actor.account_id if request.args.get("mine") else None
    with call.read() as session:
        found = queries.listed(
            session,
            call.actor,
            now,
            state=state,
            lead_id=mine,
            before=request.args.get("before", ""),
            limit=PAGE + 1,
        )
        lines, older = found[:PAGE], found[PAGE:]
        clocks = queries_duties.nearest_of(session, [line.incident.id for line in lines if line.readable])
        names = accounts.names(session, [i.lead_id for i in map(_incident, lines) if i.lead_id])
    return render_template(
        "incidents/list.html",
        lines=lines,
        older=lines[-1].incident.number if older else None,
        nearest=clocks,
        names=names,
        state=state,
        **_words(),
    )


def _incident(line: queries.Line) -> Incident:
    return line.incident


def _words() -> dict[str, Any]:
    call = current_call()
    return {
        "may_register": call.actor.may(Permission.INCIDENTS_REPORT, call.clock.now()),
        "STATE_LABELS": STATE_LABELS,
        "DUTY_LABELS": DUTY_LABELS,
        "headline": queries_detail.headline,
        "country_name": queries_countries.country_name,
    }


@bp.get("/new")
@policy(Permission.INCIDENTS_REPORT)
def new(error: DomainError | None = None) -> ResponseReturnValue:
    """The seven fields, filled from the address where it carries some (?kind=detained&nat=KR)."""
    call = current_call()
    now = call.clock.now()
    given = request.form if request.method == "POST" else request.args
    values = {**given.to_dict(), "tile": given.get("tile") or given.get("kind", "")}
    values["country"] = given.get("country") or given.get("nat", "").upper()
    values.setdefault("started_at", now.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"))
    with call.read() as session:
        chiefs = accounts.holders(session, Role.SECTION_CHIEF, None, now)
        outlook = _outlook(session, values)
    return render_template(
        "incidents/new.html",
        values=values,
        error=error,
        outlook=outlook,
        chief_phone=next((chief.phone for chief in chiefs if chief.phone), ""),
        countries=queries_countries.countries(),
        translated_tiles=[(tile.value, *map(gettext, words)) for tile, words in TILE_LABELS.items()],
        measure_options=[(kind.value, gettext(label)) for kind, label in MEASURE_LABELS.items()],
    )


@bp.get("/new/terms")
@policy(Permission.INCIDENTS_REPORT)
def terms() -> ResponseReturnValue:
    """What follows from nationality, measure and time: the fragment that stands under the nationality."""
    with current_call().read() as session:
        return render_template("incidents/_terms.html", outlook=_outlook(session, request.args.to_dict()))


@bp.post("/new/preview")
@policy(Permission.INCIDENTS_REPORT)
def preview() -> ResponseReturnValue:
    """The same for browsers without script: the form again, as typed, with the terms; nothing is saved."""
    return new()


@bp.post("")
@policy(Permission.INCIDENTS_REPORT)
@redisplay(new)
def register() -> ResponseReturnValue:
    return perform(
        service_report.register,
        load(RegisterSchema),
        then=lambda row: url_for("incident.show", number=row.number),
    )


def _outlook(session: Any, values: dict[str, str]) -> dict[str, Any] | None:
    """The treaty rule of a nationality and, with a measure and its time, the exact ends; None without one."""
    country = values.get("country", "").upper()
    if not queries_countries.is_country(country):
        return None
    started_at = _moment(values.get("started_at", ""))
    on = local_date(started_at or current_call().clock.now())
    treaty = facts.treaty_terms(session, country, on)
    clocks = rules_clocks.clocks(queries_clocks.rules_of(session, on))
    kind = values.get("measure", "")
    wanted = kind in set(MeasureKind) and values.get("tile", Tile.DETAINED) in {Tile.DETAINED, Tile.CASUALTY}
    specs: tuple[duties_policy.DutySpec, ...] = ()
    if wanted and started_at is not None:
        specs = duties_policy.owed_for_measure(MeasureKind(kind), started_at, treaty, clocks)
    return {
        "country": queries_countries.country_name(country),
        "foreign": duties_policy.is_foreign(country),
        "terms": treaty,
        "days": rules.notice_days(treaty, clocks),
        "notice": next(
            (s for s in specs if s.kind in {DutyKind.CONSULAR_NOTICE, DutyKind.DEATH_NOTICE}), None
        ),
        "police": next((s for s in specs if s.kind is DutyKind.POLICE_REPORT), None),
        "criminal": FAMILIES[MeasureKind(kind)] if wanted else None,
    }


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "T"))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
