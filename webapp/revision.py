"""Which migration a database stands at and which one the code needs, without loading the migration tool.

Every start asks this; Alembic with its template engine would cost it a third of a second each time.
"""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError

from webapp.core.db import Database

HEAD = Path(__file__).resolve().parent.parent / "migrations" / "HEAD"


def newest() -> str:
    """The number of the newest migration, '0012'."""
    return HEAD.read_text(encoding="ascii").split("_")[0].strip()


def current(db: Database) -> str:
    """The number the database stands at, '' before the first. Raises `OperationalError` when it is away."""
    try:
        with db.engine.connect() as connection:
            return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")) or "")
    except ProgrammingError:
        return ""  # PostgreSQL without the table
    except OperationalError as error:
        if "no such table" in str(error.orig):
            return ""
        raise
