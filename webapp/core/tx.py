"""The one transaction boundary: state, log entry and obligation are committed together or not at all.

`@command` turns `def submit(tx, cmd)` into a function that edges call with a `Call` (it opens the
transaction, commits, then rings the worker) and that other services join with `submit.within(tx, cmd)`.
No other code commits; a test about the code holds that.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.core import ledger
from webapp.core.clock import Clock
from webapp.core.db import Base, Database, Keyed, WritingSession, disk_full
from webapp.core.errors import (
    AlreadyDone,
    DiskFull,
    DomainError,
    Forbidden,
    NotFound,
    OutOfDate,
    Unavailable,
)
from webapp.core.events import Event
from webapp.core.gathered import GatheredRows
from webapp.core.ids import new_id
from webapp.core.ledger import NATIVE
from webapp.core.permissions import GrantView, Permission, allowed
from webapp.core.ports import NO_PORTS, NoWake, Ports, Wake
from webapp.core.round_trip import FORGOTTEN, forget_plans

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Keyed)

TRIES = 3
PAUSE_SECONDS = 0.05
# serialization failure, deadlock: PostgreSQL asks to try again; plans dropped behind our back: they are made anew
_AGAIN_STATES = {"40001", "40P01", FORGOTTEN}


class ActorKind(StrEnum):
    PERSON = "person"
    SYSTEM = "system"
    IMPORTER = "importer"
    VISITOR = "visitor"


@dataclass(frozen=True)
class Actor:
    """Who acts. `unit_path` is the path of the person's own unit, '' when none."""

    kind: ActorKind
    name: str
    account_id: UUID | None = None
    unit_id: UUID | None = None
    unit_path: str = ""
    unit_code: str = ""
    grants: tuple[GrantView, ...] = ()
    locale: str = "zh"
    has_second_factor: bool = False
    origin: str = NATIVE

    def may(self, permission: Permission, now: datetime, unit_path: str | None = None) -> bool:
        return self.kind is ActorKind.SYSTEM or allowed(self.grants, permission, now, unit_path)


SYSTEM = Actor(kind=ActorKind.SYSTEM, name="system")
VISITOR = Actor(kind=ActorKind.VISITOR, name="visitor")


@dataclass(frozen=True)
class Idempotency:
    """A form's random key: the same key answered once is never acted on twice (kept 7 days)."""

    key: UUID
    route: str
    locate: Callable[[Any], str] = str


class UsedKey(Base):
    __tablename__ = "idempotency"

    key: Mapped[UUID] = mapped_column(sa.Uuid(), primary_key=True)
    actor_id: Mapped[UUID | None] = mapped_column(sa.Uuid())
    route: Mapped[str] = mapped_column(sa.String(120))
    location: Mapped[str | None] = mapped_column(sa.String(500))
    used_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Call:
    """All that an action needs from outside: where it writes, what time it is, who acts."""

    db: Database
    clock: Clock
    actor: Actor
    request_id: str = ""
    wake: Wake = field(default_factory=NoWake)
    ports: Ports = NO_PORTS
    idempotency: Idempotency | None = None

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self.db.read() as session:
            yield session

    def as_actor(self, actor: Actor) -> "Call":
        return replace(self, actor=actor, idempotency=None)


