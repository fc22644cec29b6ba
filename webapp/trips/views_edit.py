"""The application as a task list: every section a page of its own, saved by itself; check answers; submit."""

import json
import secrets
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.attachments.service import receive
from webapp.attachments.views import takes_file
from webapp.core.display import stamp
from webapp.core.errors import DomainError, Invalid, NotFound, OutOfDate
from webapp.core.formdata import form_values
from webapp.core.http import current_call, load, perform, policy, redisplay
from webapp.core.i18n import gettext
from webapp.core.permissions import Permission
from webapp.rulebook import places
from webapp.trips import columns, pages, reading, sections, service_draft
from webapp.trips.commands_sections import DECLARATIONS, DocumentType, SaveSection, Section
from webapp.trips.models import Trip
from webapp.trips.rules import marks
from webapp.trips.schemas import MODES, SECTION_SCHEMAS
from webapp.trips.schemas_actions import UploadSchema
from webapp.trips.states import EDITABLE

bp = Blueprint("trips_edit", __name__, url_prefix="/trips", template_folder="templates")


BLANK_ROWS = 3
ORDER = tuple(Section)


@bp.get("/<number>/edit")
@policy(Permission.TRIPS_DRAFT)
def start(number: str) -> ResponseReturnValue:
    """Go on where something is missing."""
    call = current_call()
    with call.read() as session:
        found = reading.draft(session, call.actor, call.clock.now(), number)
    for task in found.tasks:
        if task.status != "done":
            return redirect(url_for(".section", number=found.trip.ref, name=task.section.value))
    return redirect(url_for("trips_review.check", number=found.trip.ref))


@bp.get("/<number>/edit/<name>")
@policy(Permission.TRIPS_DRAFT)
def section(number: str, name: str, error: DomainError | None = None) -> ResponseReturnValue:
    wanted = _section(name)
    call = current_call()
    with call.read() as session:
        found = reading.draft(session, call.actor, call.clock.now(), number)
        if found.trip.state not in EDITABLE:
            return redirect(url_for("trips.show", number=found.trip.ref))
        return render_template(
            _TEMPLATES.get(wanted, "trips/edit_sheet.html"),
            draft=found,
            trip=found.trip,
            section=wanted,
            columns=columns.of(wanted),
            rows=_rows(found, wanted),
            values=_values(found, wanted),
            base=_base(found, wanted),
            error=error,
            people=_people(session, found.trip) if wanted is Section.MEMBERS else [],
            units=[(unit.code, unit.name) for unit in accounts.units(session) if unit.is_active],
            countries=places.choices(),
            modes=MODES,
            declarations=DECLARATIONS,
            document_types=list(DocumentType),
        )


def _people(session: Session, trip: Trip) -> list[tuple[str, str]]:
    call = current_call()
    return reading.people_to_choose(session, call.actor, call.clock.now(), trip)


_TEMPLATES = {
    Section.TASK: "trips/edit_task.html",
    Section.INVITATIONS: "trips/edit_invitations.html",
    Section.FILES: "trips/edit_files.html",
    Section.DECLARATIONS: "trips/edit_declarations.html",
    Section.EXPLANATIONS: "trips/edit_explanations.html",
}


def _section(name: str) -> Section:
    try:
        return Section(name)
    except ValueError:
        raise NotFound from None


def _base(found: reading.Draft, wanted: Section) -> str:
    return "" if wanted is Section.FILES else json.dumps(marks(sections.stored(found.trip, wanted)))


def _values(found: reading.Draft, wanted: Section) -> dict[str, Any]:
    """Single fields of the section: what was typed if the form came back, else what is stored."""
    if wanted not in (Section.TASK, Section.DECLARATIONS):
        return {}
    if request.method == "POST":
        return dict(request.form.items())
    return {name: pages.as_text(name, value) for name, value in sections.stored(found.trip, wanted).items()}


