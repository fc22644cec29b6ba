"""One incident: its page, and every action on it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.attachments import queries_preview as previews
from webapp.attachments import service as attachments
from webapp.attachments.commands import Download, Received
from webapp.attachments.views import file_response, picture_response, preview_page, takes_file
from webapp.core import display
from webapp.core.clock import SHANGHAI
from webapp.core.errors import DomainError, Forbidden
from webapp.core.events import Subject
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.i18n import gettext
from webapp.core.permissions import Permission
from webapp.deadlines.states import LABELS as DEADLINE_LABELS
from webapp.incidents import (
    kinds,
    queries,
    queries_countries,
    queries_detail,
    schemas,
    service_close,
    service_consular,
    service_handle,
    service_people,
    service_report,
    states,
)
from webapp.incidents.models import Incident
from webapp.incidents.service_case import about
from webapp.notifications.views import seen

bp = Blueprint("incident", __name__, url_prefix="/incidents/<number>", template_folder="templates")

_PANELS = {
    "set_level": "level",
    "add_person": "person",
    "add_measure": "measure",
    "correct_measure": "correction",
    "file_report": "report",
    "record_notice": "notice",
    "record_opt_out": "opt_out",
    "request_visit": "visit",
    "end_handling": "end",
    "name_person": "name",
    "hand_over": "hand_over",
    "close": "close",
    "reopen": "reopen",
    "unmask": "unmask",
}


@bp.get("")
@policy(Permission.INCIDENTS_SEE)
def show(number: str, error: DomainError | None = None, full: Any = None) -> ResponseReturnValue:
    """The case with its clocks, record and persons. `do` in the address opens one form."""
    call = current_call()
    now = call.clock.now()
    with call.read() as session:
        case = queries_detail.detail(session, call.actor, now, number)
        incident = case.incident
        seen(incident.id)
        works = call.actor.may(Permission.INCIDENTS_WORK, now, incident.lead_unit_path) and case.readable
        closes = call.actor.may(Permission.INCIDENTS_CLOSE, now, incident.lead_unit_path) and case.readable
        posted = (request.endpoint or "").rpartition(".")[2] if request.method == "POST" else ""
        return render_template(
            "incidents/case.html" if case.readable else "incidents/existence.html",
            case=case,
            incident=incident,
            works=works,
            closes=closes,
            allowed={action.value for action in states.Action if states.moved(incident.state, action)},
            panel=_PANELS.get(posted) or request.args.get("do", ""),
            values=request.form if posted else request.args,
            clock_now=now.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"),
            full={person.id: (person.name, passport) for person, passport in full or ()},
            error=error,
            headline=queries_detail.headline(incident, case.measures),
            countries=queries_countries.countries(),
            country_name=queries_countries.country_name,
            kinds=kinds,
            DEADLINE_LABELS=DEADLINE_LABELS,
            states=states,
            words=_words(case, now),
        )


def _words(case: queries_detail.Detail, now: datetime) -> dict[str, list[tuple[Any, str]]]:
    """The choices of the forms, in the current language."""
    persons = {
        person.id: queries_countries.country_name(person.country) + " " + person.name
        for person in case.persons
    }
    return {
        "levels": [(level.value, gettext(label)) for level, label in states.LEVEL_LABELS.items()],
        "secrecy": [(code.value, gettext(label)) for code, label in states.SECRECY_LABELS.items()],
        "categories": [(code.value, gettext(label)) for code, label in kinds.CATEGORY_LABELS.items()],
        "measures": [(code.value, gettext(label)) for code, label in kinds.MEASURE_LABELS.items()],
        "means": [(code.value, gettext(label)) for code, label in kinds.MEANS_LABELS.items()],
        "persons": [(person_id, words.strip()) for person_id, words in persons.items()],
        "taken": [
            (taken.id, f"{persons[taken.person_id].strip()} {gettext(kinds.MEASURE_LABELS[taken.kind])}")
            for taken in case.measures
        ],
        "owed_reports": [
            (duty.kind.value, gettext(kinds.DUTY_LABELS[duty.kind]))
            for duty in case.open_duties
            if duty.kind in kinds.REPORTS
        ],
        "owed_notices": [
            (duty.id, f"{gettext(kinds.DUTY_LABELS[duty.kind])} {display.end(duty.due_at, now)}")
            for duty in case.open_duties
            if duty.kind in kinds.NOTICES
        ],
    }


def _act(service: Any, schema: Any, number: str, anchor: str = "", **known: Any) -> ResponseReturnValue:
    cmd = load(schema, number=number, version=form_version(), **known)
    return perform(service, cmd, then=lambda _row: url_for(".show", number=number, _anchor=anchor or None))


def _received(name: str) -> Received | None:
    """An uploaded file, checked and stored before the action's transaction begins."""
    sent = request.files.get(name)
    if sent is None or not sent.filename:
        return None
    return attachments.receive(current_call(), sent.filename, cast("BinaryIO", sent.stream))


def _action(path: str, permission: Permission = Permission.INCIDENTS_WORK) -> Callable[[Any], Any]:
    """A POST below the incident that shows the incident's page again when refused."""

    def mark(view: Any) -> Any:
        return bp.post(path)(policy(permission)(redisplay(show)(view)))

    return mark


