"""Many rows in one statement: those a transaction only adds, written just before its commit, and changes at once.

Log entries, their salts and marks, obligations, decisions and the form's key are never read again by the action
that writes them. On PostgreSQL all of them go out as one statement (a data-modifying CTE per table, rows as JSON):
an action of four log entries wrote eleven rows in five statements before. SQLite, which has no such CTE and no
round trip to save, gets one statement per table.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from webapp.core.db import Base

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class GatheredRows:
    """Rows by table, in the order in which the tables first got one (a referenced table before what refers to it)."""

    def __init__(self) -> None:
        self._rows: dict[type[Base], list[Mapping[str, Any]]] = {}

    def add(self, model: type[Base], row: Mapping[str, Any]) -> None:
        """A row by column names; a column with neither value nor default must be in it."""
        self._rows.setdefault(model, []).append(row)

    def mark(self) -> dict[type[Base], int]:
        """How far each table's rows go now, for `cut_back`."""
        return {model: len(rows) for model, rows in self._rows.items()}

    def cut_back(self, mark: Mapping[type[Base], int]) -> None:
        """Forget what came after the mark: its savepoint was rolled back."""
        for model, rows in self._rows.items():
            del rows[mark.get(model, 0) :]

    def write(self, session: Session) -> None:
        """Put the rows into the database and forget them."""
        rows = {model: found for model, found in self._rows.items() if found}
        self._rows = {}
        if not rows:
            return
        if session.get_bind().dialect.name == "postgresql":
            documents = tuple(_json(found) for found in rows.values())
            session.connection().exec_driver_sql(_statement(tuple(rows)), documents)
            return
        for model, found in rows.items():
            session.execute(sa.insert(_table(model)), found)


def _table(model: type[Base]) -> sa.Table:
    return cast("sa.Table", model.__table__)


def rewrite(session: Session, changes: Iterable[tuple[Base, Mapping[str, Any]]]) -> None:
    """Change loaded rows of this transaction at once, in one statement (SQLite: one per table).

    For rows the caller has locked: nothing else looks at them between reading and writing, so a version is just a
    value here. The objects show the new values and count as unchanged.
    """
    by_table: dict[tuple[type[Base], tuple[str, ...]], list[tuple[Base, Mapping[str, Any]]]] = {}
    for row, values in changes:
        by_table.setdefault((type(row), tuple(values)), []).append((row, values))
    if not by_table:
        return
    documents = [[{"id": _id(row), **values} for row, values in found] for found in by_table.values()]
    if session.get_bind().dialect.name == "postgresql":
        texts = tuple(_json(rows) for rows in documents)
        session.connection().exec_driver_sql(_update_statement(tuple(by_table)), texts)
    else:
        for (model, names), rows in zip(by_table, documents, strict=True):
            named = [{"row_id" if k == "id" else f"new_{k}": v for k, v in row.items()} for row in rows]
            session.connection().execute(_update_of(model, names), named)
    for found in by_table.values():
        for row, values in found:
            for name, value in values.items():
                set_committed_value(row, name, value)


def _id(row: Base) -> Any:
    key = sa.inspect(row).identity
    if key is None:
        msg = "only a row that is in the database can be changed there"
        raise RuntimeError(msg)
    return key[0]


@cache
def _update_of(model: type[Base], names: tuple[str, ...]) -> sa.Update:
    table = _table(model)
    row_id = sa.bindparam("row_id", type_=table.c.id.type)
    new = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    return sa.update(table).where(table.c.id == row_id).values(new)


@cache
def _update_statement(tables: tuple[tuple[type[Base], tuple[str, ...]], ...]) -> str:
    updates = []
    for model, names in tables:
        columns = _table(model).columns
        new = ", ".join(f'"{name}" = r."{name}"' for name in names)
        typed = ", ".join(f'"{name}" {columns[name].type.compile(_DIALECT)}' for name in ("id", *names))
        source = f"jsonb_to_recordset(%s::jsonb) AS r({typed})"
        updates.append(
            f"UPDATE {model.__tablename__} AS t SET {new} FROM {source} WHERE t.id = r.id"  # noqa: S608 - our own names
        )
    return _chain(updates)


@cache
def _statement(models: tuple[type[Base], ...]) -> str:
    """One INSERT per table, each reading its rows from a JSON document of its own; foreign keys hold at its end."""
    inserts = []
    for model in models:
        columns = _table(model).columns
        names = ", ".join(f'"{column.name}"' for column in columns)
        values = ", ".join(_value(column) for column in columns)
        typed = ", ".join(f'"{column.name}" {column.type.compile(_DIALECT)}' for column in columns)
        source = f"jsonb_to_recordset(%s::jsonb) AS r({typed})"
        inserts.append(f"INSERT INTO {model.__tablename__} ({names}) SELECT {values} FROM {source}")  # noqa: S608 - names of our own tables
    return _chain(inserts)


def _chain(parts: list[str]) -> str:
    """One statement of several that change something."""
    *before, last = parts
    named = ", ".join(f"w{number} AS ({part})" for number, part in enumerate(before))
    return f"WITH {named} {last}" if named else last


def _value(column: sa.Column[Any]) -> str:
    default = column.default
    if isinstance(default, sa.ColumnDefault) and default.is_scalar:
        literal = sa.literal(default.arg, column.type).compile(
            dialect=_DIALECT, compile_kwargs={"literal_binds": True}
        )
        return f'coalesce("{column.name}", {literal})'
    return f'"{column.name}"'


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    """What JSON has no word for, as PostgreSQL's own input functions read it."""
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    msg = f"no column holds a {type(value).__name__}"
    raise TypeError(msg)
