"""Reading side of attachments."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.attachments.models import Attachment
from webapp.core.errors import NotFound
from webapp.core.prefixes import below


def of_owner(session: Session, owner_kind: str, owner_id: UUID) -> Sequence[Attachment]:
    """The current versions of an owner's documents, oldest first."""
    return session.scalars(
        sa.select(Attachment)
        .where(
            Attachment.owner_kind == owner_kind,
            Attachment.owner_id == owner_id,
            Attachment.is_current,
            Attachment.removed_at.is_(None),
        )
        .order_by(Attachment.added_at, Attachment.id)
    ).all()


def one(session: Session, owner_kind: str, owner_id: UUID, attachment_id: UUID) -> Attachment:
    """A version that belongs to the owner, also a replaced one. Raises `NotFound`, also when removed."""
    found = session.get(Attachment, attachment_id)
    if found is None or found.removed_at is not None:
        raise NotFound
    if (found.owner_kind, found.owner_id) != (owner_kind, owner_id):
        raise NotFound
    return found


def versions(session: Session, series_id: UUID) -> Sequence[Attachment]:
    """All versions of one document, newest first."""
    return session.scalars(
        sa.select(Attachment)
        .where(Attachment.series_id == series_id, Attachment.removed_at.is_(None))
        .order_by(Attachment.version_no.desc())
    ).all()


def stored_bytes(session: Session, *, owner_id: UUID | None = None, unit_path: str | None = None) -> int:
    """Bytes kept for an owner or for a unit and everything below it, removed documents left out."""
    total = sa.func.coalesce(sa.func.sum(Attachment.size), 0)
    query = sa.select(total).where(Attachment.removed_at.is_(None))
    if owner_id is not None:
        query = query.where(Attachment.owner_id == owner_id)
    if unit_path is not None:
        query = query.where(below(Attachment.unit_path, unit_path))
    return int(session.scalar(query) or 0)
