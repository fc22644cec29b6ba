"""Files in a local folder, named by the SHA-256 of their content, so that a path never comes from outside."""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from webapp.core.errors import NotFound

_CHUNK = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


class LocalStorage:
    """A folder outside any static root. A file is whole or absent, also after a power cut."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, content: BinaryIO) -> tuple[str, int]:
        """Store and return (SHA-256 in hex, size in bytes). The same content is kept once."""
        digest = hashlib.sha256()
        size = 0
        handle, name = tempfile.mkstemp(prefix=".incoming-", dir=self._root)
        incoming = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                while chunk := content.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            place = self._place(digest.hexdigest())
            if place.exists():
                incoming.unlink()
            else:
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                incoming.replace(place)
                for folder in (place.parent, place.parent.parent, self._root):
                    _sync_folder(folder)
        except BaseException:
            incoming.unlink(missing_ok=True)
            raise
        return digest.hexdigest(), size

    def open(self, sha256: str) -> BinaryIO:
        """The stored bytes. Raises `NotFound` when there is no such file."""
        place = self._place(sha256)
        if not place.is_file():
            raise NotFound
        return place.open("rb")

    def _place(self, sha256: str) -> Path:
        if not _DIGEST.fullmatch(sha256):
            raise NotFound
        return self._root / sha256[:2] / sha256[2:4] / sha256


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, not only the bytes."""
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
