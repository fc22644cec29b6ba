"""Migrations by command: one history, numbered, with its head in a file that makes two heads conflict in git."""

import re
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from webapp.core.db import Base, Database
from webapp.revision import newest

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def upgrade(db: Database, to: str = "head") -> None:
    with _migrating(db) as connection:
        command.upgrade(_config(connection), to)


def downgrade(db: Database, to: str = "base") -> None:
    with _migrating(db) as connection:
        command.downgrade(_config(connection), to)


def _migrating(db: Database) -> sa.Connection:
    """A connection without SQLite's foreign-key checks: batch migrations rebuild tables under their names."""
    connection = db.engine.connect()
    if db.is_sqlite:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        connection.detach()
    return connection


def make(db: Database, slug: str) -> Path:
    """Write the next migration from the difference between the models and a database at head."""
    if not re.fullmatch(r"[a-z0-9_]{3,40}", slug):
        msg = "the name of a migration is lower case letters, digits and underscores"
        raise ValueError(msg)
    number = f"{int(newest() or 0) + 1:04d}"
    with db.engine.connect() as connection:
        script = command.revision(_config(connection), message=slug, autogenerate=True, rev_id=number)
    for words in (["format", "-q"], ["check", "-q", "--fix"]):
        subprocess.run([sys.executable, "-m", "ruff", *words, str(FOLDER / "versions")], check=True)  # noqa: S603 - our own words
    (FOLDER / "HEAD").write_text(f"{number}_{slug}\n")
    return Path(script.path)  # type: ignore[union-attr]


def differences(db: Database) -> list[object]:
    """What the models have and a migrated database has not, or the other way round."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, Base.metadata))
