"""Tables of attachments: who put which content where; the bytes lie in the storage under their digest."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.attachments.rules import FileKind
from webapp.attachments.states import PreviewReason, PreviewState
from webapp.core.db import Base, CodeEnum, Keyed


class Attachment(Keyed, Base):
    """One version of one document. Versions of a document share `series_id`; the newest one counts."""

    __tablename__ = "attachment"
    __table_args__ = (
        sa.UniqueConstraint("series_id", "version_no"),
        sa.Index("ix_attachment_owner", "owner_kind", "owner_id"),
        sa.CheckConstraint("size > 0", name="not_empty"),
    )

    owner_kind: Mapped[str] = mapped_column(sa.String(30))
    owner_id: Mapped[UUID]
    series_id: Mapped[UUID]
    version_no: Mapped[int] = mapped_column(default=1)
    document_type: Mapped[str] = mapped_column(sa.String(30))
    name: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[FileKind] = mapped_column(CodeEnum(FileKind))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    unit_path: Mapped[str] = mapped_column(sa.String(400), index=True)
    added_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    added_by: Mapped[str] = mapped_column(sa.String(80))
    added_at: Mapped[datetime]
    is_current: Mapped[bool] = mapped_column(default=True)
    removed_at: Mapped[datetime | None]


class Preview(Keyed, Base):
    """The pages of one attachment as pictures, wanted with the upload, made by a worker."""

    __tablename__ = "attachment_preview"
    __table_args__ = (sa.Index("ix_attachment_preview_state_wanted_at", "state", "wanted_at"),)

    attachment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attachment.id"), unique=True)
    state: Mapped[PreviewState] = mapped_column(CodeEnum(PreviewState), default=PreviewState.WAITING)
    reason: Mapped[PreviewReason | None] = mapped_column(CodeEnum(PreviewReason))
    page_count: Mapped[int] = mapped_column(default=0)
    wanted_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)


class PreviewPage(Keyed, Base):
    """One page as a picture, kept in the storage under its digest beside the original."""

    __tablename__ = "attachment_preview_page"
    __table_args__ = (sa.UniqueConstraint("preview_id", "page_no"),)

    preview_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attachment_preview.id"))
    page_no: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
