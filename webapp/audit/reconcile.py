"""Live rows against the log: a change made behind the program's back has no entry.

A feature registers how to read its live rows; this side reads what the log last said of them. Both are compared
by version, by every field the log recorded, and by existence.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.audit.models import AuditLeaf
from webapp.audit.states import Fault, Problem
from webapp.core.ledger import AuditEntry, plain


@dataclass(frozen=True)
class LiveRow:
    """One row as it stands. `version` None: not compared. `fields` are compared where the log names them.

    A field is what entries record as changed (`title`), a figure (`figures.round`), a figure of one kind of
    entry (`trip.submitted:content`), or `state` where the reconciler says which action leads to which.
    """

    key: str
    version: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class Reconciler:
    """How the rows of one kind are read: `rows` gives every live one, by the `key` its entries lead to.

    `kind`: the class of the entries' objects, empty for any. `actions` limits the entries (default: all of the
    class). `key` takes the row's key from an entry's public part (default: the object's id). `states`: action →
    the state it leads to. `problems` yields sentences on rows that contradict each other.
    """

    title: str
    rows: Callable[[Session], Iterable[LiveRow]]
    kind: str = ""
    actions: frozenset[str] = frozenset()
    key: Callable[[Mapping[str, Any]], str] = lambda public: str(public["object"])
    states: Mapping[str, str] = field(default_factory=dict)
    problems: Callable[[Session], Iterable[str]] = lambda _session: ()


@dataclass
class _Told:
    version: int = 0
    index: int | None = None
    fields: dict[str, tuple[Any, int | None]] = field(default_factory=dict)


def reconcile(session: Session, reconcilers: Sequence[Reconciler]) -> Iterator[Problem]:
    """Yield every live row that is not what the log says, and every logged one that is gone."""
    for reconciler in reconcilers:
        told = _told(session, reconciler)
        seen = set()
        for row in reconciler.rows(session):
            seen.add(row.key)
            yield from _differences(reconciler, row, told.get(row.key))
        for key, last in told.items():
            if key not in seen:
                yield Problem(Fault.ROW_GONE, last.index, f"{reconciler.title} {key}")
        for sentence in reconciler.problems(session):
            yield Problem(Fault.ROW_DIFFERS, None, f"{reconciler.title} {sentence}")


def _told(session: Session, reconciler: Reconciler) -> dict[str, _Told]:
    query = (
        sa.select(AuditLeaf.number, AuditEntry.public, AuditEntry.body)
        .select_from(AuditEntry)
        .outerjoin(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)
        .order_by(AuditEntry.recorded_at, AuditEntry.id)
    )
    if reconciler.kind:
        query = query.where(AuditEntry.object_class == reconciler.kind)
    if reconciler.actions:
        query = query.where(AuditEntry.action.in_(reconciler.actions))
    # Two transactions on one row commit in the order of its versions, not of their beginnings.
    rows = sorted(session.execute(query), key=lambda row: int(row.public["object_version"]))
    told: dict[str, _Told] = {}
    for row in rows:
        action = row.public["action"]
        last = told.setdefault(reconciler.key(row.public), _Told())
        last.version, last.index = row.public["object_version"], row.number
        for name, (_, new) in ((row.body or {}).get("changes") or {}).items():
            last.fields[name] = (new, row.number)
        for name, value in row.public["figures"].items():
            last.fields[f"figures.{name}"] = last.fields[f"{action}:{name}"] = (value, row.number)
        if action in reconciler.states:
            last.fields["state"] = (reconciler.states[action], row.number)
    return told


def _differences(reconciler: Reconciler, row: LiveRow, told: _Told | None) -> Iterator[Problem]:
    name = f"{reconciler.title} {row.name or row.key}"
    if told is None:
        yield Problem(Fault.ROW_UNLOGGED, None, name)
        return
    if row.version is not None and told.version and row.version != told.version:
        yield Problem(Fault.ROW_DIFFERS, told.index, f"{name}: version {row.version}, log {told.version}")
    for field_name, value in row.fields.items():
        if field_name in told.fields and told.fields[field_name][0] != plain(value):
            logged, index = told.fields[field_name]
            yield Problem(Fault.ROW_DIFFERS, index, f"{name}: {field_name} {plain(value)}, log {logged}")
