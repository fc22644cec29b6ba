"""A real Chromium on a real server of the application, with a clock the test may set."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from flask import g
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

    def go(self, path: str) -> int:
        """Open a page of the application; the number of SQL statements it took."""
        answer = self.page.goto(self.address + path)
        self.page.wait_for_load_state("load")
        if answer.status >= 400:
            self.complaints.append(f"{answer.status}: {path} led to {self.page.url}")
        return int(answer.headers.get("x-statements", "0"))


@pytest.fixture
def served(app, database) -> Iterator[str]:
    """The application on a loopback port; every answer says how many SQL statements it took."""
    app.config["WTF_CSRF_ENABLED"] = True
    app.config["SERVER_NAME"] = None

    def count(*_arguments):
        if g:
            g.statements = g.get("statements", 0) + 1

    for engine in database.engines:
        sa.event.listen(engine, "before_cursor_execute", count)

    @app.after_request
    def tell(response):
        response.headers["X-Statements"] = str(g.get("statements", 0))
        return response

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
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="light", accept_downloads=True
        )
        cookies = {"lang": language, "theme": theme}
        if account_id is not None:
            link = service_sign_in.issue_link(call, account_id, "sign_in")
            cookies[app.config["OFFICE_COOKIE"]] = service_sign_in.enter(call, link).token
        context.add_cookies([{"name": n, "value": v, "url": served} for n, v in cookies.items()])
        page = context.new_page()
        someone = Visit(page, served)
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
