"""`bench signoff`: sign-offs a second through HTTP, as a share of what the same server does with bare SQL."""

import os
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

import config
from webapp import migrate, reference
from webapp.bench.clients import Tally, csrf_tokens, sign_all
from webapp.bench.office import KIND, BenchOffice, Exercise
from webapp.bench.places import CannotMeasureError, database
from webapp.core.ports import Ports
from webapp.core.tx import Call
from webapp.runtime import make_runtime

RAW_CLIENTS, HTTP_CLIENTS = 16, 8
_HERE = Path(__file__).parent
_TPS = re.compile(r"tps = ([0-9.]+)")
START_SECONDS = 30


@dataclass(frozen=True)
class Spent:
    """Processor time of one sign-off in milliseconds; the database's is 0 where it runs on another machine."""

    web: float
    database: float
    clients: float

    def __str__(self) -> str:
        whole = self.web + self.database + self.clients
        return (
            f"CPU {whole:.2f} ms a sign-off: web {self.web:.2f}, PostgreSQL {self.database:.2f}, "
            f"clients {self.clients:.2f}"
        )


@dataclass(frozen=True)
class Round:
    raw: float
    http: Tally
    spent: Spent

    @property
    def ratio(self) -> float:
        return self.http.rate / self.raw


@dataclass(frozen=True)
class Plan:
    rounds: int
    requests: int
    raw_seconds: int


def measure(server: str, plan: Plan, environment: Mapping[str, str], say: object) -> list[Round]:
    """Rounds of raw and HTTP in turn, on two databases of the server made for this and dropped afterwards."""
    if shutil.which("pgbench") is None:
        raise CannotMeasureError("pgbench is not on PATH; it comes with PostgreSQL's own packages")
    assert callable(say)
    mark = secrets.token_hex(4)
    with (
        database(server, f"waishi_bench_{mark}") as office_url,
        database(server, f"waishi_raw_{mark}") as raw_url,
        tempfile.TemporaryDirectory(prefix="waishi-bench-") as folder,
    ):
        _raw_tables(raw_url)
        port = _free_port()
        own = {
            **environment,
            "DATABASE_URL": office_url,
            "WAISHI_DATA": folder,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SECRET_KEY": secrets.token_hex(32),
            "REDIS_URL": "",
            "SMTP_URL": "",
        }
        runtime = make_runtime(config.from_env(own))
        migrate.upgrade(runtime.db)
        reference.install(runtime.call())
        ports: Ports = runtime.ports
        call = Call(
            db=runtime.db,
            clock=runtime.clock,
            actor=runtime.call().actor,
            ports=Ports(vault=ports.vault, storage=ports.storage, subjects={KIND: Exercise()}),
        )
        office = BenchOffice(call)
        rounds: list[Round] = []
        with _web(own, port) as web:
            sessions = office.sessions()
            say("preparing the requests of the first round")
            warm = office.requests(HTTP_CLIENTS)
            tokens = csrf_tokens(port, sessions)
            sign_all(port, sessions, tokens, warm, HTTP_CLIENTS)
            for number in range(1, plan.rounds + 1):
                requests = office.requests(plan.requests)
                _settle(runtime.db.engine)
                raw = _raw(raw_url, plan.raw_seconds)
                backends = _backends(runtime.db.engine)
                before = processor_seconds(_group(web)), processor_seconds(backends)
                tally = sign_all(port, sessions, tokens, requests, HTTP_CLIENTS)
                after = processor_seconds(_group(web)), processor_seconds(backends)
                rounds.append(Round(raw, tally, _spent(tally, before, after)))
                say(_line(number, rounds[-1]))
        runtime.db.dispose()
        return rounds


def summary(rounds: list[Round]) -> str:
    """The medians of the rounds."""
    raw = statistics.median(r.raw for r in rounds)
    http = statistics.median(r.http.rate for r in rounds)
    ratio = statistics.median(r.ratio for r in rounds)
    spent = Spent(
        *(
            statistics.median(getattr(r.spent, side) for r in rounds)
            for side in ("web", "database", "clients")
        )
    )
    return f"sign-offs {http:.0f}/s, raw {raw:.0f}/s, ratio {ratio:.3f} (medians of {len(rounds)} rounds); {spent}"


def _line(number: int, one: Round) -> str:
    seen = one.http
    return (
        f"round {number}: {len(seen.seconds)} sign-offs through HTTP with {HTTP_CLIENTS} clients: "
        f"{seen.rate:.0f}/s, p50 {seen.quantile(0.5):.0f} ms, p99 {seen.quantile(0.99):.0f} ms, "
        f"refused {len(seen.refused)}; raw with {RAW_CLIENTS} clients: {one.raw:.0f}/s; "
        f"ratio {one.ratio:.3f}; {one.spent}"
    )


def _spent(tally: Tally, before: tuple[float, float], after: tuple[float, float]) -> Spent:
    each = 1000 / max(1, len(tally.seconds))
    web, database_ = (each * (now - then) for now, then in zip(after, before, strict=True))
    return Spent(web, database_, each * tally.cpu_seconds)


def processor_seconds(pids: Iterable[int]) -> float:
    """What these processes have used so far; one that is gone, or on another machine, counts nothing."""
    used = 0
    for pid in pids:
        try:
            used += int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0])
        except FileNotFoundError:
            continue
    return used / 1e9


def _group(leader: int) -> list[int]:
    """The threads of every process in a process group."""
    return [
        int(thread.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and _group_of(int(folder.name)) == leader
        for thread in (folder / "task").iterdir()
    ]


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _backends(engine: sa.Engine) -> list[int]:
    """The database's own processes for this database, where they can be seen from here."""
    with engine.connect() as connection:
        text = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        found = connection.exec_driver_sql(text).scalars().all()
    return [pid for pid in found if _is_postgres(pid)]


def _is_postgres(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text("ascii").strip() == "postgres"
    except FileNotFoundError:
        return False


def _raw_tables(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in (_HERE / "signoff_raw_tables.sql").read_text("utf-8").split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()


def _raw(url: str, seconds: int) -> float:
    """Transactions a second of the frozen script by pgbench."""
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    command = [
        "pgbench", "--no-vacuum", "--protocol=prepared", f"--client={RAW_CLIENTS}", "--jobs=2",
        f"--time={seconds}", "--define=requests=2000", "--define=persons=200",
        f"--file={_HERE / 'signoff_raw.sql'}", plain,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    found = _TPS.search(done.stdout)
    if done.returncode or found is None:
        raise CannotMeasureError(f"pgbench failed: {done.stderr.strip()[-300:]}")
    return float(found.group(1))


@contextmanager
def _web(environment: Mapping[str, str], port: int) -> Iterator[int]:
    """The web server as the Procfile starts it; its process group."""
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "webapp.bench.web:create_app",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "4",
        "--no-ws", "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 - fixed words
        command, env=dict(environment), start_new_session=True
    )
    try:
        _wait_for(port, process)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise CannotMeasureError("the web server did not start")


def _settle(engine: sa.Engine) -> None:
    """Statistics of what was just filled in, as autovacuum would keep them."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
