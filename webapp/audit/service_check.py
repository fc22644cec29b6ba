"""The whole log checked from its entries: numbers, hashes, tree, signed heads, bodies, and live rows."""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.audit import tiles
from webapp.audit.checkpoints import BadNoteError, Checkpoint, VerifierKey, open_checkpoint
from webapp.audit.keys import LogKeys
from webapp.audit.models import HEAD_ID, AuditCheck, AuditCheckpoint, AuditHead, AuditLeaf, AuditTile
from webapp.audit.queries import missing_tripwires
from webapp.audit.reconcile import Reconciler, reconcile
from webapp.audit.states import Fault, Problem, Report
from webapp.core.ledger import AuditEntry, AuditPending, AuditSalt, stamp
from webapp.core.tree import Frontier, MemoryTree, canonical, leaf_hash, salted_hash
from webapp.core.tx import Call, Tx, command

KEPT_PROBLEMS = 100


def check(call: Call, reconcilers: Sequence[Reconciler] = (), trusted: Iterable[str] = ()) -> Report:
    """Check everything and keep the result for the digests page. `trusted` are checkpoints from outside."""
    keys = LogKeys(call.ports.need_key_dir())
    newest = keys.newest_checkpoint()
    notes = [*trusted, *([newest] if newest else [])]
    with call.read() as session:
        found = list(_log_problems(session, keys.verifiers(), notes))
        found += reconcile(session, reconcilers)
        found += [Problem(Fault.TRIPWIRE_GONE, what=name) for name in missing_tripwires(session)]
        size = session.scalar(sa.select(sa.func.count()).select_from(AuditLeaf)) or 0
    report = Report(size, tuple(found))
    _keep(call, report)
    return report


@command
def _keep(tx: Tx, report: Report) -> None:
    tx.add(
        AuditCheck(
            checked_at=tx.now,
            size=report.size,
            problem_count=len(report.problems),
            problems=[problem.as_json() for problem in report.problems[:KEPT_PROBLEMS]],
        )
    )


def _log_problems(session: Session, keys: Sequence[VerifierKey], notes: Iterable[str]) -> Iterator[Problem]:
    heads, problems = _signed_heads(session, keys, notes)
    yield from problems
    edge, stored = Frontier(), _StoredTiles(session)
    trusted_until, unmatched = 0, sorted({(head.size, head.root) for head in heads})
    whole = True
    for row in session.execute(_rows()).yield_per(tiles.WIDTH):
        if whole and row.number != edge.size:
            yield Problem(Fault.NUMBER_MISSING, edge.size)
            whole = False
        yield from _entry_problems(row)
        if not whole:
            continue
        edge.append(row.hash)
        stored.add(row.hash)
        while unmatched and unmatched[0][0] == edge.size:
            size, root = unmatched.pop(0)
            if hmac.compare_digest(edge.root(), root):
                trusted_until = size
            else:
                first = stored.first_bad_from(trusted_until)
                yield Problem(Fault.HISTORY_CHANGED, trusted_until if first is None else first, str(size))
    yield from stored.finish()
    if whole:
        for size, _ in unmatched:
            yield Problem(Fault.CUT_OFF, edge.size, str(size))
    head = session.get(AuditHead, HEAD_ID)
    if whole and (head.size if head else 0) != edge.size:
        yield Problem(Fault.HEAD_WRONG, None, f"{head.size if head else 0} / {edge.size}")
    yield from _unnumbered(session)


def _rows() -> Any:
    salt = sa.and_(AuditSalt.entry_id == AuditLeaf.entry_id, AuditSalt.field == "")
    return (
        sa.select(AuditLeaf.number, AuditLeaf.hash, AuditLeaf.entry_id, AuditEntry, AuditSalt.salt)
        .outerjoin(AuditEntry, AuditEntry.id == AuditLeaf.entry_id)
        .outerjoin(AuditSalt, salt)
        .order_by(AuditLeaf.number)
    )


