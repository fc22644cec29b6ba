"""The log as auditors read it: a list with filters, and one entry with its proof."""

import json

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from webapp.audit import queries
from webapp.audit.tiles import TileReader
from webapp.core.errors import Forbidden, NotFound
from webapp.core.events import RESULT_LABELS, all_events
from webapp.core.http import current_call, signed_in
from webapp.core.permissions import Permission
from webapp.core.tree import inclusion_proof

bp = Blueprint("audit", __name__, url_prefix="/audit", template_folder="templates")


def _may() -> tuple[bool, bool]:
    """Return whether the reader may see the business trail, and the security log. Raises Forbidden for neither."""
    call = current_call()
    now = call.clock.now()
    business = call.actor.may(Permission.AUDIT_SEE, now)
    security = call.actor.may(Permission.SECURITY_LOG_SEE, now)
    if not (business or security):
        raise Forbidden(permission=Permission.AUDIT_SEE.value)
    return business, security


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    business, security = _may()
    wants_security = security and (not business or request.args.get("log") == "security")
    before = request.args.get("before", "")
    chosen = {"action": request.args.get("action", "")[:60], "unit": request.args.get("unit", "")[:80]}
    with current_call().read() as session:
        rows = queries.entries_page(
            session,
            security=wants_security,
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,  # noqa: PLR2004
            **chosen,
        )
        return render_template(
            "audit/entries.html",
            rows=rows,
            size=queries.tree_size(session),
            older=rows[-1].number if len(rows) == queries.PAGE else None,
            is_security=wants_security,
            both=business and security,
            chosen=chosen,
            results=RESULT_LABELS,
            actions=sorted((name, event.label) for name, event in all_events().items()),
        )


@bp.get("/entries/<int:number>")
@signed_in
def entry(number: int) -> ResponseReturnValue:
    with current_call().read() as session:
        row = _visible(queries.entry_at(session, number))
        public = queries.public_part(session, number)
        return render_template(
            "audit/entry.html",
            row=row,
            public=json.dumps(public, ensure_ascii=False, indent=1, sort_keys=True),
            head=queries.newest_head(session),
            results=RESULT_LABELS,
            hides_body=row.object_class in queries.CLASSES_WITHOUT_BODY,
        )


@bp.get("/entries/<int:number>/proof.txt")
@signed_in
def proof(number: int) -> ResponseReturnValue:
    """The proof that the entry is in the log: at most 2 kB, checked without this system."""
    with current_call().read() as session:
        _visible(queries.entry_at(session, number))
        head = queries.newest_head(session)
        if head is None or number >= head.size:
            raise NotFound
        path = inclusion_proof(TileReader(session).node, number, head.size)
    return Response(queries.proof_text(number, path, head.note), mimetype="text/plain")


def _visible(row: queries.EntryView | None) -> queries.EntryView:
    business, security = _may()
    if row is None or not (security if row.object_class in queries.SECURITY_CLASSES else business):
        raise NotFound
    return row
