"""The inbox and the sign panel: what waits for me, and giving my verdict."""

import functools
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.accounts import queries_authority
from webapp.approvals import (
    queries,
    queries_sheet,
    queries_waiting,
    queries_worklist,
    service_decide,
    service_notice,
    service_seen,
)
from webapp.approvals.commands import DecideSlot, PostNotice
from webapp.approvals.queries_worklist import Card
from webapp.approvals.schemas import DecisionSchema, NoticeSchema
from webapp.approvals.states import (
    COMEBACK_LABELS,
    MOVE_LABELS,
    REQUEST_LABELS,
    VERDICT_LABELS,
    Verdict,
)
from webapp.core.clock import local_date
from webapp.core.errors import (
    DiskFull,
    DomainError,
    Forbidden,
    NotAllowedNow,
    NotFound,
    OutOfDate,
    Unavailable,
)
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.notifications.views import seen

log = logging.getLogger(__name__)
bp = Blueprint("approvals", __name__, template_folder="templates")

TABS = ("todo", "done", "mine", "copies")
DONE_WORDS = {
    Verdict.APPROVE: N_("已同意：%(number)s"),
    Verdict.RETURN: N_("已退回：%(number)s"),
    Verdict.REJECT: N_("已不同意：%(number)s"),
    Verdict.CONFIRM: N_("已确认公示：%(number)s"),
    Verdict.ADVISE: N_("已提交办理意见：%(number)s"),
}


@bp.app_context_processor
def words() -> dict[str, Any]:
    """Labels of the codes these pages show."""
    return {
        "VERDICT_LABELS": VERDICT_LABELS,
        "REQUEST_LABELS": REQUEST_LABELS,
        "MOVE_LABELS": MOVE_LABELS,
        "COMEBACK_LABELS": COMEBACK_LABELS,
    }


@bp.get("/inbox")
@policy(Permission.INBOX_SEE)
def inbox() -> ResponseReturnValue:
    call = current_call()
    tab = request.args.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    after = request.args.get("after", "")
    now = call.clock.now()
    with call.read() as session:
        pages = {
            "todo": lambda: queries_waiting.waiting_for(session, call.actor, now, after=after),
            "done": lambda: queries_worklist.decided_by(session, call.actor, after=after),
            "mine": lambda: queries_worklist.filed_by(session, call.actor, after=after),
            "copies": lambda: queries_worklist.copied_to(session, call.actor, after=after),
        }
        cards = pages[tab]()
        return render_template(
            "approvals/inbox.html",
            tab=tab,
            groups=_by_urgency(cards) if tab == "todo" else [("", list(cards))],
            count=queries_waiting.waiting_count(session, call.actor, now),
            units=_unit_names(session, cards),
            older=cards[-1].after if len(cards) == queries_worklist.PAGE else "",
            first=not after,
            done=_done_words(),
        )


def _done_words() -> str:
    """What the person has just done, carried in the address: the page it leads to says so once."""
    verdict, number = request.args.get("done", ""), request.args.get("number", "")[:60]
    if verdict not in {v.value for v in Verdict} or not number:
        return ""
    return gettext(DONE_WORDS[Verdict(verdict)], number=number)


def _by_urgency(cards: Any) -> list[tuple[str, list[Card]]]:
    """What is over, today, the next seven days, the rest."""
    now = current_call().clock.now()
    today = local_date(now)
    groups: dict[str, list[Card]] = {}
    for card in cards:
        last = local_date(card.due_at - timedelta(seconds=1)) if card.due_at else None
        if card.due_at and card.due_at <= now:
            name = gettext(N_("已过时限"))
        elif last is not None and last <= today:
            name = gettext(N_("今天到期"))
        elif last is not None and last <= today + timedelta(days=7):
            name = gettext(N_("七天内"))
        else:
            name = gettext(N_("其他"))
        groups.setdefault(name, []).append(card)
    return list(groups.items())


def _unit_names(session: Session, cards: Any) -> dict[Any, str]:
    found = queries_authority.units_by_id(session, {card.unit_id for card in cards if card.unit_id})
    return {unit_id: unit.name for unit_id, unit in found.items()}


