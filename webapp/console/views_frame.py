"""What every page carries: language, theme, text size, navigation, the actor; and the forms that change them."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.approvals import queries_waiting as worklist
from webapp.console import handbook as pages
from webapp.console import navigation
from webapp.console.navigation import Place
from webapp.core.http import current_actor, current_call, public, safe_next, signed_in
from webapp.core.i18n import LOCALES, current_locale, gettext
from webapp.core.permissions import ROLE_LABELS, ROLE_PERMISSIONS, Permission, Role
from webapp.core.tx import VISITOR, Actor
from webapp.notifications import views as notifications

bp = Blueprint("frame", __name__, template_folder="templates")
YEAR_SECONDS = 31_536_000
INBOX = "inbox"
CHOICES = {
    "lang": LOCALES,
    "theme": ("auto", "light", "dark"),
    "text": ("normal", "large", "larger"),
    "keys": ("on", "off"),
}


@dataclass(frozen=True)
class Entry:
    key: str
    label: str
    short: str
    icon: str
    url: str
    letter: str
    current: bool
    count: int = 0
    hot: bool = False


@dataclass(frozen=True)
class Group:
    label: str
    entries: tuple[Entry, ...]


@bp.app_context_processor
def frame() -> dict[str, Any]:
    return {"page": _page()}


@bp.post("/preferences")
@public
def prefer() -> ResponseReturnValue:
    """Keep a choice of language, theme or text size in a cookie and go back."""
    response = redirect(safe_next(request.form.get("next")) or "/", code=303)
    for name, values in CHOICES.items():
        value = request.form.get(name, "")
        if value in values:
            secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
            response.set_cookie(
                name, value, max_age=YEAR_SECONDS, samesite="Lax", secure=secure, httponly=True
            )
    return current_app.make_response(response)


@bp.get("/help")
@bp.get("/help/<chapter>")
@signed_in
def handbook(chapter: str = "") -> ResponseReturnValue:
    locale = current_locale()
    return render_template(
        "console/handbook.html",
        chapters=pages.chapters(locale),
        current=pages.chapter(locale, chapter),
    )


@bp.get("/changes")
@signed_in
def changes() -> ResponseReturnValue:
    return render_template("console/changes.html", tree=pages.changes(current_locale()))


def roles_of(actor: Actor) -> list[Role]:
    """The roles that hold now, in the order of the role table."""
    now = current_call().clock.now()
    held = {grant.role for grant in actor.grants if grant.holds(now)}
    return [role for role in Role if role in held]


def permissions_of(actor: Actor) -> set[Permission]:
    return set[Permission]().union(*(ROLE_PERMISSIONS[role] for role in roles_of(actor)))


def places_of(actor: Actor) -> tuple[Place, ...]:
    if actor is VISITOR:
        return ()
    return navigation.visible(permissions_of(actor), current_app.view_functions)


def _page() -> dict[str, Any]:
    page = {
        "lang": "en" if current_locale() == "en" else "zh-CN",
        "theme": _chosen("theme", "auto"),
        "text_size": _chosen("text", "normal"),
        "keys": request.cookies.get("keys", ""),
        "now": current_call().clock.now().isoformat() if "request_id" in g else "",
        "office": current_app.jinja_env.globals["office_name"],
        "preferences_url": url_for("frame.prefer"),
        "here": request.full_path.rstrip("?") if request.method == "GET" else request.path,
        "help_url": _url("frame.handbook"),
    }
    actor = current_actor()
    if actor is VISITOR or "request_id" not in g:
        return page
    places = places_of(actor)
    here = navigation.current(places, request.path)
    permissions = permissions_of(actor)
    roles = roles_of(actor)
    waiting = _waiting(actor, places)
    return page | {
        "help_url": _url("frame.handbook", chapter=navigation.chapter(roles) or None),
        "actor": {"name": actor.name, "role": gettext(ROLE_LABELS[roles[0]]) if roles else ""},
        "nav": _groups(places, here, waiting),
        "tabs": [_entry(place, here, waiting) for place in navigation.tabs(places)],
        "account_url": url_for("accounts.me"),
        "sign_out_url": url_for("accounts.sign_out"),
        "changes_url": _url("frame.changes"),
        "mail_url": _url("notifications.inbox"),
        "unread": _unread(actor),
        "search_url": _url("trips.index") if Permission.TRIPS_SEE in permissions else "",
        "may_substitute": Permission.SUBSTITUTES_SET in permissions,
        "may_keep_accounts": Permission.ACCOUNTS_KEEP in permissions,
    }


def _unread(actor: Actor) -> int:
    """Messages not opened yet, for the bell; counted to 100 at most."""
    if actor.account_id is None or g.get("failed"):
        return 0
    return notifications.unread(actor.account_id)


def _waiting(actor: Actor, places: tuple[Place, ...]) -> int:
    """How many items wait for the actor's signature; a page that tells of a fault asks nothing."""
    if g.get("failed") or not any(place.key == INBOX for place in places):
        return 0
    call = current_call()
    with call.read() as session:
        return worklist.waiting_count(session, actor, call.clock.now())


def _chosen(name: str, default: str) -> str:
    value = request.cookies.get(name, "")
    return value if value in CHOICES[name] and value != default else ""


def _url(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def _groups(places: tuple[Place, ...], here: str, waiting: int) -> list[Group]:
    labels = dict.fromkeys(place.group for place in places)
    ordered = sorted(labels, key=(navigation.WORK, navigation.KEEP, navigation.WATCH).index)
    return [
        Group(
            gettext(label) if label else "",
            tuple(_entry(p, here, waiting) for p in places if p.group == label),
        )
        for label in ordered
    ]


def _entry(place: Place, here: str, waiting: int) -> Entry:
    return Entry(
        key=place.key,
        label=gettext(place.label),
        short=gettext(place.short or place.label),
        icon=place.icon,
        url=url_for(place.endpoint),
        letter=place.letter,
        current=place.key == here,
        count=waiting if place.key == INBOX else 0,
        hot=place.key == INBOX,
    )
