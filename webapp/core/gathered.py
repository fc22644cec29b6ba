"""What a transaction writes, gathered and sent in one round trip, on PostgreSQL together with its COMMIT.

Two kinds. Rows that are only added and never read again by the action that writes them (log entries, their salts
and marks, obligations, decisions, the form's key) wait for the end. Rows the action has locked and changes, and
rows it puts in and goes on using, wait too, but go out before its next query or flush, so that it always sees them.
SQLite, which has no round trip to save, gets the same statements one by one.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstanceState, ORMExecuteState, Session
from sqlalchemy.orm.attributes import instance_state, manager_of_class, set_committed_value

from webapp.core.db import Base, WritingSession
from webapp.core.round_trip import round_trip

M = TypeVar("M", bound=Base)
_GATHERED = "gathered"
AHEAD = "asked ahead"
"""Where a session keeps the answers of `webapp.core.questions` it has asked ahead."""


class _Write(NamedTuple):
    """A row to be put in (`row_id` None) or changed."""

    model: type[Base]
    row_id: UUID | None
    values: Mapping[str, Any]


class GatheredRows:
    """The writes of one transaction that have not been sent yet."""

    def __init__(self, session: WritingSession) -> None:
        self._session = session
        self._seen: list[_Write] = []
        self._last: dict[type[Base], list[_Write]] = {}
        session.info[_GATHERED] = self

    def add(self, model: type[Base], row: Mapping[str, Any]) -> None:
        """A row the action never reads again, by column names; what has a default may be left out.

        Tables are written in the order in which they first got one: a referenced table before what refers to it.
        """
        self._last.setdefault(model, []).append(_Write(model, None, row))

    def put(self, model: type[M], row: Mapping[str, Any]) -> M:
        """A row the action goes on using, by column names; the object counts as unchanged from now on."""
        values = {**_defaults(model), **row}
        self._forget(model)
        self._seen.append(_Write(model, None, values))
        return attached(self._session, model, values)

    def change(self, row: Base, values: Mapping[str, Any]) -> None:
        """Change a row this transaction has locked: nobody else writes it, so a version is just a value here.

        The object shows the new values and counts as unchanged.
        """
        key = instance_state(row).key
        if key is None:
            msg = "only a row that is in the database can be changed there"
            raise RuntimeError(msg)
        self._forget(type(row))
        self._seen.append(_Write(type(row), key[1][0], dict(values)))
        for name, value in values.items():
            set_committed_value(row, name, value)

    def _forget(self, model: type[Base]) -> None:
        """An answer asked ahead no longer holds once one of its tables is written to."""
        ahead = self._session.info.get(AHEAD, {})
        for key in [key for key in ahead if model.__tablename__ in key[0].tables]:
            del ahead[key]

    def mark(self) -> dict[type[Base], int]:
        """How far the rows go now, for `cut_back`; what the action may read is sent first."""
        self.show()
        return {model: len(rows) for model, rows in self._last.items()}

    def cut_back(self, mark: Mapping[type[Base], int]) -> None:
        """Forget what came after the mark: its savepoint was rolled back."""
        self._seen = []
        for model, rows in self._last.items():
            del rows[mark.get(model, 0) :]

    def show(self) -> None:
        """Send what the action's own next query must see."""
        if self._seen:
            seen, self._seen = self._seen, []
            self._send(seen)

    def write(self, *, commit: bool = False) -> None:
        """Send everything; with `commit` PostgreSQL ends the transaction in the same round trip."""
        everything = [*self._seen, *(write for rows in self._last.values() for write in rows)]
        self._seen, self._last = [], {}
        if everything:
            self._send(everything, commit=commit)

    def _send(self, writes: Iterable[_Write], *, commit: bool = False) -> None:
        connection = self._session.held()
        if connection.dialect.name == "postgresql":
            round_trip(connection, [_as_sent(write) for write in writes], commit=commit)
            return
        for (model, names), group in groupby(writes, key=_shape):
            rows = [_as_executed(write) for write in group]
            connection.execute(_update_of(model, names) if names else sa.insert(_table(model)), rows)


