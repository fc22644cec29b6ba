"""Uploads are judged by their bytes."""

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from webapp.attachments.rules import FileKind, FileRefusedError, clean_name, inspect

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(form="PNG", size=(8, 8)):
    out = io.BytesIO()
    Image.new("RGB", size).save(out, form)
    return out.getvalue()


def archive(members, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


DOCX = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}
XLSX = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>"}
OFD = {"OFD.xml": "<ofd/>", "Doc_0/Document.xml": "<d/>"}


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("邀请函.pdf", PDF, FileKind.PDF),
        ("照片.JPEG", picture("JPEG"), FileKind.JPG),
        ("照片.png", picture(), FileKind.PNG),
        ("日程.docx", archive(DOCX), FileKind.DOCX),
        ("预算.xlsx", archive(XLSX), FileKind.XLSX),
        ("批复.ofd", archive(OFD), FileKind.OFD),
    ],
)
def test_the_six_kinds_are_known_by_content_and_keep_their_chinese_names(name, data, kind):
    found = inspect(name, data)
    assert (found.kind, found.name) == (kind, name)


def bomb():
    return archive({**DOCX, "word/media/x.bin": b"\0" * 30_000_000})


def lying():
    """A member whose header claims 10 bytes while 100,000 come out."""
    raw = bytearray(archive({**DOCX, "a.xml": b"x" * 100_000}))
    size = struct.pack("<I", 100_000)
    place = raw.find(size)
    while place >= 0:
        raw[place : place + 4] = struct.pack("<I", 10)
        place = raw.find(size)
    return bytes(raw)


def huge_png():
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", b"", "empty"),
        ("a.pdf", b"%PDF-" + b"0" * (25 * 1024 * 1024), "too_large"),
        ("a.pdf", b"%PDF-1.7 cut off", "broken"),
        ("a.pdf", b"MZ\x90\x00 a program", "unknown_kind"),
        ("a.html", b"<html><script>alert(1)</script>", "unknown_kind"),
        ("a.exe", PDF, "name_differs"),
        ("邀请函", PDF, "name_differs"),
        ("a.png", picture("JPEG"), "name_differs"),
        ("a.png", picture()[:40], "broken"),
        ("a.png", huge_png(), "picture_too_large"),
        ("a.zip", archive({"x.txt": "x"}), "unknown_kind"),
        ("a.docx", archive({**DOCX, **XLSX}), "unknown_kind"),
        ("a.docx", archive({"word/document.xml": "<w/>"}), "broken"),
        ("a.docx", archive(DOCX)[:-30], "broken"),
        ("a.docx", archive({**DOCX, "word/vbaProject.bin": "x"}), "archive_unsafe"),
        ("a.docx", archive({**DOCX, "../../etc/x": "x"}), "archive_unsafe"),
        ("a.docx", archive({**DOCX, "/abs": "x"}), "archive_unsafe"),
        ("a.docx", archive({**DOCX, "word/embeddings/a.zip": archive({"b": "c"})}), "archive_unsafe"),
        ("a.docx", archive({**DOCX, "e.xml": '<!DOCTYPE a [<!ENTITY b "c">]>'}), "archive_unsafe"),
        ("a.docx", archive({**DOCX, **{f"m{n}": "" for n in range(2_001)}}), "archive_unsafe"),
        ("a.docx", bomb(), "archive_unsafe"),
    ],
)
def test_what_is_refused_and_why(name, data, code):
    with pytest.raises(FileRefusedError) as caught:
        inspect(name, data)
    assert caught.value.code == code


def test_an_archive_whose_headers_lie_about_sizes_is_refused():
    with pytest.raises(FileRefusedError):
        inspect("a.docx", lying())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\临时\\邀请函 最终版.pdf", "邀请函 最终版.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("a\x00b\u202egpj.pdf", "abgpj.pdf"),
        ("  两行\n名字.pdf ", "两行 名字.pdf"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
    ],
)
def test_names_are_shown_as_people_know_them_but_never_lead_anywhere(given, kept):
    assert clean_name(given) == kept
