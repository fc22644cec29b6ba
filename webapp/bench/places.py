"""Throw-away databases for measurements."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


class CannotMeasureError(Exception):
    """One sentence for the person at the shell."""


@contextmanager
def database(server: str, name: str) -> Iterator[str]:
    """The address of a database of its own on the PostgreSQL server, dropped at the end; '' when there is no server."""
    if not server:
        yield ""
        return
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.dispose()
