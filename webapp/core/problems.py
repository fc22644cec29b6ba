"""One handler for what goes wrong: a page or JSON with what happened, what to do next, a number to quote."""

import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError

from webapp.core.db import disk_full
from webapp.core.display import sentence
from webapp.core.errors import HTTP_SENTENCES, DomainError, Invalid, RuleBroken
from webapp.core.http import current_call, flat_messages
from webapp.core.i18n import N_, gettext
from webapp.core.landing import form_page
from webapp.core.security import SAFE_METHODS
from webapp.core.tx import Call

log = logging.getLogger("waishi.problems")

REFUSED = frozenset({400, 401, 403, 409, 422, 429})
LONGEST_PATH = 200


@dataclass(frozen=True)
class Refusal:
    """A request that would have changed something and was told no, for the log."""

    status: int
    code: str
    endpoint: str
    path: str
    address: str


def install(app: Flask, note: Callable[[Call, Refusal], None]) -> None:
    """Answer every fault and refusal; `note` writes refused changes into the log."""
    app.after_request(lambda response: _noted(response, note))
    app.register_error_handler(DomainError, answer)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)


def _noted(response: Response, note: Callable[[Call, Refusal], None]) -> Response:
    if request.method in SAFE_METHODS or response.status_code not in REFUSED or not request.endpoint:
        return response
    refused = g.get("refused")
    code = refused.code if isinstance(refused, DomainError) else f"http_{response.status_code}"
    address = request.remote_addr or ""
    seen = Refusal(response.status_code, code, request.endpoint, request.path[:LONGEST_PATH], address)
    if current_app.config.get("READ_ONLY"):
        return response
    try:
        note(current_call(), seen)
    except (DomainError, DBAPIError) as error:
        log.warning("a refusal could not be logged: %s (%s at %s)", error, seen.code, seen.endpoint)
    return response


def wants_json() -> bool:
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def answer(error: DomainError) -> Response:
    """The answer to a refusal the user can act on."""
    g.refused = error
    text = sentence(error)
    fields = error.fields if isinstance(error, Invalid) else {}
    return _response(error.status, error.code, text, fields=fields, details=error.details)


def _csrf(_error: CSRFError) -> Response:
    return _response(400, "form_expired", gettext(N_("页面已过期，没有提交。请返回，重新打开页面后再试。")))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None:
        return make_response(error.response)
    if isinstance(error, SecurityError):
        return _plain(status)
    if isinstance(error, MethodNotAllowed) and (page := form_page()) is not None:
        return make_response(redirect(page, code=303))
    text = gettext(HTTP_SENTENCES.get(status, HTTP_SENTENCES[400]))
    # What the API's schemas said of each field, by the place it was sent in ("json", "query").
    told = getattr(error, "data", {}).get("messages") or {}
    fields: dict[str, list[str]] = {}
    for messages in told.values():
        fields |= flat_messages(messages)
    return _response(status, f"http_{status}", text, fields=fields)


def _plain(status: int) -> Response:
    """The answer to a request in a foreign host's name: without links, since none could be made for that name."""
    response = make_response(
        gettext(N_("这个网址不是本系统的地址。请用管理员给你的网址打开。")) + "\n", status
    )
    response.mimetype = "text/plain"
    return response


def _bug(error: Exception) -> Response:
    if _disk_full(error):
        return _response(507, "disk_full", gettext(HTTP_SENTENCES[507]))
    log.error("unexpected fault", exc_info=error, extra={"request_id": g.get("request_id", "")})
    return _response(500, "fault", gettext(HTTP_SENTENCES[500]))


def _disk_full(error: Exception) -> bool:
    """A write outside a command (a session seen, a file stored) met the same full disk."""
    if isinstance(error, DBAPIError):
        return disk_full(error)
    return isinstance(error, OSError) and error.errno == errno.ENOSPC


def _response(
    status: int, code: str, text: str, *, fields: dict[str, list[str]] | None = None, details: Any = None
) -> Response:
    number = g.get("request_id", "")
    g.failed = status >= 500  # noqa: PLR2004 - the page's frame then asks the database nothing
    if wants_json():
        body = {"code": code, "message": text, "fields": fields or {}, "request_id": number}
        body["findings"] = _findings()
        response = jsonify(body)
    else:
        page = render_template(
            "errors/problem.html",
            status=status,
            code=code,
            text=text,
            fields=fields or {},
            details=details or {},
            number=number,
            typed=_typed(),
        )
        response = make_response(page)
    response.status_code = status
    return response


def _findings() -> list[dict[str, str]]:
    refused = g.get("refused")
    if not isinstance(refused, RuleBroken):
        return []
    told = ("rule", "title", "text", "citation", "confidence")
    return [{name: getattr(line, name) for name in told} for line in refused.findings]


def _typed() -> list[tuple[str, str]]:
    """What the user had typed, shown again so that nothing is lost (never secrets)."""
    try:
        items = list(request.form.items(multi=True))
    except HTTPException:
        return []
    return [
        (k, v) for k, v in items if not k.startswith("_") and k != "csrf_token" and "password" not in k and v
    ]
