"""`bench volume`: inbox, list, sheet and decision with few requests and with very many.

The same people of the demo office ask the same pages at both sizes. What must not grow: the time of an answer (at most
three times), its statements (the same number), and no statement may read a growing table from end to end.
"""

import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.accounts import queries as accounts
from webapp.accounts import service_sign_in
from webapp.approvals import queries_waiting
from webapp.approvals.queries_worklist import Card
from webapp.bench import copies
from webapp.core.db import Base, Database
from webapp.core.tx import Call
from webapp.factory import create_app
from webapp.runtime import Runtime

ALLOWED = 3.0
FIRST_COPY = 1000
GROWN = 3000
"""A table with more rows than this at the larger size is one that grows with the requests."""
PAGES = {
    "inbox, city leader": ("jiangtao", "/inbox"),
    "inbox, counter": ("xuning", "/inbox"),
    "inbox, signed by me": ("weihong", "/inbox?tab=done"),
    "inbox, filed by me": ("linyue", "/inbox?tab=mine"),
    "list, office": ("shenjie", "/trips"),
    "list, one state": ("shenjie", "/trips?state=in_review"),
    "list, unit clerk": ("linyue", "/trips"),
    "list, city leader": ("jiangtao", "/trips"),
    "sheet, city leader": ("jiangtao", "/trips/{number}"),
    "sheet, office": ("shenjie", "/trips/{number}"),
    "approval alone": ("weihong", "/approvals/trip/{number}"),
}
SIGNER = "jiangtao"
Say = Callable[[str], object]


@dataclass(frozen=True)
class Cost:
    """Medians of one page: milliseconds on the wall and computing in this process, and SQL statements."""

    wall: float
    cpu: float
    statements: int


@dataclass(frozen=True)
class Found:
    """What was measured at each size, and which growing tables were read whole by which page at the larger."""

    costs: Mapping[int, Mapping[str, Cost]]
    whole: Mapping[str, frozenset[str]]

    @property
    def kept(self) -> bool:
        small, large = self.costs.values()
        grown = any(
            large[page].wall > ALLOWED * small[page].wall or large[page].statements != small[page].statements
            for page in large
        )
        return not grown and not any(self.whole.values())


def measure(runtime: Runtime, sizes: tuple[int, int], times: int, say: Say) -> Found:
    """Fill a built demo office up to each size in turn and ask."""
    patterns = copies.patterns(runtime.db)
    running = [pattern for pattern in patterns if pattern.is_running]
    ended = [pattern for pattern in patterns if not pattern.is_running]
    browsers = Browsers(runtime)
    costs: dict[int, dict[str, Cost]] = {}
    number = FIRST_COPY
    for size in sizes:
        began = time.monotonic()
        copies.fill(runtime.db, running, ended, range(number, FIRST_COPY + size))
        number = FIRST_COPY + size
        with runtime.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        say(f"{size} requests, one in ten running, filled in {time.monotonic() - began:.0f} s")
        costs[size] = dict(_costs(browsers, times))
        for page, cost in costs[size].items():
            say(
                f"  {page}: {cost.wall:.1f} ms, {cost.cpu:.1f} ms computing here, {cost.statements} statements"
            )
    growing = _growing(runtime.db)
    whole = {page: _read_whole(runtime.db, asked, growing) for page, asked in browsers.asked.items()}
    return Found(costs, whole)


def summary(found: Found) -> str:
    """Each page's growth, and what was read whole."""
    small, large = found.costs.values()
    lines = [
        f"{page}: {large[page].wall / small[page].wall:.2f} times on the wall, "
        f"{large[page].cpu / small[page].cpu:.2f} computing, "
        f"statements {small[page].statements} and {large[page].statements}"
        + (f", READS WHOLE {', '.join(sorted(found.whole[page]))}" if found.whole.get(page) else "")
        for page in large
    ]
    return "\n".join([*lines, "kept" if found.kept else "NOT KEPT"])


