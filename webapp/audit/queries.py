"""Reading side of the log: the record of one object, the list for auditors, heads and results of checks."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.audit.keys import LogKeys
from webapp.audit.models import HEAD_ID, AuditCheck, AuditCheckpoint, AuditHead, AuditLeaf
from webapp.audit.states import TRIPWIRES, Problem, Report
from webapp.audit.tiles import TileReader
from webapp.core.errors import sentence_of
from webapp.core.events import all_events
from webapp.core.ledger import AuditEntry
from webapp.core.tree import root

#: Classes of objects that belong to the security log (audit administrator), not to the business trail.
SECURITY_CLASSES = frozenset(
    {"account", "unit", "role_grant", "session", "link", "api_token", "substitution", "system", "request"}
)
#: Classes whose names and free texts stay with the people named in the case, also before auditors.
CLASSES_WITHOUT_BODY = frozenset({"incident"})
PAGE = 50


@dataclass(frozen=True)
class EntryView:
    """One entry as people read it. `number` is its place in the log, None for the second before it has one."""

    number: int | None
    recorded_at: datetime
    occurred_at: datetime
    action: str
    label: str
    actor_name: str
    actor_id: UUID | None
    acting_for: str | None
    object_class: str
    object_id: UUID
    paper: str
    unit: str
    role: str
    result: str
    reason: str
    imported: bool
    why: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def late(self) -> bool:
        """Whether it was recorded more than a minute after it happened."""
        return (self.recorded_at - self.occurred_at).total_seconds() > 60  # noqa: PLR2004 one minute


def entries_page(
    session: Session, *, security: bool, before: int | None = None, action: str = "", unit: str = ""
) -> list[EntryView]:
    """Return a page of numbered entries, newest first, from below `before` on.

    `security` chooses the security log (accounts, grants, sessions) or the business trail.
    """
    classes = AuditEntry.object_class.in_(SECURITY_CLASSES)
    query = (
        _view_query(inner=True)
        .where(classes if security else ~classes)
        .order_by(AuditLeaf.number.desc())
        .limit(PAGE)
    )
    if before is not None:
        query = query.where(AuditLeaf.number < before)
    if action:
        query = query.where(AuditEntry.action == action)
    if unit:
        query = query.where(AuditEntry.unit == unit)
    return [_view(row) for row in session.execute(query)]


def entry_at(session: Session, number: int) -> EntryView | None:
    """Return the entry with a number, None when there is none."""
    row = session.execute(_view_query(inner=True).where(AuditLeaf.number == number)).one_or_none()
    return _view(row) if row is not None else None


def public_part(session: Session, number: int) -> dict[str, Any]:
    """Return an entry's public part, exactly what its leaf hash is over."""
    query = (
        sa.select(AuditEntry.public)
        .join(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)
        .where(AuditLeaf.number == number)
    )
    public: dict[str, Any] = session.scalars(query).one()
    return public


def _view_query(*, inner: bool = False) -> Any:
    query = sa.select(AuditEntry, AuditLeaf.number)
    join = query.join if inner else query.outerjoin
    return join(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)


def _view(row: Any) -> EntryView:
    entry: AuditEntry = row.AuditEntry
    body = entry.body or {}
    event = all_events().get(entry.action)
    return EntryView(
        number=row.number,
        recorded_at=entry.recorded_at,
        occurred_at=entry.occurred_at,
        action=entry.action,
        label=event.label if event else entry.action,
        actor_name=body.get("actor_name", ""),
        actor_id=entry.actor_id,
        acting_for=entry.public["acting_for"],
        object_class=entry.object_class,
        object_id=entry.object_id,
        paper=body.get("number", ""),
        unit=entry.unit,
        role=entry.public["role"],
        result=entry.public["result"],
        reason=body.get("reason", ""),
        imported=entry.origin != "native",
        why=sentence_of(str(entry.public["figures"].get("code", "")))
        if entry.public["result"] == "refused"
        else "",
        figures=entry.public["figures"],
        details=body.get("details", {}),
        changes=body.get("changes", {}),
    )


def entries_since(session: Session, object_id: UUID, since: datetime, at_most: int) -> int:
    """How many entries about an object were written after an instant, counted up to `at_most`."""
    some = (
        sa.select(AuditEntry.id)
        .where(AuditEntry.object_id == object_id, AuditEntry.recorded_at > since)
        .limit(at_most)
    )
    return session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0


