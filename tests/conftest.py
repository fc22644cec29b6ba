"""Fixtures shared by all layers: a migrated database on SQLite (and PostgreSQL), clock, actors, client."""

import gc
import os
import uuid
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from jinja2 import FileSystemBytecodeCache

from config import Settings
from tests import factories
from webapp import migrate
from webapp.core.clock import SHANGHAI, FixedClock
from webapp.core.db import Database
from webapp.core.ports import NoWake, Ports
from webapp.core.storage import LocalStorage
from webapp.core.tx import SYSTEM, Call
from webapp.core.vault import Vault
from webapp.factory import create_app
from webapp.runtime import FOLLOWERS, SUBJECTS, Runtime, load_models

START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
# A test leaves little behind, the modules very much: looking through them again and again is a tenth of a run.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
PG = os.environ.get("TEST_DATABASE_URL", "")  # an empty PostgreSQL server's URL: postgresql://…/postgres
DATABASES = ("sqlite", "postgresql") if PG else ("sqlite",)
REAL_DATA = Path(os.environ.get("WAISHI_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def real_data(name: str) -> Path:
    """A real input by its place in the data folder; the test is skipped, naming the file, where it is absent."""
    path = REAL_DATA / name
    if not path.exists():
        pytest.skip(f"real data absent: {name}")
    return path


WIPE = """
DO $$ DECLARE each text; BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;  -- neither foreign keys nor the log's own guards
  SET LOCAL lock_timeout = '10s';
  FOR each IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname <> 'alembic_version' LOOP EXECUTE format('DELETE FROM %%I', each); END LOOP;
END $$
"""


class Slate:
    """One database wiped between tests, and made anew now and then, since wiped rows leave holes behind."""

    LOANS = 50

    def __init__(self, template):
        self.template = template
        self.name = ""
        self.loans = 0

    def lend(self):
        if self.name and self.loans % self.LOANS:
            admin(WIPE, self.name)
        else:
            self.drop()
            self.name = f"waishi_{uuid.uuid4().hex[:12]}"
            admin(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')
        self.loans += 1
        return self.name

    def drop(self):
        if self.name:
            admin(f'DROP DATABASE "{self.name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    load_models()
    path = tmp_path_factory.mktemp("template") / "template.db"
    db = Database(f"sqlite:///{path}")
    migrate.upgrade(db)
    with db.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.dispose()
    return path


@pytest.fixture(scope="session")
def pg_empty_office() -> str:
    """The name of a migrated PostgreSQL database with nothing in it."""
    load_models()
    name = f"waishi_template_{uuid.uuid4().hex[:8]}"
    admin(f'CREATE DATABASE "{name}"')
    db = Database(pg_url(name))
    migrate.upgrade(db)
    db.dispose()
    return name


def pg_url(name: str) -> str:
    return (
        sa.make_url(PG)
        .set(drivername="postgresql+psycopg", database=name)
        .render_as_string(hide_password=False)
    )


def admin(statement: str, name: str = "postgres") -> None:
    engine = sa.create_engine(pg_url(name), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="session")
def pg_template(pg_empty_office) -> str:
    """The name of the PostgreSQL database that tests copy; a folder of tests may furnish one of its own."""
    return pg_empty_office


@pytest.fixture(scope="session")
def pg_slate(pg_empty_office):
    """An empty migrated PostgreSQL database lent to one test after the other (copying one costs 100 ms).

    Never of a furnished template: whichever folder came first would empty the office of all others.
    """
    slate = Slate(pg_empty_office)
    yield slate
    slate.drop()


@pytest.fixture(params=DATABASES)
def database(request, tmp_path):
    """A fresh migrated database, once per kind; a copy of its own for tests marked so and for furnished templates."""
    if request.param == "sqlite":
        path = tmp_path / "waishi.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        db = Database(f"sqlite:///{path}")
        yield db
        db.dispose()
        return
    template = request.getfixturevalue("pg_template")
    slate = request.getfixturevalue("pg_slate")
    if template == slate.template and not request.node.get_closest_marker("own_database"):
        db = Database(pg_url(slate.lend()))
        yield db
        db.dispose()
        return
    name = f"waishi_{uuid.uuid4().hex[:12]}"
    admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    db = Database(pg_url(name))
    yield db
    db.dispose()
    admin(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def statements(database):
    """Call it in a `with`: the list it gives gathers the SQL sent while the block runs, BEGIN and the like left out."""

    @contextmanager
    def watching():
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith(("BEGIN", "ROLLBACK", "COMMIT")):
                seen.append(statement)

        for engine in database.engines:
            sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            for engine in database.engines:
                sa.event.remove(engine, "before_cursor_execute", note)

    return watching


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def ports(tmp_path) -> Ports:
    return Ports(
        vault=Vault.at(tmp_path / "keys"),
        storage=LocalStorage(tmp_path / "files"),
        key_dir=tmp_path / "keys",
        subjects=SUBJECTS,
        followers=FOLLOWERS,
    )


@pytest.fixture
def call(database, clock, ports) -> Call:
    """The system's own call, at 09:00 on 2026-03-02 in Asia/Shanghai."""
    return Call(db=database, clock=clock, actor=SYSTEM, request_id="test", ports=ports)


@pytest.fixture
def runtime(database, clock, ports, tmp_path) -> Runtime:
    settings = Settings(
        data_dir=tmp_path,
        database_url=database.url.render_as_string(hide_password=False),
        secret_key="0" * 64,
        public_url="http://127.0.0.1:8000",
    )
    return Runtime(settings=settings, db=database, clock=clock, wake=NoWake(), ports=ports)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory):
    """Templates are compiled once a run, not once a test."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(runtime, compiled_templates):
    app = create_app(runtime=runtime)
    app.jinja_env.bytecode_cache = compiled_templates
    app.config["SERVER_NAME"] = "127.0.0.1:8000"  # what the test client calls itself
    app.config["WTF_CSRF_ENABLED"] = False  # the tests of CSRF turn it on
    return app


@pytest.fixture
def make_actor(call):
    """`make_actor(Role.CLERK, unit='swj')`: an actor with a fresh account and a grant in that unit."""
    return lambda *roles, unit="swj", **more: factories.actor(call, *roles, unit=unit, **more)


@pytest.fixture
def client(app, call):
    """`client(Role.CLERK)`: a browser signed in as somebody who holds the roles."""
    return lambda *roles, unit="swj", **more: factories.signed_in_client(app, call, *roles, unit=unit, **more)


def pytest_terminal_summary(terminalreporter):
    """Say how many tests were left out for want of real data, so that nobody takes them for passed."""
    skipped = terminalreporter.stats.get("skipped", [])
    absent = [report for report in skipped if "real data absent" in str(report.longrepr)]
    terminalreporter.write_line(f"skipped for missing real data: {len(absent)}")