@bp.get("/approvals/<kind>/<number>")
@policy(Permission.INBOX_SEE)
def sheet(kind: str, number: str, error: DomainError | None = None) -> ResponseReturnValue:
    """The approval of any subject: rail, panel, record. The subject's own page shows the same parts."""
    call = current_call()
    with call.read() as session:
        row = visible(session, kind, number)
        seen(row.subject_id)
        whole = queries_sheet.whole(session, call.actor, call.clock.now(), row)
        looked_at(whole.sign, row.subject_id)
        return render_template(
            "approvals/sheet.html",
            row=row,
            whole=whole,
            error=error,
        )


def visible(session: Session, kind: str, number: str) -> queries.RequestRow:
    """The request by its number; what the actor may not see is not there."""
    call = current_call()
    row = queries.request_by_number(session, kind, number)
    if not queries_sheet.may_see(session, row, call.actor, call.clock.now()):
        raise NotFound
    return row


def _again(kind: str, number: str, error: DomainError) -> ResponseReturnValue:
    """The panel once more: on the subject's own page, where what it asks to be read stands beside it.

    Who may see the approval alone gets the approval's sheet.
    """
    own = current_app.extensions["waishi.subject_pages"].get(kind, functools.partial(sheet, kind))
    try:
        shown: ResponseReturnValue = own(number, error=error)
    except NotFound:
        return sheet(kind, number, error=error)
    return shown


@bp.post("/approvals/<kind>/<number>/decision")
@policy(Permission.INBOX_SEE)
@redisplay(_again)
def decide(kind: str, number: str) -> ResponseReturnValue:
    form = load(DecisionSchema)
    cmd = DecideSlot(kind=kind, number=number, version=form_version(), **form)
    try:
        return perform(service_decide.decide, cmd, then=lambda row: _next(row, cmd.verdict))
    except (NotAllowedNow, OutOfDate, Forbidden) as error:
        return refused(kind, number, cmd.opinion, error)


def _next(row: queries.RequestRow, verdict: Verdict) -> str:
    """To what waits next, with a word on what was just done; who confirmed his unit's notice, to his request."""
    if verdict is Verdict.CONFIRM and row.link:
        return row.link
    return url_for(".inbox", done=verdict.value, number=row.number)


def refused(kind: str, number: str, typed: str, error: DomainError) -> ResponseReturnValue:
    """Nothing was done: who was quicker or what changed, the typed words to keep, and what is possible now."""
    call = current_call()
    with call.read() as session:
        row = visible(session, kind, number)
        whole = queries_sheet.whole(session, call.actor, call.clock.now(), row)
        page = render_template("approvals/refused.html", row=row, typed=typed, error=error, whole=whole)
    response = current_app.make_response(page)
    response.status_code = error.status
    return response


def looked_at(sheet: queries_sheet.SignSheet, subject_id: UUID) -> None:
    """Somebody who may sign has opened the page: the signature before it stays from now on."""
    call = current_call()
    by_itself = "HX-Request" in request.headers or "Sec-Purpose" in request.headers
    if not sheet.slot or not sheet.unseen or by_itself or current_app.config.get("READ_ONLY"):
        return
    try:
        service_seen.see(call, sheet.kind, subject_id, sheet.slot)
    except (DiskFull, Unavailable):
        log.warning("that a sheet was opened could not be written")  # reading goes on


@bp.post("/approvals/<kind>/<number>/notice")
@policy(Permission.INBOX_SEE)
@redisplay(_again)
def post_notice(kind: str, number: str) -> ResponseReturnValue:
    """The actor's own unit has put the notice up."""
    call = current_call()
    with call.read() as session:
        row = visible(session, kind, number)
        unit_id = queries_sheet.notice_unit(session, row, call.actor)
    cmd = PostNotice(kind=kind, subject_id=row.subject_id, unit_id=unit_id, **load(NoticeSchema))
    address = row.link or url_for(".sheet", kind=kind, number=number)
    return perform(service_notice.post_notice, cmd, then=lambda _request: address)
