"""Copies of a running database and back: SQLite's online backup, PostgreSQL's own dump tools."""

import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

SQLITE_NAME = "database.sqlite"
POSTGRES_NAME = "database.dump"


class DumpFailed(Exception):
    """The database could not be copied or filled; the text is one sentence and the tool's last words."""


def dump(url: str, folder: Path, environment: Mapping[str, str]) -> Path:
    """A consistent copy of the database at `url`, taken while the office runs; the path of the file."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        target = folder / SQLITE_NAME
        with (
            sqlite3.connect(f"file:{address.database}?mode=ro", uri=True) as source,
            sqlite3.connect(target) as copy,
        ):
            source.backup(copy)
        source.close()
        copy.close()
        return target
    target = folder / POSTGRES_NAME
    _tool(
        "pg_dump",
        ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"],
        address,
        environment,
    )
    return target


def fill(url: str, source: Path, environment: Mapping[str, str]) -> None:
    """Bring a copy back into an empty database of the same kind. Raises `DumpFailed`, then nothing was changed."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        target = Path(address.database or "")
        target.parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(source) as copy, sqlite3.connect(target) as database:
            copy.backup(database)
        copy.close()
        database.close()
        return
    words = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(source)]
    _tool("pg_restore", words, address, environment)


def is_empty(url: str) -> bool:
    """Whether nothing would be overwritten: no file, or a database without tables."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return True
    engine = sa.create_engine(url)
    try:
        return not sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()


def _tool(name: str, words: list[str], address: sa.URL, environment: Mapping[str, str]) -> None:
    """Run one of PostgreSQL's tools; the password goes by environment, where other accounts cannot list it."""
    binary = _find(name)
    secret = {"PGPASSWORD": str(address.password)} if address.password else {}
    plain = address.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own tools only
        [str(binary), f"--dbname={plain}", *words],
        env={**environment, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise DumpFailed(f"{name} could not finish: {last}")


def _find(name: str) -> Path:
    found = shutil.which(name)
    if found:
        return Path(found)
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if places:
        return places[-1]
    raise DumpFailed(f"{name} was not found; install PostgreSQL's client tools (Debian: postgresql-client).")