@_action("/level")
def set_level(number: str) -> ResponseReturnValue:
    """Whoever restricts a case without naming themselves does not see it any more: back to the board then."""
    cmd = load(schemas.LevelSchema, number=number, version=form_version())
    return perform(service_handle.set_level, cmd, then=_where_it_shows)


def _where_it_shows(row: Incident) -> str:
    call = current_call()
    with call.read() as session:
        shown = queries.is_known(session, call.actor, call.clock.now(), row.id)
    return url_for(".show", number=row.number) if shown else url_for("incidents.board")


@_action("/persons")
def add_person(number: str) -> ResponseReturnValue:
    return _act(service_report.add_person, schemas.PersonSchema, number)


@_action("/measures")
def add_measure(number: str) -> ResponseReturnValue:
    return _act(service_report.add_measure, schemas.MeasureSchema, number)


@_action("/measures/correct")
def correct_measure(number: str) -> ResponseReturnValue:
    return _act(service_report.correct_measure, schemas.CorrectionSchema, number)


@_action("/notes")
@takes_file
def add_note(number: str) -> ResponseReturnValue:
    return _act(service_handle.add_note, schemas.NoteSchema, number, "record", file=_received("file"))


@_action("/reports")
@takes_file
def file_report(number: str) -> ResponseReturnValue:
    return _act(service_handle.file_report, schemas.ReportSchema, number, file=_received("file"))


@_action("/notices")
@takes_file
def record_notice(number: str) -> ResponseReturnValue:
    return _act(service_handle.record_notice, schemas.NoticeSchema, number, file=_received("file"))


@_action("/opt-outs")
@takes_file
def record_opt_out(number: str) -> ResponseReturnValue:
    statement = _received("statement")
    return _act(service_consular.record_opt_out, schemas.OptOutSchema, number, statement=statement)


@_action("/visits")
def request_visit(number: str) -> ResponseReturnValue:
    return _act(service_consular.request_visit, schemas.VisitSchema, number)


@_action("/await")
def await_reply(number: str) -> ResponseReturnValue:
    return _act(service_close.await_reply, schemas.StepSchema, number)


@_action("/resume")
def resume(number: str) -> ResponseReturnValue:
    return _act(service_close.resume, schemas.StepSchema, number)


@_action("/end")
def end_handling(number: str) -> ResponseReturnValue:
    return _act(service_close.end_handling, schemas.EndSchema, number)


@_action("/close", Permission.INCIDENTS_CLOSE)
def close(number: str) -> ResponseReturnValue:
    return _act(service_close.close, schemas.StepSchema, number)


@_action("/reopen", Permission.INCIDENTS_CLOSE)
def reopen(number: str) -> ResponseReturnValue:
    return _act(service_close.reopen, schemas.StepSchema, number)


@_action("/names")
def name_person(number: str) -> ResponseReturnValue:
    return _act(service_people.name_person, schemas.NameSchema, number)


@_action("/hand-over")
def hand_over(number: str) -> ResponseReturnValue:
    return _act(service_people.hand_over, schemas.HandOverSchema, number)


@_action("/unmask")
def unmask(number: str) -> ResponseReturnValue:
    """The page itself answers, so that what was shown for a reason is not kept in an address."""
    full = service_people.unmask(current_call(), load(schemas.UnmaskSchema, number=number))
    return show(number, full=full)


@bp.get("/files/<uuid:attachment_id>")
@policy(Permission.INCIDENTS_SEE)
def file(number: str, attachment_id: UUID) -> ResponseReturnValue:
    """A paper of the case, as a download that is logged."""
    call = current_call()
    row = attachments.download(call, Download(owner=_readable(number), attachment_id=attachment_id))
    return file_response(call.ports.need_storage(), row)


@bp.get("/files/<uuid:attachment_id>/pages")
@policy(Permission.INCIDENTS_SEE)
def view_file(number: str, attachment_id: UUID) -> ResponseReturnValue:
    """Its pages as pictures; opening them is logged too."""
    shown = attachments.view(current_call(), Download(owner=_readable(number), attachment_id=attachment_id))
    steps = [(gettext("涉外案事件"), url_for("incidents.board")), (number, url_for(".show", number=number))]
    return preview_page(
        shown,
        steps,
        url_for(".file", number=number, attachment_id=attachment_id),
        lambda sha256: url_for(".picture", number=number, attachment_id=attachment_id, sha256=sha256),
    )


@bp.get("/files/<uuid:attachment_id>/pages/<sha256>")
@policy(Permission.INCIDENTS_SEE)
def picture(number: str, attachment_id: UUID, sha256: str) -> ResponseReturnValue:
    call = current_call()
    owner = _readable(number)
    with call.read() as session:
        page = previews.picture(session, owner.kind, owner.id, attachment_id, sha256)
    return picture_response(call.ports.need_storage(), page)


def _readable(number: str) -> Subject:
    """The case whose papers the actor may read. Raises `NotFound` for a case unknown to them."""
    call = current_call()
    with call.read() as session:
        case = queries_detail.detail(session, call.actor, call.clock.now(), number)
    if not case.readable:
        raise Forbidden("incident_existence_only")
    return about(case.incident)
