"""Reading side of previews: what is to be drawn, and what there is to show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.attachments import queries
from webapp.attachments.models import Attachment, Preview, PreviewPage
from webapp.attachments.states import PreviewState
from webapp.core.errors import NotFound


@dataclass(frozen=True)
class Shown:
    """A file with what there is of its pages. `preview` is None where its kind has none."""

    file: Attachment
    preview: Preview | None
    pages: Sequence[PreviewPage]


def shown(session: Session, row: Attachment) -> Shown:
    """The pages of a file, in order."""
    preview = session.scalar(sa.select(Preview).where(Preview.attachment_id == row.id))
    if preview is None or preview.state is not PreviewState.DONE:
        return Shown(row, preview, ())
    pages = session.scalars(
        sa.select(PreviewPage).where(PreviewPage.preview_id == preview.id).order_by(PreviewPage.page_no)
    ).all()
    return Shown(row, preview, pages)


def picture(
    session: Session, owner_kind: str, owner_id: UUID, attachment_id: UUID, sha256: str
) -> PreviewPage:
    """One page of an owner's file by its digest, which only the opened file tells. Raises `NotFound`."""
    row = queries.one(session, owner_kind, owner_id, attachment_id)
    found = session.scalars(
        sa.select(PreviewPage)
        .join(Preview, Preview.id == PreviewPage.preview_id)
        .where(Preview.attachment_id == row.id, PreviewPage.sha256 == sha256)
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def next_waiting(session: Session, now: datetime) -> UUID | None:
    """The preview that waits longest, none while a worker is at one: drawing never takes two of an office's workers."""
    waits = Preview.state == PreviewState.WAITING
    if session.scalar(sa.select(sa.func.count()).where(waits, Preview.lease_until > now)):
        return None
    return session.scalar(
        sa.select(Preview.id)
        .join(Attachment, Attachment.id == Preview.attachment_id)
        .where(waits, Attachment.removed_at.is_(None))
        .order_by(Preview.wanted_at, Preview.id)
        .limit(1)
    )
