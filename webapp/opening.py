"""Open an office on this machine: look, migrate, fill, start, watch. Behind `up` and `dev`."""

import contextlib
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

import config
from webapp import demo, reference, revision
from webapp.accounts import queries
from webapp.accounts.service_founding import found_office
from webapp.core.permissions import ROLE_LABELS
from webapp.runtime import Runtime, make_runtime
from webapp.supervisor import broker, guard, procfile
from webapp.supervisor.child import Program
from webapp.supervisor.loop import Supervisor
from webapp.supervisor.reload import CodeWatch

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
# Stopping the worker lets a mail under way finish: the SMTP time limit is 10 s.
PATIENCE = {"web": 12.0, "worker": 15.0, "clock": 5.0}
WELL_WITHIN_SECONDS = 30.0


@dataclass(frozen=True)
class Wish:
    """What the person at the shell asked for."""

    port: int = 8000
    empty: bool = False
    watch_code: bool = False


def open_office(settings: config.Settings, wish: Wish, say: Callable[[str], None]) -> None:
    """Run until asked to stop. Raises `CannotStart` with one sentence, then nothing was started."""
    guard.writable_folder(settings.data_dir)
    with contextlib.closing(guard.only_one(settings.data_dir)):
        guard.free_port(HOST, wish.port)
        _refuse_mixing(settings, wish)
        settings, links = _prepare(settings, wish, say)
        programs, settings = _programs(settings, wish)
        supervisor = Supervisor(programs, folder=ROOT, logs=settings.data_dir / "logs", say=say)
        supervisor.run(_Watch(settings, wish, links, say))
        say("stopped")


def _refuse_mixing(settings: config.Settings, wish: Wish) -> None:
    if wish.empty and settings.demo:
        raise guard.CannotStart(
            f"{settings.data_dir} holds the demo office; choose another folder with --data."
        )


def _prepare(
    settings: config.Settings, wish: Wish, say: Callable[[str], None]
) -> tuple[config.Settings, list[tuple[str, str]]]:
    """Database to its newest form, an office in it; returns who may enter with which one-time link."""
    runtime = _runtime(settings)
    try:
        if revision.current(runtime.db) != revision.newest():
            from webapp import migrate  # noqa: PLC0415 - most starts migrate nothing and need not load the tool

            say("preparing the database")
            migrate.upgrade(runtime.db)
        reference.install(runtime.call())
        with runtime.db.read() as session:
            new = not queries.units(session)
        base = settings.public_url
        if not new:
            return settings, demo.links(runtime, base) if settings.demo else []
        if wish.empty:
            first = found_office(
                runtime.call(), settings.office_name.split("市")[0] + "市", settings.office_name
            )
            return settings, [
                (f"{ROLE_LABELS[link.role]} {link.login}", f"{base}/activate/{link.token}") for link in first
            ]
        settings = replace(settings, demo=True)
        config.validate(settings)
        say("filling the demo office 江海市 (once)")
        demo.build(runtime)
        settings.demo_mark.write_text("invented\n")
        return settings, demo.links(runtime, base)
    finally:
        runtime.db.dispose()


def _runtime(settings: config.Settings) -> Runtime:
    try:
        return make_runtime(settings)
    except sa.exc.OperationalError as error:
        raise guard.CannotStart(
            f"The database cannot be reached: {str(error.orig).splitlines()[0]}."
        ) from error


def _programs(settings: config.Settings, wish: Wish) -> tuple[list[Program], config.Settings]:
    """The Procfile's processes, behind a broker of our own where none is set."""
    plain = config.inherited()
    programs: list[Program] = []
    if not settings.redis_url:
        private = broker.prepare(settings.data_dir / "broker", plain)
        settings = replace(settings, redis_url=private.url)
        programs.append(private.program)
    environment = plain | config.as_environment(settings) | {"PORT": str(wish.port), "HOST": HOST}
    if settings.database_url.startswith("sqlite"):
        environment.setdefault(
            "WEB_WORKERS", "1"
        )  # one writer at a time anyway; a second process only costs memory
    for name, line in procfile.read(ROOT / "Procfile").items():
        if name != "release":
            command = procfile.command(line, environment)
            programs.append(Program(name, command, environment, PATIENCE[name]))
    return programs, settings


class _Watch:
    """Called about ten times a second: says once that the office is open, restarts for changed code."""

    def __init__(
        self, settings: config.Settings, wish: Wish, links: list[tuple[str, str]], say: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._port = wish.port
        self._links = links
        self._say = say
        self._started_at = time.monotonic()
        self._next_look = 0.0
        self._open = False
        self._complain_at = WELL_WITHIN_SECONDS
        self._code = CodeWatch(ROOT) if wish.watch_code else None

    def __call__(self, supervisor: Supervisor) -> None:
        now = time.monotonic()
        if not self._open and now >= self._next_look:
            self._next_look = now + 0.25
            self._look(now - self._started_at)
        if self._code is not None and self._code.changed(now):
            self._say("code changed, starting again")
            supervisor.restart(["web", "worker", "clock"])

    def _look(self, seconds: float) -> None:
        signs = read_health(HOST, self._port, urlsplit(self._settings.public_url).netloc)
        if signs and all(sign == "ok" for sign in signs.values()):
            self._announce(f"open after {seconds:.1f} s")
        elif seconds > self._complain_at:
            self._complain_at *= 2
            ill = ", ".join(name for name, sign in signs.items() if sign != "ok") or "web"
            self._say(f"not well yet after {seconds:.0f} s ({ill}); see {self._settings.data_dir / 'logs'}")

    def _announce(self, news: str) -> None:
        self._open = True
        self._say(news)
        if self._links:
            self._say("one-time links:")
            width = max(len(who) for who, _ in self._links)
            for who, link in self._links:
                self._say(f"  {who:<{width}}  {link}")
        if not self._settings.smtp_url:
            self._say(f"mail is laid in {self._settings.mail_dir} until SMTP_URL is set")
        self._say(f"Waishi: {self._settings.public_url}   (Ctrl-C stops it)")


def read_health(host: str, port: int, name: str) -> dict[str, str]:
    """What /healthz says; empty while the web process does not answer yet."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        found = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()
    return found if isinstance(found, dict) else {}
