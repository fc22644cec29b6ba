"""`bench mail`: mails a second from waiting rows to settled rows, as a share of the bare SMTP dialogue."""

import secrets
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import config
from webapp import migrate
from webapp.bench.mail_sink import sink
from webapp.bench.places import CannotMeasureError, database
from webapp.core.clock import SystemClock
from webapp.core.mail import Letter, Sender, message
from webapp.notifications.service_deliver import deliver_due
from webapp.notifications.service_relay import relay
from webapp.runtime import Runtime, make_mailer, make_post, make_runtime
from webapp.supervisor import broker
from webapp.torture import service
from webapp.torture.stage import CLOCK, WORKER, Actor, celery_program

Say = Callable[[str], None]
PEOPLE = 20
A_SECOND = 50
"""The pace at which delay is measured: a city's office on its busiest morning writes far less."""
START_SECONDS = 60.0


@dataclass(frozen=True)
class Plan:
    """`seconds`: for how long mails are written at `A_SECOND` to measure the delay; 0 leaves that out."""

    rounds: int
    mails: int
    seconds: int


@dataclass(frozen=True)
class Round:
    """Mails a second: the dialogue alone, events turned into mails, mails claimed, sent and settled."""

    raw: float
    relayed: float
    delivered: float

    @property
    def ratio(self) -> float:
        return self.delivered / self.raw


@dataclass(frozen=True)
class Found:
    rounds: Sequence[Round]
    delays: Sequence[float]


def measure(server: str, plan: Plan, environment: Mapping[str, str], say: Say) -> Found:
    """Rounds of dialogue and delivery in turn, over one connection each; then the delay through a real worker."""
    with _office(server, environment) as (runtime, own, port):
        people = service.make_people(runtime.call(), PEOPLE)
        _relay_all(runtime)
        deliver_due(runtime.call(), make_mailer(runtime.settings))
        rounds = []
        for number in range(1, plan.rounds + 1):
            service.call_drills(runtime.call(), people, plan.mails)
            began = time.monotonic()
            _relay_all(runtime)
            relayed = plan.mails / (time.monotonic() - began)
            raw = _raw(port, plan.mails)
            rounds.append(Round(raw, relayed, _deliver(runtime, plan.mails)))
            say(_line(number, rounds[-1], plan.mails))
        delays = _delays(runtime, people, own, plan.seconds) if plan.seconds else []
    return Found(rounds, delays)


def summary(found: Found) -> str:
    """The medians of the rounds, and the delay under which half and 99 % of the mails arrived."""
    rounds = found.rounds
    sent, raw, ratio = (
        statistics.median(getattr(one, name) for one in rounds) for name in ("delivered", "raw", "ratio")
    )
    text = f"mails {sent:.0f}/s, raw {raw:.0f}/s, ratio {ratio:.3f} (medians of {len(rounds)} rounds)"
    if not found.delays:
        return text
    ordered = sorted(found.delays)
    half, most = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
    return f"{text}; commit to settled at {A_SECOND}/s: p50 {half:.0f} ms, p99 {most:.0f} ms"


def _line(number: int, one: Round, mails: int) -> str:
    return (
        f"round {number}: {mails} mails claimed, sent and settled: {one.delivered:.0f}/s; dialogue alone over one "
        f"kept connection: {one.raw:.0f}/s; ratio {one.ratio:.3f}; events turned into mails: {one.relayed:.0f}/s"
    )


@contextmanager
def _office(server: str, environment: Mapping[str, str]) -> Iterator[tuple[Runtime, dict[str, str], int]]:
    """A throw-away office whose mail server is the sink; SQLite unless a server is given."""
    with (
        database(server, f"waishi_bench_{secrets.token_hex(4)}") as url,
        tempfile.TemporaryDirectory(prefix="waishi-bench-") as folder,
        sink() as port,
    ):
        own = {
            **environment,
            "DATABASE_URL": url,
            "WAISHI_DATA": folder,
            "PUBLIC_URL": "http://127.0.0.1:8000",
            "SECRET_KEY": secrets.token_hex(32),
            "REDIS_URL": "",
            "SMTP_URL": f"smtp://127.0.0.1:{port}",
            "MAIL_FROM": "waishi@bench.example",
            "WAISHI_DEMO": "",
        }
        runtime = make_runtime(config.from_env(own))
        migrate.upgrade(runtime.db)
        try:
            yield runtime, own, port
        finally:
            runtime.db.dispose()


