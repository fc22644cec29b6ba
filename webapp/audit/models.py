"""What the sequencer makes of the entries: their numbers, the tree over them, signed heads, results of checks."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, JsonDict, Keyed
from webapp.core.rights import CHECKS, TREE, declared

HEAD_ID = 1


class AuditLeaf(Base):
    """The number of an entry in the log, from 0 without a gap, and its leaf hash."""

    __tablename__ = "audit_leaf"
    __table_args__ = declared(TREE)

    number: Mapped[int] = mapped_column("leaf_index", sa.BigInteger(), primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("audit_entry.id"), unique=True)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))


class AuditTile(Base):
    """Up to 256 hashes of one level (a level is eight tree levels), as in C2SP tlog-tiles."""

    __tablename__ = "audit_tile"
    __table_args__ = declared(TREE)

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(sa.LargeBinary(8192))


class AuditHead(Base):
    """The tree's size. Its one row is the lock by which only one sequencer works at a time."""

    __tablename__ = "audit_head"
    __table_args__ = (sa.CheckConstraint(f"id = {HEAD_ID}", name="one_row"), declared(TREE))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(sa.BigInteger())


class AuditCheckpoint(Base):
    """A signed head, kept for ever."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = declared(TREE)

    size: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    note: Mapped[str] = mapped_column(sa.Text())
    signed_at: Mapped[datetime]


class AuditCheck(Keyed, Base):
    """One verification of the whole log and what it found; the digests page shows the latest."""

    __tablename__ = "audit_check"
    __table_args__ = declared(CHECKS)

    checked_at: Mapped[datetime] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger())
    problem_count: Mapped[int]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JsonDict)
