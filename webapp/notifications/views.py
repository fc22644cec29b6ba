"""A person's messages, and for the system administrator the mails that carry them."""

import logging
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.errors import DiskFull, NotFound, Unavailable
from webapp.core.http import current_call, perform, policy
from webapp.core.permissions import Permission
from webapp.core.tx import Call
from webapp.notifications import queries, service, service_settle
from webapp.notifications.models import Mail
from webapp.notifications.states import LABELS, LIVE, STUCK, MailState

log = logging.getLogger(__name__)
bp = Blueprint("notifications", __name__, template_folder="templates")
PAGE = 50
SENT_SHOWN = timedelta(days=7)
"""How far back sent mails are counted: the number tells whether mail flows, not how much there ever was."""
SHELVES = {
    "stuck": STUCK,
    "live": LIVE,
    "sent": (MailState.SENT,),
}


@bp.get("/messages")
@policy(Permission.INBOX_SEE)
def inbox() -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        items = queries.inbox(
            session,
            _me(call),
            unread=request.args.get("show") == "unread",
            before=_before(),
            limit=PAGE,
        )
    return render_template("notifications/inbox.html", items=items, full=len(items) == PAGE)


@bp.get("/messages/<token>")
@policy(Permission.INBOX_SEE)
def open_message(token: str) -> ResponseReturnValue:
    """Where mails lead: the message counts as read, and the browser goes on to what it is about."""
    call = current_call()
    if current_app.config.get("READ_ONLY"):
        with call.read() as session:
            item = queries.item_by_token(session, _me(call), token)
    else:
        item = service.open_item(call, token)
    return redirect(item.link or url_for(".inbox"), code=303)


@bp.post("/messages/read")
@policy(Permission.INBOX_SEE)
def read_all() -> ResponseReturnValue:
    return perform(service.read_all, then=lambda _count: url_for(".inbox"))


@bp.get("/mail")
@policy(Permission.MAIL_KEEP)
def mail() -> ResponseReturnValue:
    """States and headers of mails, never their text: links in them are for their reader alone."""
    shelf = request.args.get("show", "stuck")
    call = current_call()
    with call.read() as session:
        mails = queries.mails(session, SHELVES.get(shelf, STUCK), before=_before(), limit=PAGE)
        counts = queries.mail_counts(session, call.clock.now() - SENT_SHOWN)
        stuck_rows = queries.stuck_outbox(session)
    return render_template(
        "notifications/mail.html",
        mails=mails,
        shelf=shelf if shelf in SHELVES else "stuck",
        counts={name: sum(counts.get(state, 0) for state in states) for name, states in SHELVES.items()},
        stuck_rows=stuck_rows,
        labels=LABELS,
        full=len(mails) == PAGE,
    )


@bp.get("/mail/<token>")
@policy(Permission.MAIL_KEEP)
def mail_detail(token: str) -> ResponseReturnValue:
    row = _mail(token)
    # Settled for a real office: headers and states only. The demo's people are invented and its mail goes nowhere.
    shows_text = current_app.extensions["waishi.runtime"].settings.demo
    return render_template(
        "notifications/mail_detail.html",
        mail=row,
        labels=LABELS,
        may_retry=row.state in STUCK,
        shows_text=shows_text,
    )


@bp.post("/mail/<token>/retry")
@policy(Permission.MAIL_KEEP)
def retry(token: str) -> ResponseReturnValue:
    return perform(
        service_settle.requeue, _mail(token).id, then=lambda _row: url_for(".mail_detail", token=token)
    )


def _mail(token: str) -> Mail:
    with current_call().read() as session:
        return queries.mail_by_token(session, token)


def seen(subject_id: UUID) -> None:
    """The person opens the page of what their messages tell of: those are read, so no ladder climbs for them.

    What a page or a browser fetches by itself is nobody looking.
    """
    if not ("HX-Request" in request.headers or "Sec-Purpose" in request.headers):
        g.seen_subject = subject_id


def unread(account_id: UUID) -> int:
    """How many messages wait, for the bell of every page; those about what the page shows are marked first.

    Writes only where something about it is unread.
    """
    call, subject_id = current_call(), g.pop("seen_subject", None)
    with call.read() as session:
        count, of_subject = queries.unread_counts(session, account_id, subject_id)
    if not of_subject or current_app.config.get("READ_ONLY"):
        return count
    try:
        return max(0, count - service.mark_seen(call, subject_id))
    except (DiskFull, Unavailable):
        log.warning("that messages were read could not be written")  # reading goes on
        return count


def _me(call: Call) -> UUID:
    if call.actor.account_id is None:
        raise NotFound
    return call.actor.account_id


def _before() -> str:
    """The last message of the page an older one goes on from."""
    return request.args.get("before", "")[:24]
