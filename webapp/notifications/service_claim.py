"""Taking mails to send: a lease says until when they are one process's, and nobody else's."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from webapp.core.mail import Letter
from webapp.core.tx import Tx, command
from webapp.notifications import events
from webapp.notifications.models import IS_LIVE, InboxItem, Mail
from webapp.notifications.rules import FARTHEST, LEASE, MAX_EXPIRED_LEASES
from webapp.notifications.service_settle import about, label, lay_aside
from webapp.notifications.states import MailState


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail this process may send until its lease ends."""

    mail_id: UUID
    lease_token: UUID
    letter: Letter


@command
def claim(tx: Tx, limit: int) -> list[Claimed]:
    """Take up to `limit` due mails for the length of a lease, statutory ones first; two statements in all."""
    query = (
        sa.select(Mail.id, Mail.message_id, Mail.address, Mail.created_at, InboxItem.title, InboxItem.text)
        .join(InboxItem, InboxItem.id == Mail.item_id)
        .where(IS_LIVE, Mail.state == MailState.WAITING, Mail.expired_leases == 0, _is_due(tx))
        .order_by(Mail.is_statutory.desc(), Mail.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Mail)
    )
    rows = tx.session.execute(query).all()
    token = uuid4()
    if rows:
        tx.session.execute(
            sa.update(Mail)
            .where(Mail.id.in_([row.id for row in rows]))
            .values(state=MailState.SENDING, lease_token=token, due_at=tx.now + LEASE)
            .execution_options(synchronize_session=False)
        )
    return [
        Claimed(row.id, token, Letter(row.message_id, row.address, row.title, row.text, row.created_at))
        for row in rows
    ]


@command
def claim_suspect(tx: Tx) -> list[Claimed]:
    """Take one mail whose lease once ran out: alone, since if it is what kills workers it must take no other along.

    Whoever had it may have handed it over, so it is marked as possibly sent twice. After the fifth lease it is put
    aside.
    """
    query = (
        sa.select(Mail)
        .options(joinedload(Mail.item, innerjoin=True))
        .where(
            IS_LIVE,
            sa.or_(Mail.expired_leases > 0, Mail.state == MailState.SENDING),
            _is_due(tx),
        )
        .order_by(Mail.is_statutory.desc(), Mail.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Mail)
    )
    row = tx.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        return []
    if row.state is MailState.SENDING:
        row.expired_leases += 1
        if row.expired_leases >= MAX_EXPIRED_LEASES:
            lay_aside(row, MailState.QUARANTINED, tx.now)
            tx.record(about(tx, events.MailQuarantined, row, reply=row.reply))
            return []
        label(tx, row)
    row.state, row.lease_token, row.due_at = MailState.SENDING, uuid4(), tx.now + LEASE
    letter = Letter(row.message_id, row.address, row.item.title, row.item.text, row.created_at)
    return [Claimed(row.id, row.lease_token, letter)]


@command
def release(tx: Tx, claimed: Collection[Claimed]) -> None:
    """Give back mails that were claimed and not begun, so that nobody waits for their leases to end."""
    tx.session.execute(
        sa.update(Mail)
        .where(
            Mail.id.in_([mail.mail_id for mail in claimed]),
            Mail.lease_token.in_({mail.lease_token for mail in claimed}),
        )
        .values(state=MailState.WAITING, lease_token=None, due_at=tx.now)
        .execution_options(synchronize_session=False)
    )


def _is_due(tx: Tx) -> sa.ColumnElement[bool]:
    # Nothing is honestly due hours ahead: a wrong clock set that time, and it must not hold the mail.
    return sa.or_(Mail.due_at <= tx.now, Mail.due_at > tx.now + FARTHEST)
