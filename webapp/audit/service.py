"""Signed heads of the log, and the reading of its proofs."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.audit.checkpoints import Checkpoint, SignerKey, sign
from webapp.audit.keys import LogKeys
from webapp.audit.models import HEAD_ID, AuditCheckpoint, AuditHead
from webapp.audit.queries import may_write_tree
from webapp.audit.tiles import TileReader
from webapp.core.tree import root
from webapp.core.tx import Call, Tx, command

SIGN_EVERY = timedelta(minutes=1)


def sign_head(call: Call, *, at_once: bool = False) -> str | None:
    """Sign the tree as it stands, if it grew and the last signature is a minute old (or `at_once`).

    Returns the newest checkpoint, None while there is none. Called every second by the clock, and before a
    digest is built. The newest checkpoint is also kept outside the database. An account that may not write the
    tree signs nothing and is answered with the newest one.
    """
    with call.read() as session:
        size, last = _size(session), _newest(session)
        if size == 0 or (last is not None and last.size >= size) or not may_write_tree(session):
            return last.note if last else None
    if last is not None and not at_once and call.clock.now() - last.signed_at < SIGN_EVERY:
        return last.note
    keys = LogKeys(call.ports.need_key_dir())
    note = _sign(call, keys.signers())
    keys.keep_checkpoint(note)
    return note


@command
def _sign(tx: Tx, signers: Sequence[SignerKey]) -> str:
    head = tx.session.scalars(
        sa.select(AuditHead).where(AuditHead.id == HEAD_ID).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()
    existing = tx.session.get(AuditCheckpoint, head.size)
    if existing is not None:
        return existing.note
    value = root(TileReader(tx.session).node, head.size)
    note = sign(Checkpoint(signers[0].name, head.size, value), signers)
    tx.session.add(AuditCheckpoint(size=head.size, root=value, note=note, signed_at=tx.now))
    return note


def _size(session: Session) -> int:
    return session.scalar(sa.select(AuditHead.size).where(AuditHead.id == HEAD_ID)) or 0


def _newest(session: Session) -> AuditCheckpoint | None:
    return session.scalars(sa.select(AuditCheckpoint).order_by(AuditCheckpoint.size.desc()).limit(1)).first()