def _relay_all(runtime: Runtime) -> None:
    post = make_post(runtime.settings)
    while relay(runtime.call(), post).more:
        pass


def _deliver(runtime: Runtime, mails: int) -> float:
    began = time.monotonic()
    done = deliver_due(runtime.call(), make_mailer(runtime.settings), seconds=600)
    if done.taken != mails:
        raise CannotMeasureError(f"{mails} mails waited, {done.taken} were taken")
    return mails / (time.monotonic() - began)


def _raw(port: int, mails: int) -> float:
    """The same dialogue and nothing else: bytes made beforehand, one connection, envelopes sent ahead."""
    now = SystemClock().now()
    text = "演练邮件，请勿回复。\n" * 8
    letter = Letter(f"<{'a' * 32}@bench.example>", "drill-1@example.invalid", "演练", text, now)
    body = message(letter, Sender("waishi@bench.example", "江海市人民政府外事办公室")) + b".\r\n"
    envelope = b"MAIL FROM:<waishi@bench.example>\r\nRCPT TO:<drill-1@example.invalid>\r\nDATA\r\n"
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _read(line, 1)
        line.sendall(b"EHLO bench\r\n")
        _read(line, 2)
        line.sendall(envelope)
        began = time.monotonic()
        for _ in range(mails):
            _read(line, 3)
            line.sendall(body + envelope)
            _read(line, 1)
        return mails / (time.monotonic() - began)


def _read(line: socket.socket, replies: int) -> None:
    """Take exactly so many lines: what else has arrived belongs to the next step and stays in the socket."""
    while replies:
        seen = line.recv(4096, socket.MSG_PEEK)
        if not seen:
            raise CannotMeasureError("the sink closed the connection")
        ends = [place for place, byte in enumerate(seen) if byte == 10][:replies]  # noqa: PLR2004 - line feed
        if ends:
            line.recv(ends[-1] + 1)
            replies -= len(ends)


def _delays(runtime: Runtime, people: Sequence[UUID], own: Mapping[str, str], seconds: int) -> list[float]:
    """Seconds from the commit of an obligation to its mail's settled row, through broker, worker and clock."""
    folder = runtime.settings.data_dir
    private = broker.prepare(folder / "broker", dict(own))
    environment = {**own, "REDIS_URL": private.url}
    actors = [
        Actor(private.program, folder / "broker.log"),
        Actor(celery_program("worker", WORKER, environment), folder / "worker.log"),
        Actor(celery_program("clock", CLOCK, environment), folder / "clock.log"),
    ]
    try:
        for actor in actors:
            actor.start()
        woken = make_runtime(config.from_env(environment))
        _warm_up(woken, people, folder)
        began, since = time.monotonic(), woken.clock.now()
        for turn in range(seconds * A_SECOND):
            time.sleep(max(0.0, began + turn / A_SECOND - time.monotonic()))
            service.call_drill(woken.call(), people[turn % len(people)], turn)
        end = time.monotonic() + START_SECONDS
        while len(found := service.delays(woken.call(), since)) < seconds * A_SECOND:
            if time.monotonic() > end:
                raise CannotMeasureError("the mails of the delay measurement did not all arrive")
            time.sleep(0.2)
        woken.db.dispose()
        return found
    finally:
        for actor in reversed(actors):
            actor.kill()


def _warm_up(runtime: Runtime, people: Sequence[UUID], folder: Path) -> None:
    """Until a mail has gone the whole way: processes are up."""
    since = runtime.clock.now()
    service.call_drill(runtime.call(), people[0], 0)
    end = time.monotonic() + START_SECONDS
    while not service.delays(runtime.call(), since):
        if time.monotonic() > end:
            raise CannotMeasureError(f"worker and clock did not come up, see {folder}")
        time.sleep(0.2)
    time.sleep(2.0)
