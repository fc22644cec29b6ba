"""Live rows against the log: a change made behind the program's back has no entry.

A feature registers how to read its live rows; this side reads what the log last said of them. Both are compared
by version, by every field the log recorded a change of, and by existence.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.audit.models import AuditLeaf
from webapp.audit.states import Fault, Problem
from webapp.core.ledger import AuditEntry, plain


@dataclass(frozen=True)
class LiveRow:
    """One row as it stands. `version` None: not compared. `fields` are compared where the log names them."""

    id: UUID
    version: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class Reconciler:
    """How the objects of one class are read: `rows` gives every live one.

    `actions` limits the entries that count to these (default: all of the class); `key` takes the row's id from
    an entry's public part instead of the object's id, for rows (decisions) that are told of in another object's
    entries; None from it means "tells of no row".
    """

    kind: str
    rows: Callable[[Session], Iterable[LiveRow]]
    actions: frozenset[str] = frozenset()
    key: Callable[[Mapping[str, Any]], str | None] = lambda public: str(public["object"])
    gone_after: frozenset[str] = frozenset()
    label: str = ""

    @property
    def title(self) -> str:
        """What problems call these rows."""
        return self.label or self.kind


@dataclass
class _Told:
    version: int = 0
    index: int | None = None
    deleted: bool = False
    fields: dict[str, tuple[Any, int | None]] = field(default_factory=dict)


def reconcile(session: Session, reconcilers: Sequence[Reconciler]) -> Iterator[Problem]:
    """Yield every live row that is not what the log says, and every logged one that is gone."""
    for reconciler in reconcilers:
        told = _told(session, reconciler)
        seen = set()
        for row in reconciler.rows(session):
            seen.add(str(row.id))
            yield from _differences(reconciler, row, told.get(str(row.id)))
        for object_id, last in told.items():
            if object_id not in seen and not last.deleted:
                yield Problem(Fault.ROW_GONE, last.index, f"{reconciler.title} {object_id}")


def _told(session: Session, reconciler: Reconciler) -> dict[str, _Told]:
    query = (
        sa.select(AuditLeaf.number, AuditEntry.public, AuditEntry.body)
        .outerjoin(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)
        .where(AuditEntry.object_class == reconciler.kind)
        .order_by(AuditEntry.recorded_at, AuditEntry.id)
    )
    if reconciler.actions:
        query = query.where(AuditEntry.action.in_(reconciler.actions))
    rows = [row for row in session.execute(query) if reconciler.key(row.public) is not None]
    # Two transactions on one row commit in the order of its versions, not of their beginnings.
    rows.sort(key=lambda row: row.public["object_version"])
    told: dict[str, _Told] = {}
    for row in rows:
        last = told.setdefault(str(reconciler.key(row.public)), _Told())
        last.version, last.index = row.public["object_version"], row.number
        last.deleted = row.public["action"] in reconciler.gone_after
        for name, (_, new) in ((row.body or {}).get("changes") or {}).items():
            last.fields[name] = (new, row.number)
        for name, value in row.public["figures"].items():
            last.fields[f"figures.{name}"] = (value, row.number)
    return told


def _differences(reconciler: Reconciler, row: LiveRow, told: _Told | None) -> Iterator[Problem]:
    name = f"{reconciler.title} {row.name or row.id}"
    if told is None:
        yield Problem(Fault.ROW_UNLOGGED, None, name)
        return
    if told.deleted:
        yield Problem(Fault.ROW_DIFFERS, told.index, f"{name}: deleted")
    if row.version is not None and told.version and row.version != told.version:
        yield Problem(Fault.ROW_DIFFERS, told.index, f"{name}: version {row.version}, log {told.version}")
    for field_name, value in row.fields.items():
        if field_name in told.fields and told.fields[field_name][0] != plain(value):
            logged, index = told.fields[field_name]
            yield Problem(Fault.ROW_DIFFERS, index, f"{name}: {field_name} {plain(value)}, log {logged}")
