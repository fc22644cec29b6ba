"""Composition root without Flask: what web, worker, clock and shell build once per process."""

import gc
import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import webapp
from config import Settings
from webapp.approvals.service_recount import CountedStages
from webapp.approvals.states import SUBMITTED_KINDS
from webapp.audit.reconcile import Reconciler
from webapp.core.clock import Clock, SystemClock
from webapp.core.db import Database
from webapp.core.mail import FolderMailer, Mailer, Sender, SmtpAddress
from webapp.core.ports import NoWake, Ports, Wake
from webapp.core.scanner import CommandScanner
from webapp.core.smtp import SmtpMailer
from webapp.core.storage import LocalStorage
from webapp.core.tx import SYSTEM, Actor, Call
from webapp.core.vault import Vault
from webapp.core.wake import BrokerWake
from webapp.deadlines.queries_recount import CalendarFollower
from webapp.notifications.notice import Subscriber
from webapp.notifications.render import Renderer
from webapp.notifications.service_relay import Post
from webapp.trips.service_outcome import TripSubject

# Kind of subject → who answers the approval engine for it: lower features reach upper ones only this way.
SUBJECTS: Mapping[str, Any] = {"trip": TripSubject()}

# Features above the calendar that count days on it and keep the result in rows of their own.
FOLLOWERS: Sequence[CalendarFollower] = (CountedStages(),)


@dataclass(frozen=True)
class Runtime:
    settings: Settings
    db: Database
    clock: Clock
    wake: Wake
    ports: Ports
    #: The database as the sequencer's account sees it; None where one account does everything.
    log_db: Database | None = None

    def call(self, actor: Actor = SYSTEM, request_id: str = "") -> Call:
        """A call for this process's own work, or for the given actor."""
        return Call(
            db=self.db, clock=self.clock, actor=actor, request_id=request_id, wake=self.wake, ports=self.ports
        )

    def log_call(self) -> Call:
        """A call that numbers entries and signs heads: with the sequencer's account, where that is another."""
        return replace(self.call(), db=self.log_db or self.db)

    def reconcilers(self) -> tuple[Reconciler, ...]:
        """How live rows are read for the comparison with the log: `RECONCILERS` in features' `reconcilers.py`."""
        found = (module.RECONCILERS for module in feature_modules("reconcilers"))
        return tuple(reconciler for several in found for reconciler in several)

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.settings.session_idle_minutes)

    @property
    def absolute(self) -> timedelta:
        return timedelta(hours=self.settings.session_hours)


def feature_modules(name: str) -> list[ModuleType]:
    """The modules of one file name over all features (`models`, `models_calendar`, `events` …), imported."""
    found: list[ModuleType] = []
    for package in sorted(info.name for info in pkgutil.iter_modules(webapp.__path__) if info.ispkg):
        inside = pkgutil.iter_modules([str(Path(folder) / package) for folder in webapp.__path__])
        wanted = sorted(m.name for m in inside if m.name == name or m.name.startswith(f"{name}_"))
        found.extend(importlib.import_module(f"webapp.{package}.{module}") for module in wanted)
    return found


def load_models() -> None:
    """Import every feature's tables and events, so that metadata and registries are complete."""
    importlib.import_module("webapp.core.series")
    importlib.import_module("webapp.core.heartbeat")
    feature_modules("models")
    feature_modules("events")


def make_runtime(settings: Settings, *, clock: Clock | None = None, wake: Wake | None = None) -> Runtime:
    """Build this process's ports. Never before a fork: connections do not survive it."""
    load_models()
    require_subjects(SUBJECTS)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = Database(settings.database_url)
    db.self_test()
    ports = Ports(
        vault=Vault.at(settings.key_dir),
        storage=LocalStorage(settings.file_dir),
        key_dir=settings.log_keys,
        subjects=SUBJECTS,
        followers=FOLLOWERS,
        scanner=CommandScanner(settings.scan_command) if settings.scan_command else None,
    )
    wake = wake or (BrokerWake(settings.redis_url) if settings.redis_url else NoWake())
    log_db = Database(settings.log_database_url, pool_size=1) if settings.log_database_url else None
    _spare_the_collector()
    return Runtime(
        settings=settings, db=db, clock=clock or SystemClock(), wake=wake, ports=ports, log_db=log_db
    )


def _spare_the_collector() -> None:
    """What is loaded by now stays for good: looking through it for rubbish took a twentieth of every request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def require_subjects(subjects: Mapping[str, Any]) -> None:
    """Refuse to start while a kind that goes to approval has nobody who answers for it."""
    feature_modules("queries")
    missing = sorted(SUBMITTED_KINDS - subjects.keys())
    if missing:
        msg = f"kinds of subjects without a handler: {', '.join(missing)}"
        raise RuntimeError(msg)


def make_mailer(settings: Settings) -> Mailer:
    """The mail server of SMTP_URL, or the folder that stands in for it."""
    if settings.smtp_url:
        return SmtpMailer(SmtpAddress.parse(settings.smtp_url), _sender(settings))
    return FolderMailer(settings.mail_dir, _sender(settings))


def make_post(settings: Settings) -> Post:
    """The routes of all features and the words of mails, for the relay."""
    return Post(event_routes(), Renderer(settings.public_url, settings.office_name), _sender(settings).domain)


def event_routes() -> dict[str, tuple[Subscriber, ...]]:
    """Event name → who is told, over all features. Two features that route one event are refused."""
    load_models()
    routes: dict[str, tuple[Subscriber, ...]] = {}
    for module in feature_modules("notices"):
        doubled = routes.keys() & module.ROUTES.keys()
        if doubled:
            msg = f"routed twice: {', '.join(sorted(doubled))}"
            raise RuntimeError(msg)
        routes.update(module.ROUTES)
    return routes


def _sender(settings: Settings) -> Sender:
    return Sender.of(settings.mail_from, settings.office_name, settings.public_url)