class Browsers:
    """Signed-in people in this process, and what their last visit to each page asked the database."""

    def __init__(self, runtime: Runtime) -> None:
        self._app = create_app(runtime=runtime)
        self._runtime = runtime
        self.base = f"http://{runtime.settings.host}"
        self._clients: dict[str, FlaskClient] = {}
        self.asked: dict[str, list[tuple[str, Any]]] = {}

    @property
    def call(self) -> Call:
        return self._runtime.call()

    def of(self, login: str) -> FlaskClient:
        if login not in self._clients:
            with self.call.read() as session:
                account = accounts.account_by_login(session, login)
            opened = service_sign_in.enter(
                self.call, service_sign_in.issue_link(self.call, account.id, "sign_in")
            )
            client = self._app.test_client()
            client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
            host = self._runtime.settings.host.partition(":")[0]
            client.set_cookie(self._app.config["OFFICE_COOKIE"], opened.token, domain=host)
            self._clients[login] = client
        return self._clients[login]

    def waiting(self, limit: int) -> list[Card]:
        """What waits for the signer, most urgent first."""
        with self.call.read() as session:
            actor = accounts.actor_of(session, accounts.account_by_login(session, SIGNER).id)
            return list(queries_waiting.waiting_for(session, actor, self.call.clock.now(), limit=limit))

    def timed(self, page: str, visit: Callable[[], TestResponse], wanted: int) -> tuple[float, float, int]:
        """Milliseconds on the wall, computing, and the statements of one visit."""
        with noted(self._runtime.db) as asked:
            wall, cpu = time.perf_counter(), time.process_time()
            status = visit().status_code
            spent = 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)
        if status != wanted:
            msg = f"{page} answered {status}"
            raise RuntimeError(msg)
        self.asked[page] = asked
        return *spent, len(asked)


def _costs(browsers: Browsers, times: int) -> Iterator[tuple[str, Cost]]:
    cards = browsers.waiting(times + 3)
    for page, (login, address) in PAGES.items():
        visit = partial(
            browsers.of(login).get, address.format(number=cards[-1].number), base_url=browsers.base
        )
        visit()  # templates compiled, statements prepared
        yield page, _median([browsers.timed(page, visit, 200) for _ in range(times)])
    signer = browsers.of(SIGNER)
    token = re.search(r'name="csrf_token" value="([^"]+)"', signer.get("/inbox", base_url=browsers.base).text)
    assert token is not None
    spent = []
    for card in cards[: times + 2]:
        form = {
            "csrf_token": token.group(1),
            "_key": str(uuid4()),
            "_version": str(card.version),
            "slot": card.slot,
            "verdict": "approve",
            "opinion": "同意。",
            "content_hash": card.content_hash,
            "findings_seen": "1",
        }
        path = f"/approvals/trip/{card.number}/decision"
        visit = partial(signer.post, path, data=form, base_url=browsers.base)
        spent.append(browsers.timed("decision", visit, 303))
    yield "decision", _median(spent[2:])


def _median(spent: list[tuple[float, float, int]]) -> Cost:
    walls, cpus, counts = zip(*spent, strict=True)
    return Cost(statistics.median(walls), statistics.median(cpus), max(counts))


@contextmanager
def noted(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements the block asks, with their values."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    for engine in database.engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        for engine in database.engines:
            sa.event.remove(engine, "before_cursor_execute", note)


def _growing(database: Database) -> frozenset[str]:
    with database.engine.connect() as connection:
        counts = {
            name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }
    return frozenset(name for name, count in counts.items() if count > GROWN)


def _read_whole(database: Database, asked: list[tuple[str, Any]], growing: frozenset[str]) -> frozenset[str]:
    """Which growing tables the database's own plans read from end to end."""
    found: set[str] = set()
    word = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.engine.connect() as connection:
        for statement, parameters in asked:
            if not statement.lstrip("( ").startswith("SELECT"):
                continue
            rows = connection.exec_driver_sql(f"{word} {statement}", parameters).all()
            lines = "\n".join(str(row[3 if database.is_sqlite else 0]) for row in rows)
            pattern = r"SCAN (\w+)$" if database.is_sqlite else r"Seq Scan on (\w+)"
            found |= {re.sub(r"_\d+$", "", name) for name in re.findall(pattern, lines, re.MULTILINE)}
    return frozenset(found & growing)
