"""Pages of digests: the list with the state of the log, one digest, downloads, subscriptions."""

import tempfile
from collections.abc import Iterator
from typing import IO, Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts import queries as accounts
from webapp.audit import queries as log
from webapp.audit.keys import LogKeys
from webapp.audit.service_check import check
from webapp.audit.states import FAULT_LABELS
from webapp.core.errors import DomainError, NotFound
from webapp.core.http import current_call, load, perform, policy, redisplay
from webapp.core.i18n import current_locale, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Call
from webapp.digests import package, queries, service
from webapp.digests.rules import NoPeriodError, first_day
from webapp.digests.schemas import SubscribeSchema
from webapp.digests.views_figures import sections
from webapp.notifications.views import seen

bp = Blueprint("digests", __name__, url_prefix="/audit/digests", template_folder="templates")
CHUNK = 1 << 16
IN_MEMORY = 1 << 22


@bp.get("")
@policy(Permission.DIGESTS_SEE)
def index() -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    with call.read() as session:
        return render_template(
            "digests/index.html",
            rows=queries.listing(session, call.actor, now, before=request.args.get("before", "")[:7]),
            latest=queries.newest(session, call.actor, now),
            check=log.latest_check(session),
            head=log.newest_head(session),
            faults=FAULT_LABELS,
            downloads=queries.downloads(session),
            guarded=log.guard(session, LogKeys(call.ports.need_key_dir())).holds,
            is_sqlite=call.db.is_sqlite,
            may_subscribe=call.actor.may(Permission.DIGESTS_SUBSCRIBE, now),
        )


@bp.post("/check")
@policy(Permission.DIGESTS_SEE)
def check_now() -> ResponseReturnValue:
    """Check the whole log while the reader waits: two seconds for a hundred thousand entries."""
    runtime: Any = current_app.extensions["waishi.runtime"]
    report = check(current_call(), runtime.reconcilers())
    flash(gettext("已核对 %(size)s 条。", size=report.size), "ok" if not report.problems else "bad")
    return redirect(url_for(".index"), code=303)


@bp.get("/checkpoint.txt")
@policy(Permission.DIGESTS_SEE)
def checkpoint() -> ResponseReturnValue:
    with current_call().read() as session:
        head = log.newest_head(session)
    if head is None:
        raise NotFound
    return Response(head.note, mimetype="text/plain")


@bp.get("/keys.txt")
@policy(Permission.DIGESTS_SEE)
def keys() -> ResponseReturnValue:
    known = LogKeys(current_call().ports.need_key_dir()).verifiers()
    return Response("".join(f"{key}\n" for key in known), mimetype="text/plain")


@bp.get("/<period>", defaults={"scope": ""})
@bp.get("/<period>/<scope>")
@policy(Permission.DIGESTS_SEE)
def show(period: str, scope: str) -> ResponseReturnValue:
    call = current_call()
    now = call.clock.now()
    with call.read() as session:
        digest = queries.by_name(session, call.actor, now, _month(period), scope, _edition())
        content, book = queries.content_of(digest)
        seen(digest.id)
        return render_template(
            "digests/digest.html",
            digest=digest,
            content=content,
            sections=sections(session, content, book, current_locale()),
            exceptions=queries.exceptions(session, content, book),
            words={figure["id"]: figure[current_locale()] for figure in book["figures"]},
            sha256=queries.sha256(digest, "json"),
            may_package=queries.sees_everything(call.actor, now),
            may_follow=call.actor.may(Permission.AUDIT_SEE, now),
            check=log.latest_check(session),
        )


@bp.post("/<period>/download", defaults={"scope": ""})
@bp.post("/<period>/<scope>/download")
@policy(Permission.DIGESTS_SEE)
def download(period: str, scope: str) -> ResponseReturnValue:
    """Who takes what is written in the log before the first byte leaves."""
    call = current_call()
    file = request.form.get("file", "")
    if file not in (*queries.FILES, "package"):
        raise NotFound
    with call.read() as session:
        now = call.clock.now()
        digest_id = queries.by_name(session, call.actor, now, _month(period), scope, _edition()).id
        if file == "package" and not queries.sees_everything(call.actor, now):
            raise NotFound  # it holds the public parts of every unit's entries
    digest = service.record_download(call, digest_id, file)
    if file != "package":
        name = package.file_name(digest).replace(".zip", f".{file}")
        return _attachment(queries.file_of(digest, file), queries.FILES[file], name)
    return _package(call, digest)


def _package(call: Call, digest: queries.StoredDigest) -> Response:
    made = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 closed by whoever reads it out
    package.write(call, digest, made)
    made.seek(0)
    return _attachment(_read_out(made), "application/zip", package.file_name(digest))


def _read_out(made: IO[bytes]) -> Iterator[bytes]:
    with made:
        yield from iter(lambda: made.read(CHUNK), b"")


def _attachment(content: Any, media_type: str, name: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def _month(period: str) -> str:
    try:
        first_day(period)
    except NoPeriodError:
        raise NotFound from None
    return period


def _edition() -> int | None:
    value = request.values.get("edition", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 4 else None  # noqa: PLR2004


@bp.get("/subscriptions")
@policy(Permission.DIGESTS_SUBSCRIBE)
def subscriptions(error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        return render_template(
            "digests/subscriptions.html",
            rows=queries.subscriptions(session),
            readers=queries.possible_readers(session, call.clock.now()),
            units=accounts.units(session),
            error=error,
        )


@bp.post("/subscriptions")
@policy(Permission.DIGESTS_SUBSCRIBE)
@redisplay(subscriptions)
def subscribe() -> ResponseReturnValue:
    return perform(service.subscribe, load(SubscribeSchema), then=lambda _row: url_for(".subscriptions"))


@bp.post("/subscriptions/<uuid:subscription_id>/end")
@policy(Permission.DIGESTS_SUBSCRIBE)
@redisplay(subscriptions)
def unsubscribe(subscription_id: UUID) -> ResponseReturnValue:
    return perform(service.unsubscribe, subscription_id, then=lambda _none: url_for(".subscriptions"))
