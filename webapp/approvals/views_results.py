"""The page on which an answer from outside is entered."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.approvals import queries_sheet, service_results
from webapp.approvals.commands_routes import EnterResult
from webapp.approvals.schemas_routes import ResultSchema
from webapp.approvals.views import visible, words
from webapp.attachments import service as attachments
from webapp.core.errors import DomainError, NotFound
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.permissions import Permission

bp = Blueprint("approvals_results", __name__, url_prefix="/approvals", template_folder="templates")
bp.context_processor(words)


@bp.get("/<kind>/<number>/result")
@policy(Permission.APPROVALS_ENTER_PAPER)
def result(kind: str, number: str, error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        row = visible(session, kind, number)
        sheet = queries_sheet.sign_sheet(session, call.actor, call.clock.now(), row)
        if not sheet.slot.startswith("external:"):
            raise NotFound
        return render_template("approvals/result.html", row=row, sheet=sheet, error=error)


@bp.post("/<kind>/<number>/result")
@policy(Permission.APPROVALS_ENTER_PAPER)
@redisplay(result)
def enter(kind: str, number: str) -> ResponseReturnValue:
    form = load(ResultSchema)
    call = current_call()
    with call.read() as session:
        row = visible(session, kind, number)
        slot = queries_sheet.sign_sheet(session, call.actor, call.clock.now(), row).slot
    scan = form.pop("scan")
    received = attachments.receive(call, scan.filename or "", scan.stream)
    form |= {"kind": kind, "subject_id": row.subject_id, "slot": slot, "version": form_version()}
    cmd = EnterResult(scan=received, **form)
    address = row.link or url_for("approvals.sheet", kind=kind, number=number)
    return perform(service_results.enter, cmd, then=lambda _request: address)
