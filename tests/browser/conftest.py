"""A real Chromium on a real server of the application, with a clock the test may set."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from flask import g
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests import factories
from tests.servers import find_browser
from webapp.accounts import service_sign_in
from webapp.core.db import Database

ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
DESKTOP, PHONE = (1440, 900), (390, 844)


@pytest.fixture
def database(tmp_path, sqlite_template):
    """SQLite alone: what a page shows does not depend on the database, the service tests hold that."""
    path = tmp_path / "waishi.db"
    path.write_bytes(sqlite_template.read_bytes())
    db = Database(f"sqlite:///{path}")
    yield db
    db.dispose()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One person's browser: a page, and everything the browser complained about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the application."""
        answer = self.page.goto(self.address + path)
        if answer.status >= 400:
            self.complaints.append(f"{answer.status}: {path} led to {self.page.url}")

    def look(self, size: tuple[int, int], theme: str, language: str) -> None:
        """See what is opened from now on in this size, theme and language."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        chosen = {"theme": theme, "lang": language}
        self.page.context.add_cookies(
            [{"name": n, "value": v, "url": self.address} for n, v in chosen.items()]
        )


@pytest.fixture
def counted(app, database):
    """The application, every answer of which says how many SQL statements it took."""

    def count(_connection, _cursor, statement, *_more):
        # SQLite is told to begin by a statement of its own; elsewhere the driver does that unasked.
        if g and statement != "BEGIN":
            g.statements = g.get("statements", 0) + 1

    for engine in database.engines:
        sa.event.listen(engine, "before_cursor_execute", count)

    @app.after_request
    def tell(response):
        response.headers["X-Statements"] = str(g.get("statements", 0))
        return response

    return app


@pytest.fixture
def ask(counted, call):
    """`ask(account_id)`: the same pages without drawing them; a client signed in as an account."""

    def opened(account_id) -> FlaskClient:
        client = counted.test_client()
        client.set_cookie(counted.config["OFFICE_COOKIE"], _token(call, account_id), domain="127.0.0.1")
        return client

    return opened


def _token(call, account_id) -> str:
    return service_sign_in.enter(call, service_sign_in.issue_link(call, account_id, "sign_in")).token


@pytest.fixture
def served(counted) -> Iterator[str]:
    """The application on a loopback port."""
    app = counted
    app.config["WTF_CSRF_ENABLED"] = True
    app.config["SERVER_NAME"] = None
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium, served, app, call):
    """Open the application in a browser, signed in as an account or, without one, signed out."""

    @contextmanager
    def opened(account_id=None, *, size=DESKTOP, theme="light", language="zh") -> Iterator[Visit]:
        context = chromium.new_context(color_scheme="light", accept_downloads=True)
        cookies = {}
        if account_id is not None:
            cookies[app.config["OFFICE_COOKIE"]] = _token(call, account_id)
        context.add_cookies([{"name": n, "value": v, "url": served} for n, v in cookies.items()])
        page = context.new_page()
        someone = Visit(page, served)
        someone.look(size, theme, language)
        page.on("pageerror", lambda error: someone.complaints.append(f"page error: {error}"))
        page.on(
            "console",
            lambda message: (
                someone.complaints.append(f"console: {message.text}")
                if message.type in {"error", "warning"}
                else None
            ),
        )
        yield someone
        context.close()

    return opened


@pytest.fixture
def person(call):
    """`person('dingyf', Role.CLERK)`: the id of a fresh account with these roles."""
    return lambda login, *roles, unit="swj", **more: (
        factories.account(call, login, *roles, unit=unit, **more).id
    )
