"""Tables of the in-app inbox and of the mails that carry the same text outside."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.db import Base, CodeEnum, Keyed
from webapp.notifications.states import MailState

IS_LIVE = sa.text("state IN ('waiting', 'sending')")
"""Said with the index's own words: SQLite uses a partial index only where the question repeats its condition."""

_UNREAD = sa.text("read_at IS NULL")


class InboxItem(Keyed, Base):
    """One message to one person about one event: rendered once, in the person's language, and kept.

    `token` names it in addresses, `event_id` is the log entry it tells of.
    """

    __tablename__ = "inbox_item"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "account_id"),
        sa.Index("ix_inbox_item_account_id_created_at", "account_id", "created_at"),
        sa.Index(
            "ix_inbox_item_unread",
            "account_id",
            "subject_id",
            sqlite_where=_UNREAD,
            postgresql_where=_UNREAD,
        ),
    )

    token: Mapped[str] = mapped_column(sa.String(24), unique=True)
    event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("audit_entry.id"))
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    event: Mapped[str] = mapped_column(sa.String(60))
    subject_kind: Mapped[str] = mapped_column(sa.String(30))
    subject_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(sa.String(60), default="")
    title: Mapped[str] = mapped_column(sa.String(200))
    text: Mapped[str] = mapped_column(sa.Text())
    link: Mapped[str] = mapped_column(sa.String(300), default="")
    is_statutory: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Mail(Keyed, Base):
    """One mail and what became of it. `due_at` is when to try, and while SENDING when the lease ends."""

    __tablename__ = "mail"
    __table_args__ = (
        sa.Index("ix_mail_state_created_at", "state", "created_at"),
        sa.CheckConstraint("(state = 'sending') = (lease_token IS NOT NULL)", name="leased_while_sending"),
    )

    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("inbox_item.id"), unique=True)
    item: Mapped[InboxItem] = relationship(lazy="raise")
    address: Mapped[str] = mapped_column(sa.String(200))
    message_id: Mapped[str] = mapped_column(sa.String(120), unique=True)
    is_statutory: Mapped[bool] = mapped_column(default=False)
    request_id: Mapped[str] = mapped_column(sa.String(40), default="")
    state: Mapped[MailState] = mapped_column(CodeEnum(MailState), default=MailState.WAITING)
    due_at: Mapped[datetime]
    lease_token: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(default=0)
    expired_leases: Mapped[int] = mapped_column(default=0)
    maybe_twice: Mapped[bool] = mapped_column(default=False)
    reply: Mapped[str] = mapped_column(sa.String(300), default="")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


# In the order in which mails are claimed; what is late is found by reading it whole, since live ones are few.
sa.Index(
    "ix_mail_live", Mail.is_statutory.desc(), Mail.due_at, sqlite_where=IS_LIVE, postgresql_where=IS_LIVE
)