@sa.event.listens_for(WritingSession, "do_orm_execute")
def _before_query(state: ORMExecuteState) -> None:
    gathered = state.session.info.get(_GATHERED)
    if gathered is not None:
        gathered.show()


@sa.event.listens_for(WritingSession, "before_flush")
def _before_flush(session: Session, _context: object, _instances: object) -> None:
    session.info.pop(AHEAD, None)
    gathered = session.info.get(_GATHERED)
    if gathered is not None:
        gathered.show()


def show(session: Session) -> None:
    """Send what a question outside the ORM must see: changed objects, and what the action has gathered."""
    gathered = session.info.get(_GATHERED)
    if gathered is not None:
        session.flush()
        gathered.show()


def attached(session: Session, model: type[M], values: Mapping[str, Any]) -> M:
    """A row with all its columns as the session's own object, as if the session had read it.

    An object the session holds already shows the row's values from now on.
    """
    key: Any = (_root(model), (values["id"],), None)
    held = session.identity_map.get(key)
    if held is not None:
        for name, value in values.items():
            set_committed_value(held, name, value)
        return cast("M", held)
    row = manager_of_class(model).new_instance()
    row.__dict__.update(values)
    state: InstanceState[M] = instance_state(row)
    state.key, state.session_id = key, session.hash_key
    session.identity_map.add(state)
    return row


@cache
def _root(model: type[Base]) -> type[Base]:
    """The class under which a session keeps objects of the model."""
    return sa.inspect(model).base_mapper.class_


class AttachedRows(Mapping[str, M]):
    """Rows by a name of their own, each made an object of the session when first asked for.

    An action looks at two or three of a request's dozen slots; making objects of all cost more than reading them.
    """

    def __init__(self, session: Session, model: type[M], values: Mapping[str, Mapping[str, Any]]) -> None:
        self._session = session
        self._model = model
        self._values = values
        self._rows: dict[str, M] = {}

    def __getitem__(self, name: str) -> M:
        row = self._rows.get(name)
        if row is None:
            row = self._rows[name] = attached(self._session, self._model, self._values[name])
        return row

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _table(model: type[Base]) -> sa.Table:
    return cast("sa.Table", model.__table__)


@cache
def _defaults(model: type[Base]) -> dict[str, Any]:
    """Every column with its default, or nothing."""
    return {
        column.key: column.default.arg
        if isinstance(column.default, sa.ColumnDefault) and column.default.is_scalar
        else None
        for column in _table(model).columns
    }


def _as_sent(write: _Write) -> tuple[str, list[Any]]:
    if write.row_id is not None:
        return _update_text(write.model, tuple(write.values)), [*write.values.values(), write.row_id]
    defaults = _defaults(write.model)
    return _insert_text(write.model), [write.values.get(name, own) for name, own in defaults.items()]


@cache
def _insert_text(model: type[Base]) -> str:
    names = [f'"{column.name}"' for column in _table(model).columns]
    places = ", ".join(f"${number}" for number in range(1, len(names) + 1))
    return f"INSERT INTO {model.__tablename__} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - our own names


@cache
def _update_text(model: type[Base], names: tuple[str, ...]) -> str:
    new = ", ".join(f'"{name}" = ${number}' for number, name in enumerate(names, start=1))
    return f"UPDATE {model.__tablename__} SET {new} WHERE id = ${len(names) + 1}"  # noqa: S608 - our own names


def _shape(write: _Write) -> tuple[type[Base], tuple[str, ...]]:
    """What rows that go into one statement have in common; no names for a row to be put in."""
    return write.model, () if write.row_id is None else tuple(write.values)


def _as_executed(write: _Write) -> dict[str, Any]:
    if write.row_id is None:
        return {**_defaults(write.model), **write.values}
    return {"row_id": write.row_id} | {f"new_{name}": value for name, value in write.values.items()}


@cache
def _update_of(model: type[Base], names: tuple[str, ...]) -> sa.Update:
    table = _table(model)
    row_id = sa.bindparam("row_id", type_=table.c.id.type)
    new = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    return sa.update(table).where(table.c.id == row_id).values(new)
