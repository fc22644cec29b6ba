"""Which migration a database stands at and which one the code needs, without loading the migration tool.

Every start asks this; Alembic with its template engine would cost it a third of a second each time.
"""

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from webapp.core.db import Database

HEAD = Path(__file__).resolve().parent.parent / "migrations" / "HEAD"
_FORGET = "DELETE FROM heartbeat WHERE name IN ('worker', 'clock')"
_INVENTED = "SELECT 1 FROM audit_entry WHERE action = 'demo.begun' LIMIT 1"
_STANDING = "SELECT version_num FROM alembic_version WHERE EXISTS (SELECT 1 FROM unit)"


def newest() -> str:
    """The number of the newest migration, '0012'."""
    return HEAD.read_text(encoding="ascii").split("_")[0].strip()


def current(db: "Database") -> str:
    """The number the database stands at, '' before the first. Raises `OperationalError` when it is away."""
    import sqlalchemy as sa  # noqa: PLC0415 - `glance` is asked before anything heavy is loaded
    from sqlalchemy.exc import OperationalError, ProgrammingError  # noqa: PLC0415

    try:
        with db.engine.connect() as connection:
            return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")) or "")
    except ProgrammingError:
        return ""  # PostgreSQL without the table
    except OperationalError as error:
        if "no such table" in str(error.orig):
            return ""
        raise


def glance(url: str) -> str:
    """The number the database of an office that has been set up stands at, asked with the bare driver.

    '' for anything else, also when the database does not answer: a slower and closer look will say why.
    """
    try:
        if url.startswith("sqlite"):
            place = Path(unquote(urlsplit(url).path).removeprefix("/"))
            with closing(sqlite3.connect(f"{place.resolve().as_uri()}?mode=ro", uri=True)) as database:
                row = database.execute(_STANDING).fetchone()
        else:
            row = _glance_at_postgresql(url)
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""


def begin_run(url: str) -> bool:
    """Take away when worker and clock last worked, and say whether the database holds an invented office.

    Asked before new processes start: else /healthz, for half a minute, would answer for those of the run before.
    A database that is away is left to whoever needs it.
    """
    if not url.startswith("sqlite"):
        return _begin_at_postgresql(url)
    place = Path(unquote(urlsplit(url).path).removeprefix("/"))
    with (
        contextlib.suppress(sqlite3.Error),
        closing(sqlite3.connect(place.resolve(), isolation_level=None)) as database,
    ):
        database.execute(_FORGET)
        return database.execute(_INVENTED).fetchone() is not None
    return False


def _begin_at_postgresql(url: str) -> bool:
    import psycopg  # noqa: PLC0415 - an office on SQLite need not load it

    with contextlib.suppress(psycopg.Error), psycopg.connect(_plain(url), connect_timeout=5) as connection:
        connection.execute(_FORGET)
        return connection.execute(_INVENTED).fetchone() is not None
    return False


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _glance_at_postgresql(url: str) -> tuple[str] | None:
    import psycopg  # noqa: PLC0415 - an office on SQLite need not load it

    try:
        with psycopg.connect(_plain(url), connect_timeout=5) as connection:
            return connection.execute(_STANDING).fetchone()
    except psycopg.Error:
        return None
