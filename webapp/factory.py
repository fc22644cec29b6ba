"""The Flask application: blueprints, sessions, languages, error pages. Everything else comes by `Runtime`."""

import logging
import uuid
from datetime import datetime, timedelta

from flask import Flask

import config
from webapp.accounts import queries as account_queries
from webapp.accounts import service_sign_in
from webapp.accounts.secrets import token_hash
from webapp.accounts.views import bp as accounts_bp
from webapp.accounts.views_admin import bp as accounts_admin_bp
from webapp.approvals.views import bp as approvals_bp
from webapp.approvals.views_actions import bp as approvals_actions_bp
from webapp.approvals.views_leaders import bp as approvals_leaders_bp
from webapp.approvals.views_results import bp as approvals_results_bp
from webapp.approvals.views_routes import bp as approvals_routes_bp
from webapp.attachments.views import bp as attachments_bp
from webapp.audit.service_refusals import note_refusal
from webapp.audit.views import bp as audit_bp
from webapp.console.views import bp as console_bp
from webapp.console.views_frame import bp as frame_bp
from webapp.console.views_system import bp as system_bp
from webapp.core import assets, display, http, openapi, problems, security
from webapp.core.errors import DiskFull, Unavailable
from webapp.core.i18n import current_locale, gettext
from webapp.core.permissions import ROLE_LABELS
from webapp.core.tx import Actor
from webapp.deadlines.views_calendar import bp as calendar_bp
from webapp.deadlines.views_clock import bp as clock_bp
from webapp.digests.views import bp as digests_bp
from webapp.incidents.views import bp as incidents_bp
from webapp.incidents.views_case import bp as incident_bp
from webapp.notifications.views import bp as notifications_bp
from webapp.people.views import bp as people_bp
from webapp.plans.views import bp as plans_bp
from webapp.rulebook.views import bp as rulebook_bp
from webapp.runtime import Runtime, make_runtime
from webapp.trips.api import bp as trips_api_bp
from webapp.trips.views import bp as trips_bp
from webapp.trips.views import show as trip_page
from webapp.trips.views_after import bp as trips_after_bp
from webapp.trips.views_edit import bp as trips_edit_bp
from webapp.trips.views_passports import bp as trips_passports_bp
from webapp.trips.views_permits import bp as trips_permits_bp
from webapp.trips.views_review import bp as trips_review_bp

BLUEPRINTS = (
    trips_bp,
    trips_edit_bp,
    trips_review_bp,
    trips_after_bp,
    trips_passports_bp,
    trips_permits_bp,
    frame_bp,
    rulebook_bp,
    calendar_bp,
    plans_bp,
    people_bp,
    console_bp,
    system_bp,
    notifications_bp,
    clock_bp,
    accounts_bp,
    accounts_admin_bp,
    approvals_bp,
    approvals_actions_bp,
    approvals_leaders_bp,
    approvals_results_bp,
    approvals_routes_bp,
    attachments_bp,
    audit_bp,
    digests_bp,
    incidents_bp,
    incident_bp,
)
log = logging.getLogger("waishi.sessions")
TOUCH_AFTER = timedelta(minutes=1)


def create_app(settings: config.Settings | None = None, runtime: Runtime | None = None) -> Flask:
    """Build the application; tests pass their own runtime."""
    runtime = runtime or make_runtime(settings or config.from_env())
    settings = runtime.settings
    app = Flask(__name__)
    app.secret_key = settings.secret_key
    app.config["READ_ONLY"] = settings.read_only
    app.config["REQUIRE_TOTP"] = settings.require_totp
    app.extensions["waishi.runtime"] = runtime
    security.install(
        app,
        resolve=_resolver(runtime),
        https=settings.https,
        host=settings.host,
        proxy_count=settings.proxy_count,
    )
    http.install(app, runtime.call())
    problems.install(app, note_refusal)
    assets.install(app)
    app.jinja_env.globals.update(
        _=gettext,
        current_locale=current_locale,
        office_name=settings.office_name,
        show=display,
        now=_now,
        form_key=uuid.uuid4,
        ROLE_LABELS=ROLE_LABELS,
    )
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    api = openapi.install(app, _token_resolver(runtime))
    app.extensions["csrf"].exempt(trips_api_bp)  # reached by token only, see core/openapi.py
    api.register_blueprint(trips_api_bp)
    # By kind of subject: what the approval of one cannot know of a feature above it.
    app.extensions["waishi.subject_pages"] = {"trip": trip_page}
    http.require_policies(app)
    return app


def _now() -> datetime:
    """The request's clock, for templates."""
    return http.current_call().clock.now()


def _token_resolver(runtime: Runtime) -> openapi.ResolveToken:
    def resolve(token: str) -> Actor | None:
        with runtime.db.read() as session:
            return account_queries.actor_by_api_token(session, token_hash(token), runtime.clock.now())

    return resolve


def _resolver(runtime: Runtime) -> security.Resolve:
    def resolve(token: str) -> security.SignedIn | None:
        now = runtime.clock.now()
        with runtime.db.connect() as connection:
            row = account_queries.session_by_token(
                connection, token_hash(token), now, runtime.idle, runtime.absolute
            )
        if row is None:
            return None
        if now - row.seen_at > TOUCH_AFTER and not runtime.settings.read_only:
            try:
                service_sign_in.touch(runtime.call(), row.session_id)
            except (DiskFull, Unavailable):
                log.warning("a session's time of last use could not be written")  # reading goes on
        return security.SignedIn(session_id=row.session_id, actor=row.actor)

    return resolve
