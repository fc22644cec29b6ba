"""What a person does with messages."""

from uuid import UUID

import sqlalchemy as sa

from webapp.core.errors import Forbidden
from webapp.core.tx import Tx, command
from webapp.notifications import queries
from webapp.notifications.models import InboxItem


@command
def open_item(tx: Tx, token: str) -> InboxItem:
    """The actor's own message, read from now on. Raises NotFound for anybody else's."""
    item = queries.item_by_token(tx.session, _self(tx), token)
    if item.read_at is None:
        item.read_at = tx.now
    return item


@command
def mark_seen(tx: Tx, subject_id: UUID) -> int:
    """The actor has looked at a subject: their messages about it are read. Returns how many were not."""
    return _mark_read(tx, InboxItem.subject_id == subject_id)


@command
def read_all(tx: Tx) -> int:
    """Mark all of the actor's messages as read; returns how many were not."""
    return _mark_read(tx, sa.true())


def _mark_read(tx: Tx, which: sa.ColumnElement[bool]) -> int:
    done = tx.session.execute(
        sa.update(InboxItem)
        .where(InboxItem.account_id == _self(tx), InboxItem.read_at.is_(None), which)
        .values(read_at=tx.now)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _self(tx: Tx) -> UUID:
    if tx.actor.account_id is None:
        raise Forbidden
    return tx.actor.account_id
