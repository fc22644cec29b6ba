"""Sessions from the database, CSRF, and the headers of every answer.

A signed-in browser holds a random 256-bit token; the database holds its hash, so that ending a session
ends it at once (Flask's own signed cookie still worked after logout in a trial). A visitor has a small
signed cookie with nothing but a CSRF token in it.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import CallbackDict
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.core.errors import Forbidden
from webapp.core.tx import Actor

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
}
# Words flashed before a redirect are read by the very next page; an older cookie is somebody's leftover.
SAID_SECONDS = 120
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class SignedIn:
    """What a session cookie stands for in this request."""

    session_id: UUID
    actor: Actor
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        return str(self.actor.account_id)


Resolve = Callable[[str], SignedIn | None]


class OfficeSession(CallbackDict[str, object], SessionMixin):
    """The session of a signed-in browser: a CSRF token derived from the session's own token, and flashed words."""

    modified = False
    accessed = True


FLASHED = "_flashes"


class OfficeSessions(SecureCookieSessionInterface):
    """`cookie` names the session; flashed words travel to the next page in a signed cookie of their own."""

    def __init__(self, cookie: str, resolve: Resolve) -> None:
        self.cookie = cookie
        self.resolve = resolve

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:  # type: ignore[override]
        token = request.cookies.get(self.cookie, "")
        g.signed_in = self.resolve(token) if token else None
        opened: SessionMixin | None
        if g.signed_in is None:
            opened = super().open_session(app, request)
        else:
            key = str(app.secret_key).encode()
            csrf = hmac.new(key, b"csrf:" + token.encode(), hashlib.sha256).hexdigest()
            opened = OfficeSession({"csrf_token": csrf})
        said = self._said(app, request)
        if said and opened is not None:
            opened[FLASHED] = said
        return opened

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        name = f"{self.cookie}-said"
        said = session.get(FLASHED) if isinstance(session, OfficeSession) else None
        if said:
            content = self._signer(app).dumps(said)
            response.set_cookie(
                name, content, secure=self.get_cookie_secure(app), httponly=True, samesite="Lax"
            )
        elif name in request.cookies:
            response.delete_cookie(name, secure=self.get_cookie_secure(app), httponly=True, samesite="Lax")
        if not isinstance(session, OfficeSession):
            super().save_session(app, session, response)

    def _said(self, app: Flask, request: Request) -> list[tuple[str, str]]:
        content = request.cookies.get(f"{self.cookie}-said", "")
        try:
            said = self._signer(app).loads(content, max_age=SAID_SECONDS) if content else []
        except BadSignature:
            return []
        return [(str(kind), str(words)) for kind, words in said]

    @staticmethod
    def _signer(app: Flask) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(str(app.secret_key), salt="flashed words")


def set_session_cookie(response: Response, cookie: str, token: str, *, https: bool) -> None:
    response.set_cookie(cookie, token, secure=https, httponly=True, samesite="Lax", path="/")


def install(app: Flask, *, resolve: Resolve, https: bool, host: str, proxy_count: int) -> None:
    """Wire sessions, CSRF, origin check and headers into the application."""
    cookie = "__Host-waishi" if https else "waishi"
    app.config.update(
        OFFICE_COOKIE=cookie,
        SESSION_COOKIE_NAME="__Host-waishi-visit" if https else "waishi-visit",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # Referrer-Policy no-referrer; the Origin check below is stricter
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=1_000,
        TRUSTED_HOSTS=[host.rsplit(":", 1)[0] if not host.endswith("]") else host],
    )
    if proxy_count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxy_count, x_proto=proxy_count)  # type: ignore[method-assign]
    app.session_interface = OfficeSessions(cookie, resolve)
    CSRFProtect(app)
    login = LoginManager(app)
    login.session_protection = None
    login.request_loader(lambda _request: g.get("signed_in"))
    app.before_request(refuse_foreign_origin)
    app.after_request(lambda response: add_headers(response, https=https))


def refuse_foreign_origin() -> None:
    """A state-changing request must come from our own pages (Sec-Fetch-Site, else Origin)."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in {"same-origin", "none"}:
        raise Forbidden("foreign_origin")
    if site is None and origin is not None and urlsplit(origin).netloc != request.host:
        raise Forbidden("foreign_origin")


def add_headers(response: Response, *, https: bool) -> Response:
    wanted = HEADERS
    if request.endpoint != "static":
        wanted = wanted | {"Cache-Control": "no-store"}
    if https:
        wanted = wanted | {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
    set_by_view = {name.lower() for name, _value in response.headers}
    response.headers.extend(
        (name, value) for name, value in wanted.items() if name.lower() not in set_by_view
    )
    return response
