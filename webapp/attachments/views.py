"""How a stored file leaves the house: as a download, sandboxed, under its own name; its pages as pictures of ours."""

from collections.abc import Callable, Iterator
from typing import BinaryIO
from urllib.parse import quote

from flask import Blueprint, Response, render_template

from webapp.attachments.models import Attachment, PreviewPage
from webapp.attachments.queries_preview import Shown
from webapp.attachments.rules import MAX_REQUEST_BYTES, MEDIA_TYPES
from webapp.attachments.states import REASON_LABELS
from webapp.core.http import View
from webapp.core.ports import Storage

_CHUNK = 1 << 16
# Holds the template only: whose file it is, and who may see it, is the owner's question, and so are the addresses.
bp = Blueprint("attachments", __name__, template_folder="templates")


def takes_file(view: View) -> View:
    """Only where a file is sent may a request be larger than a form (asked before anything is read)."""
    view.most_bytes = MAX_REQUEST_BYTES  # type: ignore[attr-defined]
    return view


def file_response(storage: Storage, row: Attachment) -> Response:
    """The bytes as an attachment (RFC 6266, name in UTF-8), never shown inside a page of ours."""
    response = _sent(storage, row.sha256, row.size, MEDIA_TYPES[row.kind])
    ascii_name = f"file.{row.kind.value}"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(row.name, safe='')}"
    )
    return response


def picture_response(storage: Storage, page: PreviewPage) -> Response:
    """One page, drawn by us from the file: the only bytes of a file's making that a page of ours shows."""
    response = _sent(storage, page.sha256, page.size, "image/webp")
    response.headers["Content-Disposition"] = "inline"
    return response


def preview_page(
    shown: Shown, steps: list[tuple[str, str]], download: str, picture: Callable[[str], str]
) -> str:
    """The pages of a file one below the other, or honestly why there are none.

    `steps` lead back to the owner, `download` is the address of the original, `picture` makes that of a page.
    """
    return render_template(
        "attachments/preview.html",
        shown=shown,
        steps=steps,
        download=download,
        picture=picture,
        REASON_LABELS=REASON_LABELS,
    )


def _sent(storage: Storage, sha256: str, size: int, media_type: str) -> Response:
    stream = storage.open(sha256)
    response = Response(_chunks(stream), mimetype=media_type)
    response.call_on_close(stream.close)
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
