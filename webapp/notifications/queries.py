"""Reading side: a person's inbox, what was read, mails and their states."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from webapp.core.db import UtcDateTime
from webapp.core.errors import NotFound
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.notifications.models import IS_LIVE, InboxItem, Mail
from webapp.notifications.rules import FARTHEST
from webapp.notifications.states import LIVE, STUCK, MailState


def was_heeded(session: Session, event_id: UUID, since: datetime) -> bool:
    """Whether anybody who was told of the event has opened the message, or acted on its subject since.

    Who acts on a matter knows of it, whether or not the message about it was opened.
    """
    acted = (
        sa.select(AuditEntry.id)
        .where(
            AuditEntry.object_id == InboxItem.subject_id,
            AuditEntry.recorded_at >= since,
            AuditEntry.actor_id == InboxItem.account_id,
        )
        .exists()
    )
    query = sa.select(InboxItem.id).where(
        InboxItem.event_id == event_id, sa.or_(InboxItem.read_at.is_not(None), acted)
    )
    return session.scalar(query.limit(1)) is not None


def inbox(
    session: Session,
    account_id: UUID,
    *,
    unread: bool = False,
    before: str = "",
    limit: int = 50,
) -> Sequence[InboxItem]:
    """A person's messages, newest first; `before` is the last message of the page it goes on from."""
    query = sa.select(InboxItem).where(InboxItem.account_id == account_id)
    if unread:
        query = query.where(InboxItem.read_at.is_(None))
    if before:
        # Many messages bear one moment: all that one run of the relay wrote.
        last = sa.select(InboxItem.created_at, InboxItem.id).where(InboxItem.token == before)
        query = query.where(sa.tuple_(InboxItem.created_at, InboxItem.id) < last.scalar_subquery())
    return session.scalars(
        query.order_by(InboxItem.created_at.desc(), InboxItem.id.desc()).limit(limit)
    ).all()


def unread_count(session: Session, account_id: UUID) -> int:
    """How many messages a person has not opened, counted up to a hundred."""
    return unread_counts(session, account_id, None)[0]


def unread_counts(
    session: Session, account_id: UUID, subject_id: UUID | None, cap: int = 100
) -> tuple[int, bool]:
    """The same, and whether any of all of them is about this subject; in one statement."""
    mine = sa.select(InboxItem.id).where(InboxItem.account_id == account_id, InboxItem.read_at.is_(None))
    count = sa.select(sa.func.count()).select_from(mine.limit(cap).subquery()).scalar_subquery()
    if subject_id is None:
        return session.scalar(sa.select(count)) or 0, False
    about_it = mine.where(InboxItem.subject_id == subject_id).exists()
    row = session.execute(sa.select(count, about_it)).one()
    return row[0], bool(row[1])


def item_by_token(session: Session, account_id: UUID, token: str) -> InboxItem:
    """A person's own message. Raises NotFound, also for somebody else's."""
    query = sa.select(InboxItem).where(InboxItem.token == token, InboxItem.account_id == account_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def mails(
    session: Session, states: Collection[MailState], *, before: str = "", limit: int = 50
) -> Sequence[Mail]:
    """Mails in the given states with the message they carry, newest first; `before` names the last one seen."""
    query = sa.select(Mail).options(joinedload(Mail.item, innerjoin=True)).where(Mail.state.in_(states))
    if before:
        last = (
            sa.select(Mail.created_at, Mail.id)
            .join(InboxItem, InboxItem.id == Mail.item_id)
            .where(InboxItem.token == before)
        )
        query = query.where(sa.tuple_(Mail.created_at, Mail.id) < last.scalar_subquery())
    return session.scalars(query.order_by(Mail.created_at.desc(), Mail.id.desc()).limit(limit)).all()


def mail_by_token(session: Session, token: str) -> Mail:
    """The mail that carries a message. Raises NotFound."""
    query = (
        sa.select(Mail)
        .join(InboxItem, InboxItem.id == Mail.item_id)
        .options(joinedload(Mail.item, innerjoin=True))
        .where(InboxItem.token == token)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def mail_counts(session: Session, sent_since: datetime) -> dict[MailState, int]:
    """How many mails are in each state, of the sent ones those made since a moment; states without any are left out."""
    counted = sa.select(Mail.state, sa.func.count()).group_by(Mail.state)
    open_ones = counted.where(Mail.state.in_((*LIVE, *STUCK)))
    sent = counted.where(Mail.state == MailState.SENT, Mail.created_at >= sent_since)
    return {state: number for state, number in session.execute(open_ones.union_all(sent))}  # noqa: C416 - rows are not tuples to a type checker


def oldest_due(session: Session, now: datetime) -> timedelta:
    """How late the oldest obligation is that should have left already: outbox rows and due mails. Zero if none."""
    since = sa.func.coalesce(OutboxMessage.retry_at, OutboxMessage.created_at)
    relay = session.scalar(
        sa.select(sa.func.min(since, type_=UtcDateTime())).where(OutboxMessage.relayed_at.is_(None))
    )
    first, last = session.execute(
        sa.select(sa.func.min(Mail.due_at), sa.func.max(Mail.due_at)).where(IS_LIVE)
    ).one()
    late = [now - at for at in (relay, first) if at is not None and at <= now]
    if last is not None and last > now + FARTHEST:
        late.append(timedelta(seconds=1))  # set by a wrong clock, so due now
    return max(late, default=timedelta())


def stuck_outbox(session: Session, limit: int = 50) -> Sequence[OutboxMessage]:
    """Outbox rows that could not be turned into messages, oldest first; there should be none."""
    query = sa.select(OutboxMessage).where(OutboxMessage.relayed_at.is_(None), OutboxMessage.failures > 0)
    return session.scalars(query.order_by(OutboxMessage.id).limit(limit)).all()


def outbox_length(session: Session) -> int:
    """How many events still wait to be turned into messages."""
    query = sa.select(sa.func.count()).select_from(OutboxMessage).where(OutboxMessage.relayed_at.is_(None))
    return session.scalar(query) or 0


def fates(session: Session) -> list[tuple[str, MailState, bool]]:
    """Message-ID, state and whether it may have left twice, of every mail (for drills on small databases)."""
    rows = session.execute(sa.select(Mail.message_id, Mail.state, Mail.maybe_twice))
    return [(row.message_id, row.state, row.maybe_twice) for row in rows]


def handed_over(session: Session, since: datetime) -> list[tuple[datetime, datetime]]:
    """When an event was recorded and when its mail was settled as sent, of every event after `since`."""
    rows = session.execute(
        sa.select(AuditEntry.recorded_at, Mail.done_at)
        .join(InboxItem, InboxItem.event_id == AuditEntry.id)
        .join(Mail, Mail.item_id == InboxItem.id)
        .where(AuditEntry.recorded_at > since, Mail.state == MailState.SENT, Mail.done_at.is_not(None))
    )
    return [(row.recorded_at, row.done_at) for row in rows]