def tree_size(session: Session) -> int:
    """Return how many entries have a number."""
    return session.scalar(sa.select(AuditHead.size).where(AuditHead.id == HEAD_ID)) or 0


def root_at(session: Session, size: int) -> bytes:
    """Return the root over the first `size` entries, from the stored tree."""
    return root(TileReader(session).node, size)


@dataclass(frozen=True)
class Head:
    """A signed head as it is shown and handed over."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


def newest_head(session: Session, at_most: int | None = None) -> Head | None:
    """Return the newest signed head (of at most that size)."""
    query = sa.select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(1)
    if at_most is not None:
        query = query.where(AuditCheckpoint.size <= at_most)
    row = session.scalars(query).first()
    return Head(row.size, row.root, row.note, row.signed_at) if row else None


def proof_text(number: int, path: Sequence[bytes], note: str) -> str:
    """Return one entry's proof as a text of at most 2 kB (https://c2sp.org/tlog-proof)."""
    lines = ["c2sp.org/tlog-proof@v1", f"index {number}", *(base64.b64encode(item).decode() for item in path)]
    return "\n".join([*lines, "", note])


def public_parts(
    session: Session, condition: Any, size: int, at_least: int = 0
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (number, public part) of entries numbered in [at_least, size) that satisfy an SQL condition."""
    query = (
        sa.select(AuditLeaf.number, AuditEntry.public)
        .join(AuditEntry, AuditEntry.id == AuditLeaf.entry_id)
        .where(AuditLeaf.number >= at_least, AuditLeaf.number < size, condition)
        .order_by(AuditLeaf.number)
    )
    for row in session.execute(query).yield_per(1000):
        yield row.number, row.public


def papers(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    """Return the papers' numbers (permit or case numbers) of entries, where bodies still have them."""
    query = (
        sa.select(AuditLeaf.number, AuditEntry.body)
        .join(AuditEntry, AuditEntry.id == AuditLeaf.entry_id)
        .where(AuditLeaf.number.in_(numbers))
    )
    return {row.number: (row.body or {}).get("number", "") for row in session.execute(query)}


def may_write_tree(session: Session) -> bool:
    """Return whether this process's database account is the one that numbers entries and signs heads."""
    return _may(session, AuditLeaf.__tablename__, "INSERT")


@dataclass(frozen=True)
class Guard:
    """What keeps this process from altering the log: on separate accounts it may do none of the three."""

    may_change_entries: bool
    may_write_tree: bool
    may_sign: bool

    @property
    def holds(self) -> bool:
        """Whether rows of the log are out of this account's reach; else only checkpoints outside tell."""
        return not (self.may_change_entries or self.may_write_tree or self.may_sign)


def guard(session: Session, keys: LogKeys) -> Guard:
    """Return what this process's accounts, of database and machine, could do to the log."""
    changes = ("UPDATE", "DELETE", "TRUNCATE")
    return Guard(
        may_change_entries=any(_may(session, AuditEntry.__tablename__, right) for right in changes),
        may_write_tree=may_write_tree(session),
        may_sign=keys.may_sign(),
    )


def _may(session: Session, table: str, right: str) -> bool:
    """SQLite knows no accounts: whoever opens the file may do everything."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    return session.scalar(sa.select(sa.func.has_table_privilege(table, right))) is True


def missing_tripwires(session: Session) -> list[str]:
    """Return the triggers that refuse changes of the log and are gone, switched off or emptied."""
    if session.get_bind().dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"
    else:
        query = (
            "SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
            " WHERE tgenabled IN ('O', 'A') AND prosrc LIKE '%RAISE EXCEPTION%'"
        )
    return sorted(TRIPWIRES - set(session.scalars(sa.text(query))))


@dataclass(frozen=True)
class CheckView:
    """The outcome of the latest check of the whole log."""

    checked_at: datetime
    report: Report
    problem_count: int


def latest_check(session: Session) -> CheckView | None:
    """Return the latest check, None before the first one."""
    row = session.scalars(sa.select(AuditCheck).order_by(AuditCheck.checked_at.desc()).limit(1)).first()
    if row is None:
        return None
    report = Report(row.size, tuple(Problem.from_json(item) for item in row.problems))
    return CheckView(row.checked_at, report, row.problem_count)


def began_at(session: Session) -> datetime | None:
    """Return when the log's first entry was written; None while it is empty."""
    query = (
        sa.select(AuditEntry.recorded_at)
        .join(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)
        .where(AuditLeaf.number == 0)
    )
    return session.scalar(query)
