"""Rarer acts of the office: a signature on paper, its confirmation, taking an approval back."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals import queries, service_end, service_paper
from webapp.approvals.commands import ClosePaper, EndRequest, EnterPaper
from webapp.approvals.schemas import ClosePaperSchema, PaperSchema, RevokeSchema
from webapp.approvals.states import SlotState
from webapp.approvals.views import visible
from webapp.attachments import service as attachments
from webapp.attachments.commands import Download
from webapp.attachments.views import file_response, takes_file
from webapp.core.errors import DomainError
from webapp.core.events import Subject
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.permissions import Permission
from webapp.notifications.views import seen

bp = Blueprint("approvals_leaders", __name__, url_prefix="/approvals", template_folder="templates")


@bp.get("/<kind>/<number>/paper")
@policy(Permission.APPROVALS_ENTER_PAPER)
def paper(kind: str, number: str, error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        row = visible(session, kind, number)
        seen(row.subject_id)
        open_slots = [
            slot
            for slot in queries.slots(session, row.id, row.round)
            if slot.state is SlotState.OPEN and not slot.key.startswith("notice:")
        ]
        waiting = [found for slot in open_slots if (found := queries.waiting_paper(session, slot.id))]
        return render_template(
            "approvals/paper.html",
            row=row,
            slots=open_slots,
            signers=_signers(session, open_slots),
            waiting=waiting,
            names=accounts.names(session, [p for w in waiting for p in (w.signer_id, w.entered_by)]),
            me=call.actor.account_id,
            error=error,
        )


def _signers(session: Session, slots: list[queries.StageRow]) -> list[tuple[str, str]]:
    """Who may have signed: the holders of the open slots' roles."""
    moment = current_call().clock.now()
    found = {
        str(holder.id): f"{holder.name} {holder.post}".strip()
        for slot in slots
        if slot.role is not None
        for holder in accounts.holders(session, slot.role, slot.unit_path, moment)
    }
    return list(found.items())


@bp.post("/<kind>/<number>/paper")
@policy(Permission.APPROVALS_ENTER_PAPER)
@redisplay(paper)
@takes_file
def enter_paper(kind: str, number: str) -> ResponseReturnValue:
    form = load(PaperSchema)
    call = current_call()
    with call.read() as session:
        row = visible(session, kind, number)
    scan = form.pop("scan")
    received = attachments.receive(call, scan.filename or "", scan.stream)
    cmd = EnterPaper(kind=kind, subject_id=row.subject_id, version=form_version(), scan=received, **form)
    return perform(service_paper.enter, cmd, then=lambda _paper: url_for(".paper", kind=kind, number=number))


@bp.post("/<kind>/<number>/paper/close")
@policy(Permission.APPROVALS_ENTER_PAPER)
@redisplay(paper)
def close_paper(kind: str, number: str) -> ResponseReturnValue:
    form = load(ClosePaperSchema)
    with current_call().read() as session:
        row = visible(session, kind, number)
        entry = queries.waiting_paper_of(session, row, form["slot"])
    cmd = ClosePaper(paper_id=entry.id, is_right=form["is_right"], reason=form["reason"])
    address = row.link or url_for("approvals.sheet", kind=kind, number=number)
    return perform(service_paper.close, cmd, then=lambda _paper: address)


@bp.get("/<kind>/<number>/paper/scan")
@policy(Permission.APPROVALS_ENTER_PAPER)
def scan(kind: str, number: str) -> ResponseReturnValue:
    """The scan itself; that it was taken out is logged."""
    call = current_call()
    with call.read() as session:
        row = visible(session, kind, number)
        entry = queries.waiting_paper_of(session, row, request.args.get("slot", ""))
    owner = Subject(kind=kind, id=row.subject_id, unit=row.unit_code, number=row.number)
    file = attachments.download(call, Download(owner=owner, attachment_id=entry.scan_id))
    return file_response(call.ports.need_storage(), file)


@bp.get("/<kind>/<number>/revoke")
@policy(Permission.APPROVALS_REVOKE)
def revoke(kind: str, number: str, error: DomainError | None = None) -> ResponseReturnValue:
    with current_call().read() as session:
        row = visible(session, kind, number)
        return render_template("approvals/revoke.html", row=row, error=error)


@bp.post("/<kind>/<number>/revoke")
@policy(Permission.APPROVALS_REVOKE)
@redisplay(revoke)
def take_back(kind: str, number: str) -> ResponseReturnValue:
    form = load(RevokeSchema)
    with current_call().read() as session:
        row = visible(session, kind, number)
    cmd = EndRequest(kind=kind, subject_id=row.subject_id, reason=form["reason"], version=form_version())
    address = row.link or url_for("approvals.sheet", kind=kind, number=number)
    return perform(service_end.revoke, cmd, then=lambda _request: address)
