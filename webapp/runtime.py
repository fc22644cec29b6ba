"""Composition root without Flask: what web, worker, clock and shell build once per process."""

import importlib
import pkgutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import webapp
from config import Settings
from webapp.core.clock import Clock, SystemClock
from webapp.core.db import Database
from webapp.core.ports import NoWake, Ports, Wake
from webapp.core.storage import LocalStorage
from webapp.core.tx import SYSTEM, Actor, Call
from webapp.core.vault import Vault


@dataclass(frozen=True)
class Runtime:
    settings: Settings
    db: Database
    clock: Clock
    wake: Wake
    ports: Ports

    def call(self, actor: Actor = SYSTEM, request_id: str = "") -> Call:
        """A call for this process's own work, or for the given actor."""
        return Call(
            db=self.db, clock=self.clock, actor=actor, request_id=request_id, wake=self.wake, ports=self.ports
        )

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
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = Database(settings.database_url)
    db.self_test()
    ports = Ports(vault=Vault.at(settings.key_dir), storage=LocalStorage(settings.file_dir))
    return Runtime(settings=settings, db=db, clock=clock or SystemClock(), wake=wake or NoWake(), ports=ports)
