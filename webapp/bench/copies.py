"""Many requests like those of the demo office, as whole sets of rows: the trip with its parts, the request with its
slots, decisions and turns, its clocks, and the entries of the log that tell of its filing and its end.

A copy differs from its pattern in ids, numbers and instants alone; its log entries are hashed and salted anew, so that
they number and verify like any other.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.core.db import Base, Database
from webapp.core.ids import new_id
from webapp.core.ledger import stamp
from webapp.core.tree import canonical, salted_hash

APART = timedelta(minutes=1)
AT_ONCE = 250
DAYS = 1500
"""Over so many days before their pattern the trips that have ended are spread; those running leave with theirs."""
_TOLD = ("approval.started", "approval.concluded", "approval.returned", "approval.rejected")
_ERA = datetime(
    2020, 1, 1, tzinfo=UTC
)  # ids of copies are older than those of what happens after the filling
_NUMBERS = ("number", "draft_no", "permit_no")
Row = dict[str, Any]


def _table(name: str) -> sa.Table:
    return Base.metadata.tables[name]


@dataclass
class Pattern:
    """The rows of one real request, by table in an order in which they can be inserted."""

    is_running: bool
    number: str
    rows: list[tuple[sa.Table, list[Row]]] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)

    @cached_property
    def old_ids(self) -> list[UUID]:
        """In the order they were given, so that those of a copy keep it."""
        ids = {row["id"] for _table, rows in self.rows for row in rows if "id" in row}
        return sorted(ids, key=lambda known: known.int)

    @cached_property
    def plan(self) -> list[tuple[sa.Table, Row, list[tuple[str, Any]]]]:
        """Every row as what stays and what each copy has of its own."""
        ids = set(self.old_ids)
        found = []
        for table, rows in self.rows:
            for row in rows:
                own = [pair for pair in row.items() if _is_changed(*pair, ids, self.number)]
                found.append((table, row, own))
        return found


def patterns(database: Database) -> list[Pattern]:
    """Every trip of the office that was ever submitted."""
    with database.read() as session:
        connection = session.connection()
        trip, request = _table("trip"), _table("approval_request")
        query = (
            sa.select(trip.c.id, trip.c.number, request.c.id.label("request_id"), request.c.state)
            .join(request, request.c.subject_id == trip.c.id)
            .order_by(trip.c.number)
        )
        return [_pattern(connection, *row) for row in connection.execute(query)]


def _pattern(connection: sa.Connection, trip_id: UUID, number: str, request_id: UUID, state: Any) -> Pattern:
    found = Pattern(is_running=state.value == "in_review", number=number)
    roots = {"trip": trip_id, "approval_request": request_id}
    owned: dict[str, list[UUID]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in roots:
            where = table.c.id == roots[table.name]
        elif table.name == "deadline":
            where = table.c.subject_id == trip_id
        else:
            # the parts: what points at a row that is owned already, and at no person or unit by that
            keys = [
                (key.parent, owned[key.column.table.name])
                for key in table.foreign_keys
                if key.column.table.name in owned
            ]
            if not keys:
                continue
            where = sa.or_(*(column.in_(ids) for column, ids in keys))
        rows = [dict(row._mapping) for row in connection.execute(sa.select(table).where(where))]  # noqa: SLF001
        if rows:
            found.rows.append((table, rows))
            owned[table.name] = [row["id"] for row in rows if "id" in row]
    entry = _table("audit_entry")
    query = sa.select(entry).where(entry.c.object_id == trip_id, entry.c.action.in_(_TOLD))
    found.entries = [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001
    return found


def fill(database: Database, running: Sequence[Pattern], ended: Sequence[Pattern], numbers: range) -> None:
    """One copy for each number; every tenth is running."""
    for start in range(numbers.start, numbers.stop, AT_ONCE):
        batch: dict[sa.Table, list[Row]] = {}
        for number in range(start, min(start + AT_ONCE, numbers.stop)):
            kinds = running if number % 10 == 0 else ended
            for table, row in _copy(kinds[number // 10 % len(kinds)], number):
                batch.setdefault(table, []).append(row)
        with database.engine.begin() as connection:
            for table in Base.metadata.sorted_tables:
                if table in batch:
                    connection.execute(sa.insert(table), batch[table])


def _copy(pattern: Pattern, number: int) -> Iterator[tuple[sa.Table, Row]]:
    new = {old: new_id(_ERA) for old in pattern.old_ids}
    called = f"{pattern.number[:5]}{number:06d}"
    shift = number * APART
    days = timedelta(days=0 if pattern.is_running else -(number % DAYS))
    for table, steady, changing in pattern.plan:
        row = dict(steady)
        for name, value in changing:
            row[name] = (
                value + days
                if type(value) is date
                else _changed(name, value, new, (pattern.number, called), shift)
            )
        yield table, row
    yield from _entries(pattern, new, called, shift)


def _is_changed(name: str, value: Any, ids: set[UUID], number: str) -> bool:
    """Whether a copy's value differs from the pattern's."""
    if isinstance(value, UUID):
        return value in ids
    if isinstance(value, str):
        return bool(value) and (name in _NUMBERS or number in value)
    if isinstance(value, dict | list):
        text = json.dumps(value, default=str)
        return any(str(known) in text for known in ids)
    return isinstance(value, date)  # a datetime is one too


def _changed(name: str, value: Any, new: dict[UUID, UUID], numbers: tuple[str, str], shift: timedelta) -> Any:
    if isinstance(value, UUID):
        return new[value]
    if isinstance(value, datetime):
        return value - shift
    if isinstance(value, str):
        if name in _NUMBERS and value != numbers[0]:
            return f"{value[:5]}{numbers[1][5:]}"
        return value.replace(*numbers)
    text = json.dumps(value, ensure_ascii=False)
    for old, fresh in new.items():
        text = text.replace(str(old), str(fresh))
    return json.loads(text)


def _entries(
    pattern: Pattern, new: dict[UUID, UUID], called: str, shift: timedelta
) -> Iterator[tuple[sa.Table, Row]]:
    for row in pattern.entries:
        salt = os.urandom(16)
        entry_id, object_id = new_id(row["recorded_at"] - shift), new[row["object_id"]]
        at = row["recorded_at"] - shift
        body = {**(row["body"] or {}), "number": called}
        public = {
            **row["public"],
            "id": str(entry_id),
            "object": str(object_id),
            "recorded_at": stamp(at),
            "occurred_at": stamp(row["occurred_at"] - shift),
            "body": salted_hash(salt, canonical(body)).hex(),
        }
        yield (
            _table("audit_entry"),
            {
                **row,
                "id": entry_id,
                "object_id": object_id,
                "recorded_at": at,
                "occurred_at": row["occurred_at"] - shift,
                "public": public,
                "body": body,
            },
        )
        yield _table("audit_salt"), {"entry_id": entry_id, "field": "", "salt": salt}
        yield _table("audit_pending"), {"entry_id": entry_id}
