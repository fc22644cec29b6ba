"""Every committed entry gets one number, in order, without a gap, whoever counts and whenever it commits."""

import threading
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import sqlalchemy as sa

from webapp.audit import tiles
from webapp.audit.models import AuditHead, AuditLeaf
from webapp.audit.sequencer import sequence
from webapp.core import tree
from webapp.core.events import Event, Subject, detail, figure
from webapp.core.i18n import N_
from webapp.core.ledger import AuditEntry, AuditPending
from webapp.core.tx import Tx, command


@dataclass(frozen=True, kw_only=True)
class NoteTaken(Event):
    name: ClassVar[str] = "note.added"
    label: ClassVar[str] = N_("测试")
    number: int = figure()
    text: str = detail("")


@command
def take_notes(tx, count, start=0):
    for number in range(start, start + count):
        tx.record(NoteTaken(about=Subject("note", uuid.uuid4(), 1), number=number, text="外事"))


def numbers(call):
    with call.read() as session:
        rows = session.execute(
            sa.select(AuditLeaf.number, AuditLeaf.hash, AuditEntry.public)
            .join(AuditEntry, AuditEntry.id == AuditLeaf.entry_id)
            .order_by(AuditLeaf.number)
        ).all()
        waiting = session.scalar(sa.select(sa.func.count()).select_from(AuditPending))
    return rows, waiting


def test_entries_are_numbered_once_and_in_order(call):
    take_notes(call, 3)
    assert sequence(call) == 3
    assert sequence(call) == 0
    take_notes(call, 2, start=3)
    assert sequence(call) == 2
    rows, waiting = numbers(call)
    assert [row.number for row in rows] == [0, 1, 2, 3, 4]
    assert [row.public["figures"]["number"] for row in rows] == [0, 1, 2, 3, 4]
    assert all(row.hash == tree.leaf_hash(tree.canonical(row.public)) for row in rows)
    assert waiting == 0


def test_the_stored_tree_is_the_tree_over_the_entries(call):
    expected = tree.MemoryTree()
    for count in (1, 254, 1, 1, 300, 45):  # ends and crossings of tiles
        take_notes(call, count)
        sequence(call)
    rows, _ = numbers(call)
    for row in rows:
        expected.append(row.hash)
    with call.read() as session:
        node = tiles.TileReader(session).node
        for size in (0, 1, 2, 255, 256, 257, 512, 601, 602):
            assert tree.root(node, size) == expected.root(size)
        proof = tree.inclusion_proof(node, 300, 602)
        assert tree.verify_inclusion(rows[300].hash, 300, 602, proof, expected.root())


def note_late(call, session):
    tx = Tx(call, session)
    tx.record(NoteTaken(about=Subject("note", uuid.uuid4()), number=9))
    tx.flush()


def test_an_entry_committed_late_is_not_lost(call, clock):
    with call.db.write() as slow:
        if not call.db.is_sqlite:  # SQLite has one writer at a time
            note_late(call, slow)
        clock.advance(timedelta(seconds=1))
        take_notes(call, 2)
        assert sequence(call) == 2
        if call.db.is_sqlite:
            clock.advance(timedelta(seconds=-1))  # the same seen from the log: written earlier, there later
            note_late(call, slow)
        slow.commit()
    assert sequence(call) == 1
    rows, _ = numbers(call)
    assert [(row.number, row.public["figures"]["number"]) for row in rows] == [(0, 0), (1, 1), (2, 9)]


def test_several_sequencers_at_once_leave_no_gap_and_no_double(call):
    take_notes(call, 1)
    sequence(call)
    stop, errors = threading.Event(), []

    def count_all():
        try:
            while not stop.is_set():
                sequence(call)
        except Exception as error:  # noqa: BLE001 a thread's failure is the test's
            errors.append(error)

    threads = [threading.Thread(target=count_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(15):
        take_notes(call, 4)
    stop.set()
    for thread in threads:
        thread.join()
    sequence(call)
    rows, waiting = numbers(call)
    assert errors == []
    assert [row.number for row in rows] == list(range(61))
    assert waiting == 0
    with call.read() as session:
        assert session.scalar(sa.select(AuditHead.size)) == 61
        expected = tree.MemoryTree(row.hash for row in rows).root()
        assert tree.root(tiles.TileReader(session).node, 61) == expected