def _entry_problems(row: Any) -> Iterator[Problem]:
    entry: AuditEntry | None = row.AuditEntry
    if entry is None:
        yield Problem(Fault.ENTRY_GONE, row.number)
        return
    if leaf_hash(canonical(entry.public)) != row.hash:
        yield Problem(Fault.ENTRY_ALTERED, row.number)
        return
    for column, value in (
        ("id", str(entry.id)),
        ("recorded_at", stamp(entry.recorded_at)),
        ("occurred_at", stamp(entry.occurred_at)),
        ("origin", entry.origin),
        ("action", entry.action),
        ("class", entry.object_class),
        ("object", str(entry.object_id)),
        ("actor", str(entry.actor_id) if entry.actor_id else None),
        ("unit", entry.unit),
    ):
        if entry.public[column] != value:
            yield Problem(Fault.COLUMN_ALTERED, row.number, column)
    if entry.body is None or row.salt is None:
        yield Problem(Fault.BODY_GONE, row.number)
    elif salted_hash(row.salt, canonical(entry.body)).hex() != entry.public["body"]:
        yield Problem(Fault.BODY_ALTERED, row.number)


def _signed_heads(
    session: Session, keys: Sequence[VerifierKey], notes: Iterable[str]
) -> tuple[list[Checkpoint], list[Problem]]:
    heads: list[Checkpoint] = []
    problems: list[Problem] = []
    stored = session.scalars(sa.select(AuditCheckpoint).order_by(AuditCheckpoint.size)).all()
    for note, said in [(note, None) for note in notes] + [(row.note, row) for row in stored]:
        try:
            head, _ = open_checkpoint(note, keys)
        except BadNoteError as error:
            problems.append(Problem(Fault.BAD_SIGNATURE, None, f"{said.size if said else '?'}: {error}"))
            continue
        if said is not None and (said.size, said.root) != (head.size, head.root):
            problems.append(Problem(Fault.BAD_SIGNATURE, None, f"{said.size}: columns"))
        heads.append(head)
    return heads, problems


def _unnumbered(session: Session) -> Iterator[Problem]:
    query = (
        sa.select(AuditEntry.id)
        .outerjoin(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)
        .outerjoin(AuditPending, AuditPending.entry_id == AuditEntry.id)
        .where(AuditLeaf.entry_id.is_(None), AuditPending.entry_id.is_(None))
    )
    for entry_id in session.scalars(query):
        yield Problem(Fault.ENTRY_UNNUMBERED, None, str(entry_id))


class _StoredTiles:
    """Compares the stored tiles with the leaves as they are read."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._levels: list[tuple[int, list[bytes]]] = [(0, [])]
        self._bad: list[int] = []
        self._seen: set[tuple[int, int]] = set()

    def add(self, leaf: bytes) -> None:
        level, value = 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append((0, []))
            number, hashes = self._levels[level]
            hashes.append(value)
            if len(hashes) < tiles.WIDTH:
                return
            self._compare(level, number, hashes)
            self._levels[level] = (number + 1, [])
            level, value = level + 1, MemoryTree(hashes).root()

    def first_bad_from(self, index: int) -> int | None:
        """Return the first leaf from `index` on that the tiles know otherwise."""
        number, hashes = self._levels[0]
        self._compare(0, number, hashes)
        return min((bad for bad in self._bad if bad >= index), default=None)

    def finish(self) -> Iterator[Problem]:
        """Compare the unfinished tiles and yield what was found wrong in any."""
        for level, (number, hashes) in enumerate(self._levels):
            if hashes:
                self._compare(level, number, hashes, last=True)
        for index in sorted(set(self._bad)):
            yield Problem(Fault.TREE_ALTERED, index)
        for level, number in self._session.execute(sa.select(AuditTile.level, AuditTile.number)):
            if (level, number) not in self._seen:
                yield Problem(Fault.TREE_ALTERED, number * tiles.WIDTH << (tiles.HEIGHT * level))

    def _compare(self, level: int, number: int, hashes: list[bytes], *, last: bool = False) -> None:
        tile = self._session.get(AuditTile, (level, number), populate_existing=True)
        stored = tiles.split(tile.hashes) if tile else []
        self._seen.add((level, number))
        if stored[: len(hashes)] == hashes and not (last and len(stored) > len(hashes)):
            return
        places = range(max(len(hashes), len(stored)))
        place = next(p for p in places if stored[p : p + 1] != hashes[p : p + 1])
        self._bad.append((number * tiles.WIDTH + place) << (tiles.HEIGHT * level))
