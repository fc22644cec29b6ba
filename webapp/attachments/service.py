"""Receiving, attaching, removing and handing out files. Whether the actor may is the owner's question."""

import hashlib
import io
from typing import Any, BinaryIO, TypeAlias

from webapp.attachments import queries, queries_preview
from webapp.attachments.commands import Attach, Detach, Download, Received
from webapp.attachments.events import (
    AttachmentAdded,
    AttachmentDownloaded,
    AttachmentRefused,
    AttachmentRemoved,
    AttachmentViewed,
)
from webapp.attachments.models import Attachment, Preview
from webapp.attachments.queries_preview import Shown as Shown
from webapp.attachments.rules import (
    MAX_FILE_BYTES,
    MAX_OWNER_BYTES,
    MAX_UNIT_BYTES,
    PICTURED,
    REFUSALS,
    FileRefusedError,
    inspect,
)
from webapp.attachments.states import PREVIEWS_BELL, PreviewState
from webapp.core.errors import Invalid, sentences
from webapp.core.events import Subject
from webapp.core.i18n import gettext
from webapp.core.ids import new_id
from webapp.core.scanner import Scan
from webapp.core.tx import Call, Tx, command

# What other features name in their signatures; the table itself is this feature's own.
StoredFile: TypeAlias = Attachment
# What the log's page says of a file that was kept out.
sentences({code: REFUSALS[code] for code in ("infected", "scan_failed")})


def receive(call: Call, name: str, content: BinaryIO) -> Received:
    """Check an upload by its bytes, have it scanned for viruses, and store it, before any transaction is open.

    Raises `Invalid` (field ``file``) with the reason; nothing is kept that the scanner did not pass. A stored file
    nothing refers to costs disk only.
    """
    data = content.read(MAX_FILE_BYTES + 1)
    try:
        found = inspect(name, data)
    except FileRefusedError as error:
        raise _refused(error.code) from error
    said = call.ports.scanner.scan(data) if call.ports.scanner else Scan.CLEAN
    if said is not Scan.CLEAN:
        code = "infected" if said is Scan.INFECTED else "scan_failed"
        _note_refused(call, found.name, data, code)
        raise _refused(code)
    sha256, size = call.ports.need_storage().put(io.BytesIO(data))
    return Received(name=found.name, kind=found.kind, sha256=sha256, size=size)


@command
def _note_refused(tx: Tx, name: str, data: bytes, code: str) -> None:
    about = Subject(kind="attachment", id=new_id(tx.now), unit=tx.actor.unit_code)
    digest = hashlib.sha256(data).hexdigest()
    tx.record(
        AttachmentRefused(
            about=about, result="refused", sha256=digest, size=len(data), code=code, file_name=name
        )
    )


@command
def attach(tx: Tx, cmd: Attach) -> Attachment:
    """Put a received file to its owner, as a new document or as the next version of one.

    Limits: 200 MB per owner, 2 GB per unit. The caller has locked the owner.
    """
    size = cmd.file.size
    if queries.stored_bytes(tx.session, owner_id=cmd.owner.id) + size > MAX_OWNER_BYTES:
        raise _refused("owner_full")
    if queries.stored_bytes(tx.session, unit_path=cmd.unit_path) + size > MAX_UNIT_BYTES:
        raise _refused("unit_full")
    row = Attachment(
        id=new_id(tx.now),
        owner_kind=cmd.owner.kind,
        owner_id=cmd.owner.id,
        document_type=cmd.document_type,
        name=cmd.file.name,
        kind=cmd.file.kind,
        size=size,
        sha256=cmd.file.sha256,
        unit_path=cmd.unit_path,
        added_by_id=tx.actor.account_id,
        added_by=tx.actor.name,
        added_at=tx.now,
        version_no=1,
    )
    row.series_id = row.id
    if cmd.replaces is not None:
        older = queries.one(tx.session, cmd.owner.kind, cmd.owner.id, cmd.replaces)
        newest = queries.versions(tx.session, older.series_id)[0]
        newest.is_current = False
        row.series_id, row.version_no = older.series_id, newest.version_no + 1
        row.document_type = older.document_type
    tx.add(row)
    if row.kind in PICTURED:
        tx.session.flush()
        tx.add(Preview(attachment_id=row.id, state=PreviewState.WAITING, wanted_at=tx.now, attempts=0))
        tx.bells.add(PREVIEWS_BELL)
    tx.record(AttachmentAdded(about=cmd.owner, **_which(row)))
    return row


@command
def detach(tx: Tx, cmd: Detach) -> Attachment:
    """Take a document, with all its versions, out of its owner's file. The log keeps the digests."""
    row = queries.one(tx.session, cmd.owner.kind, cmd.owner.id, cmd.attachment_id)
    for version in queries.versions(tx.session, row.series_id):
        version.removed_at = tx.now
        tx.record(AttachmentRemoved(about=cmd.owner, **_which(version)))
    return row


@command
def download(tx: Tx, cmd: Download) -> Attachment:
    """Log that the actor takes the file out, and give its row; the bytes follow after the commit."""
    row = queries.one(tx.session, cmd.owner.kind, cmd.owner.id, cmd.attachment_id)
    tx.record(AttachmentDownloaded(about=cmd.owner, **_which(row)))
    return row


@command
def view(tx: Tx, cmd: Download) -> Shown:
    """The file with the pictures of its pages. Opening them is logged like a download; a wait is not."""
    row = queries.one(tx.session, cmd.owner.kind, cmd.owner.id, cmd.attachment_id)
    shown = queries_preview.shown(tx.session, row)
    if shown.pages:
        tx.record(AttachmentViewed(about=cmd.owner, **_which(row)))
    return shown


def _which(row: Attachment) -> dict[str, Any]:
    return {
        "sha256": row.sha256,
        "size": row.size,
        "document_type": row.document_type,
        "file_name": row.name,
    }


def _refused(code: str) -> Invalid:
    return Invalid("file_refused", fields={"file": [gettext(REFUSALS[code])]})
