"""Open an office on this machine: look, prepare what is missing, start, watch. Behind `up` and `dev`.

What is not needed to start the processes is loaded after they have been started.
"""

import contextlib
import http.client
import json
import signal
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import config
from webapp import revision
from webapp.supervisor import broker, guard, procfile
from webapp.supervisor.child import Program
from webapp.supervisor.loop import Supervisor
from webapp.supervisor.reload import CodeWatch

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
ASK_AGAIN_SECONDS = 0.25
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
    began = time.monotonic()
    guard.writable_folder(settings.data_dir)
    with contextlib.closing(guard.only_one(settings.data_dir)):
        with _stopped_by_sigterm():
            guard.free_port(HOST, wish.port)
            _refuse_mixing(settings, wish)
            is_set_up = revision.glance(settings.database_url) == revision.newest()
            if guard.half_filled(settings.demo_mark) or not is_set_up:
                from webapp import preparing  # noqa: PLC0415 - most starts find everything prepared

                settings = preparing.prepare(settings, say, empty=wish.empty)
            if revision.begin_run(settings.database_url) and not settings.demo:
                settings = _known_as_demo(settings, wish)
            programs, settings = _programs(settings, wish)
        supervisor = Supervisor(programs, folder=ROOT, logs=settings.data_dir / "logs", say=say)
        supervisor.run(_Watch(settings, wish, say, began))
        say("stopped")


@contextlib.contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM while the office is being prepared ends it like Ctrl-C; later the supervisor answers signals.

    Python drops an exception that rises inside a destructor or a weak reference's callback, and the request to stop
    with it (seen once in some twenty stops). So it is repeated until it is heeded.
    """
    asked = False

    def stop(_sign: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.setitimer(signal.ITIMER_REAL, ASK_AGAIN_SECONDS)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGALRM, stop)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if asked:
        raise KeyboardInterrupt


def _refuse_mixing(settings: config.Settings, wish: Wish) -> None:
    if wish.empty and settings.demo:
        raise guard.CannotStart(
            f"{settings.data_dir} holds the demo office; choose another folder with --data."
        )


def _known_as_demo(settings: config.Settings, wish: Wish) -> config.Settings:
    """A database filled with the demo stays one, whatever folder or address it is opened with."""
    settings = replace(settings, demo=True)
    _refuse_mixing(settings, wish)
    config.validate(settings)
    settings.demo_mark.write_text(guard.FILLED)
    return settings


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
            programs.append(Program(name, command, environment, PATIENCE[name], name == "web"))
    return programs, settings


class _Watch:
    """Called about ten times a second: says once that the office is open, restarts for changed code."""

    def __init__(
        self, settings: config.Settings, wish: Wish, say: Callable[[str], None], began: float
    ) -> None:
        self._settings = settings
        self._port = wish.port
        self._say = say
        self._began = began
        self._open = self._well = self._complained = False
        self._complain_after = WELL_WITHIN_SECONDS
        self._code = CodeWatch(ROOT) if wish.watch_code else None

    def __call__(self, supervisor: Supervisor) -> None:
        now = time.monotonic()
        if not self._well:
            self._look(supervisor, now - self._began)
        if self._code is not None and self._code.changed(now):
            self._say("code changed, starting again")
            supervisor.restart(["web", "worker", "clock"])

    def _look(self, supervisor: Supervisor, seconds: float) -> None:
        signs = read_health(HOST, self._port, urlsplit(self._settings.public_url).netloc)
        if not self._open and signs.get("database") == "ok":
            supervisor.in_use("web")
            self._announce(seconds)
        elif signs and all(sign == "ok" for sign in signs.values()):
            self._well = True
            if self._complained:
                self._say(f"web, worker and clock are well after {seconds:.0f} s")
        elif seconds > self._complain_after:
            self._complain_after, self._complained = 2 * seconds, True
            ill = ", ".join(name for name, sign in signs.items() if sign != "ok") or "web"
            self._say(f"not well yet after {seconds:.0f} s ({ill}); see {self._settings.data_dir / 'logs'}")

    def _announce(self, seconds: float) -> None:
        """The address first: the pages answer while the rest is still waking up."""
        self._open = True
        self._say(f"open after {seconds:.1f} s: {self._settings.public_url}   (Ctrl-C stops it)")
        from webapp import preparing  # noqa: PLC0415 - the processes start without it

        links = preparing.freshen(self._settings)
        if links:
            self._say("one-time links (12 hours, each opens once; every start prints new ones):")
            width = max(_columns(who) for who, _ in links)
            for who, link in links:
                self._say(f"  {who}{' ' * (width - _columns(who))}  {link}")
        if not self._settings.smtp_url:
            self._say(f"mail is laid in {self._settings.mail_dir} until SMTP_URL is set")


def _columns(text: str) -> int:
    """How wide a terminal shows a text: Chinese characters take two columns."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


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
