"""The only place where committed entries get their numbers.

A database's own counters do not follow the order of commits, so a number given inside the entry's transaction
would leave gaps and come out of order. One sequencer at a time (the head's row is its lock) takes what is
committed, oldest first, and appends it to the tree.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.audit import tiles
from webapp.audit.models import HEAD_ID, AuditHead, AuditLeaf
from webapp.audit.queries import may_write_tree
from webapp.core.ledger import AuditEntry, AuditPending
from webapp.core.tree import canonical, leaf_hash
from webapp.core.tx import Call, Tx, command

BATCH = 1000


def sequence(call: Call) -> int:
    """Number every committed entry that has no number yet; return how many. Safe to call at any time, anywhere.

    Called every second by the clock; an entry committed late gets its number in the next call. An account that
    may not write the tree numbers nothing.
    """
    total = 0
    while _anything_waits(call) and (count := _number_batch(call)):
        total += count
    return total


def _anything_waits(call: Call) -> bool:
    # Asked on a reading session: on SQLite a writing one would hold up everybody once a second for nothing.
    with call.read() as session:
        waits = session.scalar(sa.select(sa.exists(sa.select(AuditPending.entry_id)))) is True
        return waits and may_write_tree(session)


@command
def _number_batch(tx: Tx) -> int:
    head = _locked_head(tx.session)
    if head is None:
        return 0
    query = (
        sa.select(AuditEntry.id, AuditEntry.public)
        .join(AuditPending, AuditPending.entry_id == AuditEntry.id)
        .order_by(AuditEntry.recorded_at, AuditEntry.id)
        .limit(BATCH)
    )
    rows = tx.session.execute(query).all()
    if not rows:
        return 0
    leaves = [leaf_hash(canonical(row.public)) for row in rows]
    tx.session.execute(
        sa.insert(AuditLeaf),
        [
            {"number": head.size + place, "entry_id": row.id, "hash": leaf}
            for place, (row, leaf) in enumerate(zip(rows, leaves, strict=True))
        ],
    )
    tiles.append(tx.session, head.size, leaves)
    tx.session.execute(sa.delete(AuditPending).where(AuditPending.entry_id.in_([row.id for row in rows])))
    head.size += len(rows)
    return len(rows)


def _locked_head(session: Session) -> AuditHead | None:
    """Return the head, locked; None while another sequencer holds it, whose work need not be waited for."""
    query = sa.select(AuditHead).where(AuditHead.id == HEAD_ID).with_for_update(skip_locked=True)
    head = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if head is None and session.get(AuditHead, HEAD_ID) is None:
        head = AuditHead(id=HEAD_ID, size=0)
        session.add(head)
        session.flush()
    return head