class Tx:
    """One action under way."""

    def __init__(self, call: Call, session: WritingSession, rows: GatheredRows | None = None) -> None:
        self.call = call
        self.session = session
        self.now = call.clock.now()
        self.actor = call.actor
        self.rows = rows or GatheredRows(session)
        self.obligations: list[UUID] = []
        self.bells: set[tuple[str, str]] = set()  # tasks, with their queues, to be rung for after the commit

    def require(self, permission: Permission, unit_path: str | None = None) -> None:
        """Raise `Forbidden` unless the actor may."""
        if not self.actor.may(permission, self.now, unit_path):
            raise Forbidden(permission=permission.value)

    def as_actor(self, actor: Actor) -> "Tx":
        """The same transaction in another actor's name (replay of history, paper entered for a leader)."""
        other = Tx(self.call.as_actor(actor), self.session, self.rows)
        other.now = self.now  # one transaction, one instant: its entries sort as they were written
        other.obligations, other.bells = self.obligations, self.bells
        return other

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that may fail alone: an error leaves nothing of it behind, the log's entries included."""
        mark, told, connection = self.rows.mark(), len(self.obligations), self.session.connection()
        try:
            with self.session.begin_nested():
                yield
        except BaseException:
            forget_plans(connection)
            self.rows.cut_back(mark)
            del self.obligations[told:]
            raise

    def add(self, row: M) -> M:
        """Give the row a time-ordered id if it has none, and add it."""
        if row.id is None:
            row.id = new_id(self.now)
        self.session.add(row)
        return row

    def lock(self, model: type[M], row_id: UUID, *, share: bool = False) -> M:
        """The row, locked until the end (FOR UPDATE; FOR SHARE when `share`). Raises `NotFound`.

        On SQLite the whole transaction is already the only writer (BEGIN IMMEDIATE).
        """
        query = sa.select(model).where(model.id == row_id).with_for_update(read=share)
        row = self.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
        if row is None:
            raise NotFound
        return row

    @staticmethod
    def check_version(row: Any, version: int | None) -> None:
        """Raise `OutOfDate` when the page was made from another version of the row."""
        if version is not None and row.version != version:
            raise OutOfDate(seen=version, current=row.version)

    def record(self, event: Event) -> UUID:
        """Leave the event's log entry, and an obligation if somebody is to be told. Returns the entry's id.

        Both are written just before the commit, in one go with those of the action's other events.
        """
        entry_id, message_id = ledger.record(
            self.rows,
            event,
            now=self.now,
            actor_id=self.actor.account_id,
            actor_name=self.actor.name,
            request_id=self.call.request_id,
            origin=self.actor.origin,
        )
        if message_id is not None:
            self.obligations.append(message_id)
        return entry_id

    def flush(self) -> None:
        """Put into the database what the session changed and then what was gathered."""
        self.session.flush()
        self.rows.write()

    def commit(self) -> None:
        """The end: the last writes and COMMIT, in one round trip where the database has one."""
        self.session.flush()
        self.rows.write(commit=True)
        self.session.commit()


class Command(Generic[P, R]):
    """A service function that is one transaction."""

    def __init__(self, function: Callable[Concatenate[Tx, P], R]) -> None:
        self._function = function
        update_wrapper(self, function)

    def within(self, tx: Tx, *args: P.args, **kwargs: P.kwargs) -> R:
        """Do it as a part of the caller's transaction."""
        return self._function(tx, *args, **kwargs)

    def __call__(self, call: Call, *args: P.args, **kwargs: P.kwargs) -> R:
        """Do it as a transaction of its own; retried when the database asks for it."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(call, *args, **kwargs)
            except (OperationalError, ProgrammingError) as error:
                if isinstance(error, ProgrammingError) and _state(error) != FORGOTTEN:
                    raise
                if disk_full(error):
                    raise DiskFull from error
                if attempt == TRIES or not _worth_another_try(error, call):
                    raise Unavailable from error
                time.sleep(PAUSE_SECONDS * attempt)
        raise Unavailable

    def _once(self, call: Call, *args: P.args, **kwargs: P.kwargs) -> R:
        with call.db.write() as session:
            tx = Tx(call, session)
            try:
                result = self._function(tx, *args, **kwargs)
                _use_key(tx, result)
                tx.commit()
            except (DomainError, IntegrityError):
                _refuse_used_key(tx)
                raise
        if tx.obligations:
            call.wake.ring()
        for task, queue in sorted(tx.bells):
            call.wake.send(task, queue)
        return result


def command(function: Callable[Concatenate[Tx, P], R]) -> Command[P, R]:
    return Command(function)


def _use_key(tx: Tx, result: Any) -> None:
    """The form's key with the answer it got, written with the action: two with one key meet at its index."""
    wanted = tx.call.idempotency
    if wanted is None:
        return
    row = {
        "key": wanted.key,
        "actor_id": tx.actor.account_id,
        "route": wanted.route,
        "location": wanted.locate(result),
        "used_at": tx.now,
    }
    tx.rows.add(UsedKey, row)


def _refuse_used_key(tx: Tx) -> None:
    """What went wrong may only say that the same form was answered before: then that answer is given again."""
    wanted = tx.call.idempotency
    if wanted is None:
        return
    tx.session.rollback()
    used = tx.session.get(UsedKey, wanted.key)
    if used is None:
        return
    if (used.actor_id, used.route) != (tx.actor.account_id, wanted.route):
        raise OutOfDate from None
    raise AlreadyDone(used.location) from None


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _worth_another_try(error: DBAPIError, call: Call) -> bool:
    """A deadlock was rolled back by the database. A lost connection may have committed: only a form's
    key makes trying again safe (18 of 18 such commits were resolved by it in a trial).
    """
    if _state(error) in _AGAIN_STATES or "database is locked" in str(error.orig):
        return True
    return error.connection_invalidated and call.idempotency is not None
