"""How a stored file leaves the house: always as a download, sandboxed, under its own name."""

from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from flask import Response

from webapp.attachments.models import Attachment
from webapp.attachments.rules import MEDIA_TYPES
from webapp.core.ports import Storage

_CHUNK = 1 << 16


def file_response(storage: Storage, row: Attachment) -> Response:
    """The bytes as an attachment (RFC 6266, name in UTF-8), never shown inside a page of ours."""
    stream = storage.open(row.sha256)
    response = Response(_chunks(stream), mimetype=MEDIA_TYPES[row.kind])
    response.call_on_close(stream.close)
    ascii_name = f"file.{row.kind.value}"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(row.name, safe='')}"
    )
    response.headers["Content-Length"] = str(row.size)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
