"""The web edge: policies of endpoints, the `Call` of a request, forms into commands, answers."""

import functools
import inspect
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter
from werkzeug.routing import ValidationError as RequestValidationError

from webapp.core.errors import AlreadyDone, Forbidden, Invalid, RuleBroken, SignInNeeded, Unavailable
from webapp.core.fields import MOST_WHOLE, has_forbidden
from webapp.core.formdata import form_values
from webapp.core.i18n import DEFAULT_LOCALE, LOCALES, gettext, set_locale
from webapp.core.permissions import ADMINS, APPROVERS, Permission
from webapp.core.tx import VISITOR, Actor, Call, Command, Idempotency

P = ParamSpec("P")
R = TypeVar("R")
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Policy:
    """Who may reach an endpoint at all; the object's own limits are asked by the service."""

    public: bool = False
    permission: Permission | None = None


def public(view: View) -> View:
    """Anybody, also without an account."""
    view.policy = Policy(public=True)  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Any account."""
    view.policy = Policy()  # type: ignore[attr-defined]
    return view


def policy(permission: Permission) -> Callable[[View], View]:
    """Accounts with the permission somewhere; refused here before the view runs."""

    def mark(view: View) -> View:
        view.policy = Policy(permission=permission)  # type: ignore[attr-defined]
        return view

    return mark


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    view = app.view_functions[endpoint]
    found = getattr(view, "policy", None) or getattr(getattr(view, "view_class", None), "policy", None)
    return found if isinstance(found, Policy) else None


def require_policies(app: Flask) -> None:
    """Refuse to start while an endpoint has no declared policy."""
    bare = sorted(e for e in app.view_functions if e != "static" and policy_of(app, e) is None)
    if bare:
        msg = f"endpoints without a policy: {', '.join(bare)}"
        raise RuntimeError(msg)


class WholeConverter(IntegerConverter):
    """A number in an address: what no integer of the databases holds leads nowhere."""

    def to_python(self, value: str) -> int:
        if len(value) > len(str(MOST_WHOLE)) or int(value) > MOST_WHOLE:
            raise RequestValidationError
        return int(value)


def install(app: Flask, call: Call) -> None:
    """Prepare every request: id, language, actor, policy."""
    app.extensions["waishi.call"] = call
    app.url_map.converters["int"] = WholeConverter
    # Before all others: a request refused for its origin or its form's token has a number and a language too.
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.before_request(_enforce_policy)
    app.teardown_request(_end)


def _begin() -> None:
    g.request_id = uuid.uuid4().hex[:16]
    most = getattr(current_app.view_functions.get(request.endpoint or ""), "most_bytes", None)
    if most is not None:
        request.max_content_length = most
    set_locale(_wanted_locale())
    # What no field takes is taken from an address neither: PostgreSQL could not even compare with a NUL.
    asked = (request.path, *request.args.keys(), *(value for _, value in request.args.items(multi=True)))
    if any(has_forbidden(text) for text in asked):
        raise BadRequest


def _end(_fault: BaseException | None) -> None:
    """Threads serve one request after another: what runs in one later must not find this one's language."""
    set_locale(DEFAULT_LOCALE)


def _wanted_locale() -> str:
    chosen = request.cookies.get("lang", "")
    if chosen in LOCALES:
        return chosen
    if g.get("signed_in"):
        return str(g.signed_in.actor.locale)
    return request.accept_languages.best_match(LOCALES, default="zh") or "zh"


def _enforce_policy() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint == "static":
        return None
    rule = policy_of(current_app, request.endpoint)
    if rule is None or rule.public:
        return None
    actor = current_actor()
    if actor is VISITOR:
        if request.method == "GET" and not request.path.startswith("/api/"):
            return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
        raise SignInNeeded
    if rule.permission is not None and not actor.may(rule.permission, current_call().clock.now()):
        raise Forbidden(permission=rule.permission.value)
    if _lacks_second_factor(actor) and request.blueprint != "accounts":
        return redirect(url_for("accounts.second_factor"), code=303)
    return None


def _lacks_second_factor(actor: Actor) -> bool:
    """Where the office demands it, those who sign and the administrators act only with a second factor."""
    needed = current_app.config.get("REQUIRE_TOTP") and any(
        g.role in APPROVERS | ADMINS for g in actor.grants
    )
    return bool(needed) and not actor.has_second_factor


