"""Pages of trips: list, detail, permit, files."""

from enum import StrEnum
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.approvals.views import looked_at
from webapp.attachments import queries_preview as previews
from webapp.attachments.service import StoredFile
from webapp.attachments.views import file_response, picture_response, preview_page
from webapp.core.clock import local_date
from webapp.core.errors import DomainError, NotFound
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.i18n import gettext
from webapp.core.permissions import Permission
from webapp.notifications.views import seen
from webapp.rulebook import places
from webapp.trips import pages, queries, reading, service_draft, states
from webapp.trips.commands import NumberedTrip
from webapp.trips.commands_sections import LABELS, DocumentType, Section
from webapp.trips.schemas_actions import DraftSchema
from webapp.trips.states import TripState

bp = Blueprint("trips", __name__, url_prefix="/trips", template_folder="templates")


@bp.app_context_processor
def words() -> dict[str, object]:
    """Words for the codes of trips, for this feature's templates."""
    return {
        "TRIP_LABELS": states.LABELS,
        "TRIP_TONES": states.TONES,
        "TRIP_WORDS": LABELS,
        "country_name": pages.country_name,
        "country_names": places.names,
    }


@bp.app_template_filter("option_words")
def option_words(code: StrEnum | str) -> tuple[str, str]:
    """A code with its words, as an option of a form; a stored document type may come as plain text."""
    known = code if isinstance(code, StrEnum) else DocumentType(code)
    return known.value, gettext(LABELS[known])


@bp.app_template_filter("file_option")
def file_option(row: StoredFile) -> tuple[str, str]:
    return str(row.id), f"{option_words(row.document_type)[1]} {row.name}"


@bp.get("")
@policy(Permission.TRIPS_SEE)
def index() -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    wanted = _filter()
    with call.read() as session:
        page = queries.page(session, call.actor, now, wanted)
    return render_template(
        "trips/index.html",
        list=page,
        wanted=wanted,
        chosen={key: value for key, value in request.args.items() if key != "after" and value},
        may_draft=call.actor.may(Permission.TRIPS_DRAFT, now),
        this_year=local_date(now).year,
    )


def _filter() -> queries.Filter:
    """What the address narrows the list to; words it does not know are left out."""
    year = request.args.get("year", "")
    state = request.args.get("state", "")
    return queries.Filter(
        state=TripState(state) if state in set(TripState) - {TripState.DISCARDED} else None,
        text=request.args.get("q", "").strip().replace("\x00", ""),
        country=request.args.get("country", "")[:2],
        year=int(year) if year.isascii() and year.isdigit() and 2000 <= int(year[:5]) <= 2100 else None,  # noqa: PLR2004
        mine=request.args.get("mine") == "1",
        after=request.args.get("after", "")[:120],
    )


@bp.get("/new")
@policy(Permission.TRIPS_DRAFT)
def new(error: DomainError | None = None) -> ResponseReturnValue:
    return render_template("trips/new.html", error=error)


@bp.post("/new")
@policy(Permission.TRIPS_DRAFT)
@redisplay(new)
def create() -> ResponseReturnValue:
    return perform(
        service_draft.create,
        load(DraftSchema),
        then=lambda trip: url_for("trips_edit.section", number=trip.ref, name=Section.TASK.value),
    )


@bp.get("/<number>")
@policy(Permission.TRIPS_SEE)
def show(number: str, error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        sheet = reading.sheet(session, call.actor, call.clock.now(), number)
        seen(sheet.trip.id)
        if sheet.sign is not None:
            looked_at(sheet.sign, sheet.trip.id)
        return render_template("trips/show.html", sheet=sheet, trip=sheet.trip, error=error)


@bp.get("/<number>/permit")
@policy(Permission.TRIPS_SEE)
def permit(number: str) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        trip = queries.detail(session, call.actor, call.clock.now(), number)
        if not trip.permit_no:
            raise NotFound
        seen(trip.id)
        return render_template("trips/permit.html", trip=trip)


@bp.get("/<number>/files/<uuid:file_id>")
@policy(Permission.TRIPS_SEE)
def file(number: str, file_id: UUID) -> ResponseReturnValue:
    call = current_call()
    row = service_draft.download_file(call, number, file_id)
    return file_response(call.ports.need_storage(), row)


@bp.get("/<number>/files/<uuid:file_id>/pages")
@policy(Permission.TRIPS_SEE)
def view_file(number: str, file_id: UUID) -> ResponseReturnValue:
    """The file's pages as pictures, for reading on a phone."""
    shown = service_draft.view_file(current_call(), number, file_id)
    steps = [(gettext("出访团组"), url_for(".index")), (number, url_for(".show", number=number))]
    return preview_page(
        shown,
        steps,
        url_for(".file", number=number, file_id=file_id),
        lambda sha256: url_for(".picture", number=number, file_id=file_id, sha256=sha256),
    )


@bp.get("/<number>/files/<uuid:file_id>/pages/<sha256>")
@policy(Permission.TRIPS_SEE)
def picture(number: str, file_id: UUID, sha256: str) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        trip_id = queries.trip_id(session, call.actor, call.clock.now(), number)
        page = previews.picture(session, queries.KIND, trip_id, file_id, sha256)
    return picture_response(call.ports.need_storage(), page)


@bp.post("/<number>/discard")
@policy(Permission.TRIPS_DRAFT)
def discard(number: str) -> ResponseReturnValue:
    cmd = NumberedTrip(number, form_version())
    return perform(service_draft.discard, cmd, then=lambda _trip: url_for("trips.index"))
