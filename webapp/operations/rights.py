"""Separate database accounts on PostgreSQL: who may do what with which table, laid down by the owner's account.

Four accounts: the owner (migrations, backups), `…_web`, `…_worker`, and `…_log`, the sequencer. Each table declares
its rights where it is defined (`webapp.core.rights`); everything else is the office's business. Laying down is
one transaction, so that a running office loses nothing, and may be repeated at any time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.core.db import Base, Database
from webapp.core.rights import BUSINESS, READ, RIGHTS, Rights

OFFICE = ("web", "worker")
LOG = "log"
VERSION_TABLE = "alembic_version"


class RightsFailed(Exception):
    """The rights could not be laid down; the text is one sentence for the person at the shell."""


@dataclass(frozen=True)
class Accounts:
    """The accounts' names, made from what they begin with: waishi → waishi_web, waishi_worker, waishi_log."""

    prefix: str

    @property
    def office(self) -> tuple[str, ...]:
        return tuple(f"{self.prefix}_{name}" for name in OFFICE)

    @property
    def log(self) -> str:
        return f"{self.prefix}_{LOG}"

    @property
    def every(self) -> tuple[str, ...]:
        return (*self.office, self.log)


def statements(accounts: Accounts, database: str) -> Iterator[str]:
    """The SQL, in order. Accounts are not made here: making one needs a right the owner need not have."""
    everybody = ", ".join(f'"{name}"' for name in accounts.every)
    office = ", ".join(f'"{name}"' for name in accounts.office)
    yield f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC'
    yield f'GRANT CONNECT ON DATABASE "{database}" TO {everybody}'
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {everybody}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {everybody}"
    yield f'GRANT {READ} ON "{VERSION_TABLE}" TO {everybody}'
    for table in Base.metadata.sorted_tables:
        rights: Rights = table.info.get(RIGHTS, BUSINESS)
        if rights.office:
            yield f'GRANT {rights.office} ON "{table.name}" TO {office}'
        if rights.log:
            yield f'GRANT {rights.log} ON "{table.name}" TO "{accounts.log}"'


def missing(db: Database, accounts: Accounts) -> list[str]:
    """The accounts the server does not have yet."""
    with db.engine.connect() as connection:
        found = set(connection.scalars(sa.text("SELECT rolname FROM pg_roles")))
    return [name for name in accounts.every if name not in found]


def lay_down(db: Database, accounts: Accounts) -> None:
    """Lay down the rights with the owner's account; accounts that are missing are made where that is allowed.

    Raises `RightsFailed`, then nothing was changed.
    """
    if db.is_sqlite:
        raise RightsFailed("SQLite knows no accounts; separate ones need PostgreSQL (DATABASE_URL).")
    absent = missing(db, accounts)
    try:
        with db.engine.begin() as connection:
            for name in absent:
                connection.exec_driver_sql(f'CREATE ROLE "{name}" LOGIN')
            for statement in statements(accounts, str(db.url.database)):
                connection.exec_driver_sql(statement)
    except sa.exc.ProgrammingError as error:
        reason = str(error.orig).splitlines()[0]
        hint = f" Let a superuser make {', '.join(absent)} (CREATE ROLE … LOGIN) first." if absent else ""
        raise RightsFailed(f"The rights could not be laid down: {reason}.{hint}") from error