def current_actor() -> Actor:
    """The actor of this request: the signed-in person, the token's person (API), or a visitor."""
    if g.get("api_actor") is not None:
        actor: Actor = g.api_actor
        return actor
    return g.signed_in.actor if g.get("signed_in") else VISITOR


def current_call() -> Call:
    """All an action needs, for this request."""
    base: Call = current_app.extensions["waishi.call"]
    return replace(base, actor=current_actor(), request_id=g.request_id, idempotency=None)


def perform(
    service: Command[Any, R], *args: Any, then: Callable[[R], str], said: str = "", **kwargs: Any
) -> ResponseReturnValue:
    """Run a service as this request's one action and send the browser on.

    The form's `_key` makes a double click or a repeated request lead to the first answer. `said` is shown on
    the next page, where that page itself would not show that anything was done.
    """
    call = current_call()
    if current_app.config.get("READ_ONLY"):
        raise Unavailable("read_only")
    key = _form_key()
    last: list[tuple[R, str]] = []

    def located(result: R) -> str:
        """Where the action leads, asked twice: the answer is kept with the form's key."""
        if not last or last[0][0] is not result:
            last[:] = [(result, then(result))]
        return last[0][1]

    if key is not None:
        call = replace(call, idempotency=Idempotency(key, request.endpoint or "", located))
    try:
        result = service(call, *args, **kwargs)
    except AlreadyDone as done:
        return redirect(done.location or url_for("console.home"), code=303)
    if said:
        flash(gettext(said), "ok")
    return redirect(located(result), code=303)


def _form_key() -> uuid.UUID | None:
    value = request.form.get("_key", "") or request.headers.get("Idempotency-Key", "")
    try:
        return uuid.UUID(value) if value else None
    except ValueError:
        return None


def form_version() -> int | None:
    """The row version the page was made from (`_version`); None when the form carries none."""
    value = request.form.get("_version", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else None  # noqa: PLR2004


def load(schema: type[Schema] | Schema, **known: Any) -> Any:
    """The request's form as what the schema makes of it (a command). Raises `Invalid` with field messages.

    `known` are values from the address, put beside the form's own.
    """
    made = _made(schema) if isinstance(schema, type) else schema
    try:
        return made.load({**form_values(request.form, request.files, made), **known})
    except ValidationError as error:
        raise Invalid(fields=flat_messages(error.messages)) from error


@functools.cache
def _made(schema: type[Schema]) -> Schema:
    """A schema keeps nothing of what it loads: one serves all threads, and making one copies all its fields."""
    return schema()


def flat_messages(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """Nested marshmallow messages as `legs-0-country` → translated texts."""
    if isinstance(messages, list):
        return {prefix: [gettext(str(text)) for text in messages]}
    found: dict[str, list[str]] = {}
    for name, inner in messages.items():
        path = f"{prefix}-{name}" if prefix and name != "_schema" else (prefix or str(name))
        for key, texts in flat_messages(inner, path).items():
            found.setdefault(key, []).extend(texts)
    return found


def redisplay(
    page: Callable[..., ResponseReturnValue], **fixed: str
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Show the form's page again, with what was typed and what is wrong, when the action is refused.

    `page` gets those of the view's own arguments that it knows, `fixed` ones where its address says more than the
    view's, and `error` (an `Invalid` or `RuleBroken`). It is also where the form's address leads when it is only
    opened (`webapp.core.landing`).
    """
    known = inspect.signature(page).parameters

    def wrap(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @functools.wraps(view)
        def inner(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            try:
                return view(*args, **kwargs)
            except (Invalid, RuleBroken) as error:
                g.refused = error
                shown = {name: value for name, value in kwargs.items() if name in known}
                response = current_app.make_response(page(*args, error=error, **shown, **fixed))
                response.status_code = error.status
                return response

        inner.page = (page, fixed)  # type: ignore[attr-defined]
        return inner

    return wrap


def safe_next(target: str | None) -> str | None:
    """A path of our own to go on to after sign-in, or None: never another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return target if not parts.netloc and not parts.scheme and "\\" not in target else None