def _rows(found: reading.Draft, wanted: Section) -> list[dict[str, str]]:
    """Rows of a sheet as text, with empty ones at the end whose names are made here, at random."""
    if wanted not in sections.ROWS:
        return []
    if request.method == "POST":
        typed = form_values(request.form, request.files, SECTION_SCHEMAS[wanted]()).get(wanted.value, [])
        rows = [dict(row) for row in typed]
    else:
        rows = pages.sheet(found.trip, wanted)
    if wanted is Section.SLOTS and not rows and (laid := pages.half_days(found.trip)):
        return [{"key": f"n-{secrets.token_hex(8)}", **row} for row in laid]
    blank = 1 if wanted is Section.INVITATIONS and rows else BLANK_ROWS
    return rows + [{"key": f"n-{secrets.token_hex(8)}"} for _ in range(blank)]


@bp.post("/<number>/edit/<name>")
@policy(Permission.TRIPS_DRAFT)
@redisplay(section)
def save(number: str, name: str) -> ResponseReturnValue:
    wanted = _section(name)
    if wanted not in SECTION_SCHEMAS:
        raise NotFound
    goal = request.form.get("then", "")
    cmd: SaveSection = load(SECTION_SCHEMAS[wanted], number=number)
    if request.headers.get("X-Autosave"):
        return _autosaved(cmd)
    try:
        return perform(service_draft.save_section, cmd, then=lambda trip: _following(trip.ref, wanted, goal))
    except OutOfDate as clash:
        if clash.code != "same_field":
            raise
        return _ask(cmd, clash), 409


def _autosaved(cmd: SaveSection) -> ResponseReturnValue:
    """Answer to the page's own saving: a sentence for the status line, and the marks to go on from."""
    call = current_call()
    trip = service_draft.save_section(call, cmd)
    base = marks(sections.stored(trip, cmd.section))
    message = gettext("%(time)s 已自动保存", time=stamp(call.clock.now())[-5:])
    return jsonify(message=message, version=trip.version, base=json.dumps(base))


def _following(number: str, wanted: Section, goal: str) -> str:
    if goal == "stay":
        return url_for(".section", number=number, name=wanted.value)
    if goal == "leave":
        return url_for("trips.index")
    later = ORDER[ORDER.index(wanted) + 1 :]
    if later:
        return url_for(".section", number=number, name=later[0].value)
    return url_for("trips_review.check", number=number)


def _ask(cmd: SaveSection, clash: OutOfDate) -> str:
    """Two people changed the same place: both values side by side, the rest already put together."""
    call = current_call()
    with call.read() as session:
        found = reading.draft(session, call.actor, call.clock.now(), cmd.number)
        return render_template(
            "trips/conflict.html",
            draft=found,
            trip=found.trip,
            section=cmd.section,
            base=_base(found, cmd.section),
            fields=columns.conflict_fields(
                cmd.section,
                clash.details["merged"],
                clash.details["clashes"],
                dict(reading.people_to_choose(session, call.actor, call.clock.now(), found.trip)),
            ),
        )


@bp.post("/<number>/budget/lay")
@policy(Permission.TRIPS_DRAFT)
@redisplay(section, name=Section.BUDGET.value)
def lay_budget(number: str) -> ResponseReturnValue:
    """Make the budget's rows from the journey, the people and the fee standards."""
    return perform(
        service_draft.lay_budget,
        number,
        then=lambda trip: url_for(".section", number=trip.ref, name=Section.BUDGET.value),
    )


@bp.post("/<number>/files")
@policy(Permission.TRIPS_DRAFT)
@redisplay(section, name=Section.FILES.value)
@takes_file
def upload(number: str) -> ResponseReturnValue:
    sent = load(UploadSchema)
    if not hasattr(sent["file"], "stream"):
        raise Invalid(fields={"file": [gettext("请选择文件。")]})
    call = current_call()
    received = receive(call, sent["file"].filename or "", sent["file"].stream)
    return perform(
        service_draft.add_file,
        number,
        sent["document_type"],
        received,
        sent["replaces"],
        then=lambda _row: url_for(".section", number=number, name=Section.FILES.value),
    )


@bp.post("/<number>/files/<uuid:file_id>/remove")
@policy(Permission.TRIPS_DRAFT)
@redisplay(section, name=Section.FILES.value)
def remove_file(number: str, file_id: UUID) -> ResponseReturnValue:
    return perform(
        service_draft.remove_file,
        number,
        file_id,
        then=lambda trip: url_for(".section", number=trip.ref, name=Section.FILES.value),
    )
