"""What may be stored as an attachment: decided by the bytes, never by the name or the sender's word."""

import io
import re
import stat
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, UnidentifiedImageError

from webapp.core.i18n import N_

MAX_FILE_BYTES = 25 * 1024 * 1024
MAX_REQUEST_BYTES = MAX_FILE_BYTES + 1024 * 1024  # the form around the file
MAX_OWNER_BYTES = 200 * 1024 * 1024
MAX_UNIT_BYTES = 2 * 1024 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_NAME_CHARS = 200
MAX_ZIP_MEMBERS = 2_000
MAX_ZIP_BYTES = 200 * 1024 * 1024
MAX_ZIP_RATIO = 100
# Small parts of a real document compress far better than 100:1; a bomb cannot hide below this size.
RATIO_FREE_BYTES = 4 * 1024 * 1024

_ARCHIVE_MAGIC = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF}


class FileKind(StrEnum):
    """The six kinds an office exchanges. The value is the usual extension."""

    PDF = "pdf"
    OFD = "ofd"
    JPG = "jpg"
    PNG = "png"
    DOCX = "docx"
    XLSX = "xlsx"


MEDIA_TYPES: dict[FileKind, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.OFD: "application/ofd",
    FileKind.JPG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PICTURED = frozenset({FileKind.PDF, FileKind.JPG, FileKind.PNG})
"""Kinds whose pages are drawn as pictures, so that they can be read without a program for them."""
_EXTENSIONS: dict[FileKind, frozenset[str]] = {
    kind: frozenset({kind.value}) | ({"jpeg"} if kind is FileKind.JPG else set()) for kind in FileKind
}
# Container entry that proves the kind of a zip-based document.
_PROOF: dict[str, FileKind] = {
    "OFD.xml": FileKind.OFD,
    "word/document.xml": FileKind.DOCX,
    "xl/workbook.xml": FileKind.XLSX,
}

REFUSALS: dict[str, str] = {
    "empty": N_("文件是空的。"),
    "too_large": N_("文件超过 25 MB。"),
    "unknown_kind": N_("只收 PDF、OFD、JPG、PNG、DOCX、XLSX，这个文件的内容不是其中一种。"),
    "name_differs": N_("文件名的后缀和内容不一致。"),
    "name_missing": N_("文件没有名字。"),
    "broken": N_("文件损坏，打不开。"),
    "picture_too_large": N_("图片超过 4000 万像素。"),
    "archive_unsafe": N_("文件里有不允许的内容：宏、内嵌压缩包、越界路径或超大条目。"),
    "owner_full": N_("这件事的材料合计超过 200 MB。"),
    "infected": N_("查毒程序认为这个文件带有病毒，没有保存。请换一份干净的文件，并告诉系统管理员。"),
    "scan_failed": N_("查毒程序没有给出结果，文件没有保存。请稍后再试；如果还不行，请告诉系统管理员。"),
    "unit_full": N_("本单位的材料合计超过 2 GB，请联系系统管理员。"),
}


class FileRefusedError(ValueError):
    """The bytes may not be stored; ``code`` is a key of ``REFUSALS``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Inspected:
    """What the bytes turned out to be. ``name`` is cleaned and safe to show, never a path."""

    name: str
    kind: FileKind


def inspect(name: str, data: bytes) -> Inspected:
    """Decide whether an upload may be stored.

    Raises FileRefusedError with the reason. The name only has to agree with what the bytes say.
    """
    if not data:
        raise FileRefusedError("empty")
    if len(data) > MAX_FILE_BYTES:
        raise FileRefusedError("too_large")
    kind = _kind_of(data)
    shown = clean_name(name)
    stem, dot, extension = shown.rpartition(".")
    if not dot or not stem or extension.lower() not in _EXTENSIONS[kind]:
        raise FileRefusedError("name_differs")
    return Inspected(name=shown, kind=kind)


def clean_name(name: str) -> str:
    """The file's name as the person knows it, without folders, control or direction-changing characters."""
    text = unicodedata.normalize("NFC", name)
    text = re.split(r"[/\\]", text)[-1]
    text = "".join(
        " " if character.isspace() else character
        for character in text
        if not (unicodedata.category(character) in {"Cc", "Cs", "Cn"} and not character.isspace())
        and ord(character) not in _BIDI
    )
    text = " ".join(text.split()).strip(". ")
    if not text:
        raise FileRefusedError("name_missing")
    stem, dot, extension = text.rpartition(".")
    if dot and len(text) > MAX_NAME_CHARS:
        text = stem[: MAX_NAME_CHARS - len(extension) - 1] + dot + extension
    return text[:MAX_NAME_CHARS]


def _kind_of(data: bytes) -> FileKind:
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-2048:]:
            raise FileRefusedError("broken")
        return FileKind.PDF
    if data.startswith(b"\xff\xd8\xff"):
        return _picture(data, "JPEG", FileKind.JPG)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _picture(data, "PNG", FileKind.PNG)
    if data.startswith(b"PK\x03\x04"):
        return _container(data)
    raise FileRefusedError("unknown_kind")


def _picture(data: bytes, expected: str, kind: FileKind) -> FileKind:
    try:
        # Pillow warns about bombs from 89 Mpx on; our own, lower cap is the one that answers.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[expected]) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    raise FileRefusedError("picture_too_large")
                picture.verify()
    except Image.DecompressionBombError as error:
        raise FileRefusedError("picture_too_large") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, FileRefusedError):
            raise
        raise FileRefusedError("broken") from error
    return kind


def _container(data: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_declared(members, len(data))
            kind = _kind_by_members({member.filename for member in members})
            _check_streams(archive, members)
            return kind
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        # RuntimeError: an encrypted member; NotImplementedError: an unknown compression.
        raise FileRefusedError("broken") from error


def _kind_by_members(names: set[str]) -> FileKind:
    found = [kind for proof, kind in _PROOF.items() if proof in names]
    if len(found) != 1:
        raise FileRefusedError("unknown_kind")
    if found[0] is not FileKind.OFD and "[Content_Types].xml" not in names:
        raise FileRefusedError("broken")
    return found[0]


def _check_declared(members: Iterable[zipfile.ZipInfo], packed: int) -> None:
    total = 0
    for count, member in enumerate(members, start=1):
        total += member.file_size
        name = member.filename
        unsafe = (
            count > MAX_ZIP_MEMBERS
            or name.startswith(("/", "\\"))
            or ".." in re.split(r"[/\\]", name)
            or re.match(r"[A-Za-z]:", name) is not None
            or stat.S_ISLNK(member.external_attr >> 16)
            or name.rsplit("/", 1)[-1].lower() == "vbaproject.bin"
        )
        if unsafe:
            raise FileRefusedError("archive_unsafe")
    if total > MAX_ZIP_BYTES or (total > RATIO_FREE_BYTES and total > packed * MAX_ZIP_RATIO):
        raise FileRefusedError("archive_unsafe")


def _check_streams(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> None:
    """Unpack once without keeping anything, because the declared sizes are the sender's own claim."""
    for member in members:
        if member.is_dir():
            continue
        read = 0
        with archive.open(member) as stream:
            first = stream.read(65_536)
            if first.startswith(_ARCHIVE_MAGIC) or b"<!ENTITY" in first or b"macroEnabled" in first:
                raise FileRefusedError("archive_unsafe")
            chunk = first
            while chunk:
                read += len(chunk)
                if read > member.file_size or read > MAX_ZIP_BYTES:
                    raise FileRefusedError("archive_unsafe")
                chunk = stream.read(65_536)
