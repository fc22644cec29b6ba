"""Digests as they were built, and who gets them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, Keyed


class Digest(Keyed, Base):
    """One edition: its three files byte for byte, and the tree size they follow from. Never changed but `sent_at`."""

    __tablename__ = "digest"
    __table_args__ = (
        sa.UniqueConstraint("kind", "period", "scope", "edition", name="edition"),
        sa.Index("ix_digest_unsent", "sent_at", "period"),
        sa.CheckConstraint("edition > 0", name="edition_counts_from_one"),
    )

    kind: Mapped[str] = mapped_column(sa.String(20))
    period: Mapped[str] = mapped_column(sa.String(10))
    scope: Mapped[str] = mapped_column(sa.String(80), default="")
    edition: Mapped[int]
    tree_size: Mapped[int] = mapped_column(sa.BigInteger())
    exception_count: Mapped[int]
    built_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    definitions: Mapped[bytes] = mapped_column(sa.LargeBinary())
    json_file: Mapped[bytes] = mapped_column(sa.LargeBinary())
    csv_file: Mapped[bytes] = mapped_column(sa.LargeBinary())
    html_file: Mapped[bytes] = mapped_column(sa.LargeBinary())


class DigestSubscription(Keyed, Base):
    """An account that gets the digests of a kind by mail. `scope` is a unit's code, empty for the whole office."""

    __tablename__ = "digest_subscription"
    __table_args__ = (sa.UniqueConstraint("account_id", "kind", "scope", name="once"),)

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    scope: Mapped[str] = mapped_column(sa.String(80), default="")
    created_at: Mapped[datetime]
