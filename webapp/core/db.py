"""Engines, sessions and column types: one model code for SQLite and PostgreSQL."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, cast
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg import pq
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from webapp.core.round_trip import roll_back

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant. SQLite keeps it as naive UTC text, which sorts like the instant itself."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a naive datetime has no instant"
            raise TypeError(msg)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonDict(TypeDecorator[Any]):
    """JSON; JSONB on PostgreSQL. A decorator, since `with_variant` makes Alembic write a broken migration."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(JSONB())
        return dialect.type_descriptor(sa.JSON())


class CodeEnum(TypeDecorator[StrEnum]):
    """A `StrEnum` stored by its value as plain text: a new member needs no migration of a type."""

    impl = sa.String(40)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        return None if value is None else self.enum(value)


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        UUID: sa.Uuid(),
        dict[str, Any]: JsonDict(),
        list[str]: JsonDict(),
        str: sa.String(),
    }


class Keyed:
    """Primary key given by `Tx.add` (time-ordered), never shown in an address."""

    id: Mapped[UUID] = mapped_column(sa.Uuid(), primary_key=True)


def disk_full(error: sa.exc.DBAPIError) -> bool:
    """Whether the database could not write for want of space (SQLITE_FULL, PostgreSQL's 53100)."""
    text = str(error.orig).lower()
    return "disk is full" in text or "no space left" in text or getattr(error.orig, "sqlstate", "") == "53100"


STATEMENTS_KEPT = 500
"""Prepared statements per connection; the application has some 400 different ones, psycopg's own limit is 100."""


def _keep_statements(connection: Any, _record: Any) -> None:
    connection.prepared_max = STATEMENTS_KEPT


def _keep_plans(connection: sa.PoolProxiedConnection) -> None:
    if connection.is_valid:
        roll_back(cast("psycopg.Connection[Any]", connection.driver_connection))


def _ready_again(driver: Any, record: Any, _state: object) -> None:
    """A connection goes back to the pool: without a transaction, or not at all when it is lost."""
    if driver.pgconn.status != pq.ConnStatus.OK:
        record.invalidate()
    else:
        roll_back(driver)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def take_turns(session: Session, key: int) -> None:
    """Hold off others that ask with this key until the transaction ends, where no row is there yet to be locked.

    Two hosts that start at once would both find the table empty and both fill it. On SQLite a writer is alone.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


class WritingSession(Session):
    """The session of an action; `webapp.core.gathered` sends what it has gathered before this one asks or flushes."""

    def held(self) -> sa.Connection:
        """The connection of the transaction, looked up once: an action uses it again and again."""
        found: sa.Connection | None = self.info.get("connection")
        if found is None or not found.in_transaction():
            found = self.info["connection"] = self.connection()
        return found


class Database:
    """A writing and a reading session maker over one database.

    SQLite: writers say BEGIN IMMEDIATE (a deferred transaction lets two approvers read before either
    writes: 199 of 200 races were decided twice in a trial), WAL, synchronous FULL. PostgreSQL: READ
    COMMITTED with explicit row locks.
    """

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = self._sqlite_engine("BEGIN IMMEDIATE")
            self._reader = self._sqlite_engine("BEGIN")
        else:
            self._writer = sa.create_engine(
                self.url,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_reset_on_return=None,  # `_ready_again` does it, without a call of the driver's
                json_serializer=_dumps,
                connect_args={"prepare_threshold": 1, "connect_timeout": 5},
            )
            # A statement is planned once per connection. What is only read runs without a transaction: two round
            # trips less than with one.
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")
            sa.event.listen(self._writer, "connect", _keep_statements)
            sa.event.listen(self._writer, "rollback", lambda connection: _keep_plans(connection.connection))
            sa.event.listen(self._writer, "reset", _ready_again)
        self._write_sessions = sessionmaker(self._writer, class_=WritingSession, expire_on_commit=False)
        self._read_sessions = sessionmaker(self._reader, expire_on_commit=False, autoflush=False)

    def _sqlite_engine(self, begin: str) -> Engine:
        engine = sa.create_engine(
            self.url, json_serializer=_dumps, connect_args={"timeout": 10, "check_same_thread": False}
        )

        @sa.event.listens_for(engine, "connect")
        def _pragmas(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves
            cursor = connection.cursor()
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    @property
    def engine(self) -> Engine:
        return self._writer

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The engines that have connections of their own: on PostgreSQL both share one pool."""
        return (self._writer, self._reader) if self.is_sqlite else (self._writer,)

    @contextmanager
    def write(self) -> Iterator[WritingSession]:
        """A session for one transaction; the caller commits (only `webapp.core.tx` does)."""
        with self._write_sessions() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; rows already read stay usable.

        On PostgreSQL each statement sees what is committed when it begins, as in a transaction at READ COMMITTED.
        """
        with self._read_sessions() as session:
            yield session

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """For questions that are no part of an action and need no session (`webapp.core.questions.ask_once`).

        On PostgreSQL those need no transaction, and so nothing of the connection has to be set and set back.
        """
        with (self._reader if self.is_sqlite else self._writer).connect() as connection:
            yield connection

    def self_test(self) -> None:
        """Refuse to work on SQLite settings under which a commit may be lost or a race decided twice."""
        if not self.is_sqlite:
            return
        with self._writer.connect() as connection:
            seen = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        memory = self.url.database in (None, "", ":memory:")
        wanted = {"journal_mode": "memory" if memory else "wal", "synchronous": 2, "foreign_keys": 1}
        if seen != wanted:
            msg = f"SQLite runs with {seen}, wanted {wanted}"
            raise RuntimeError(msg)

    def dispose(self) -> None:
        for engine in self.engines:
            engine.dispose()
