"""Files made to be two things at once, or to hurt whoever opens them: refused in words, or handed out harmlessly."""

import io
import zipfile

import pytest
from PIL import Image

from tests.unit.attachments.test_what_may_be_stored import DOCX, PDF, archive, bomb, huge_png, picture
from webapp.attachments.models import Attachment
from webapp.attachments.rules import MEDIA_TYPES, REFUSALS, FileKind, FileRefusedError, inspect
from webapp.attachments.views import file_response
from webapp.core.i18n import gettext, in_locale
from webapp.core.storage import LocalStorage

SCRIPT = b"<html><script>alert(document.cookie)</script></html>"
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
OPENING = b"1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def encrypted_member():
    raw = bytearray(archive(DOCX))
    for signature, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = raw.find(signature)
        while place >= 0:
            raw[place + flag] |= 1
            place = raw.find(signature, place + 4)
    return bytes(raw)


def overlapping(times=400):
    """Many names in the directory that all lead to the same packed megabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in DOCX.items():
            made.writestr(name, data)
        made.writestr("word/kernel", b"\0" * 1_000_000)
        kernel = made.getinfo("word/kernel")
        for number in range(times):
            twin = zipfile.ZipInfo(f"word/m{number}")
            for name in (
                "header_offset",
                "compress_type",
                "compress_size",
                "file_size",
                "CRC",
                "external_attr",
            ):
                setattr(twin, name, getattr(kernel, name))
            made.filelist.append(twin)
            made.NameToInfo[twin.filename] = twin
    return out.getvalue()


def gif():
    out = io.BytesIO()
    Image.new("P", (2, 2)).save(out, "GIF")
    return out.getvalue()


REFUSED = {
    "a page as a PDF": ("a.pdf", SCRIPT + PDF),
    "a page as a picture": ("a.png", SCRIPT + picture()),
    "a drawing with a script": ("a.svg", SVG),
    "a drawing with a script called a picture": ("a.png", SVG),
    "a picture of a kind not taken that is a page too": ("a.png", gif() + SCRIPT),
    "a program before an archive": ("a.docx", b"MZ" + archive(DOCX)),
    "a picture that claims to be a document": ("a.docx", picture()),
    "a document that claims to be a page": ("a.pdf.html", PDF),
    "a document with two endings": ("a.pdf.exe", PDF),
    "a document that turns its ending around": ("a\u202efdp.exe", PDF),
    "macros": ("a.docx", archive({**DOCX, "word/vbaProject.bin": "x"})),
    "macros in other letters": ("a.docx", archive({**DOCX, "word/VBAPROJECT.BIN": "x"})),
    "macros by their type": ("a.docx", archive({**DOCX, "[Content_Types].xml": MACROS})),
    "a bomb": ("a.docx", bomb()),
    "a bomb of overlapping parts": ("a.docx", overlapping()),
    "an archive in an archive": ("a.docx", archive({**DOCX, "x.docx": archive(DOCX)})),
    "a locked archive": ("a.docx", encrypted_member()),
    "entities": ("a.docx", archive({**DOCX, "x.xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'})),
    "a path upwards": ("a.docx", archive({**DOCX, "word/../../x": "x"})),
    "a path of another system": ("a.docx", archive({**DOCX, "..\\..\\x": "x"})),
    "a hundred million points": ("a.png", huge_png()),
    "nothing": ("a.pdf", b""),
    "a name of nothing but direction": ("\u202e\u200f", PDF),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_in_words_of_both_languages(what):
    name, data = REFUSED[what]
    with pytest.raises(FileRefusedError) as caught:
        inspect(name, data)
    with in_locale("en"):
        assert gettext(REFUSALS[caught.value.code]).isascii()
    assert REFUSALS[caught.value.code].endswith("。")


HARMLESS = {
    "a document and an archive in one": ("两用.pdf", PDF + archive({"x.txt": "x"}) + b"%%EOF"),
    "a document with a page in it": ("网页.pdf", b"%PDF-1.7\n" + SCRIPT + b"\n%%EOF"),
    "a document that opens a script": ("动作.pdf", PDF[:9] + OPENING),
    "a locked document": ("加密.pdf", b"%PDF-1.7\ntrailer<</Encrypt 5 0 R>>\n%%EOF"),
    "a picture and a page in one": ("图.png", picture() + SCRIPT),
    "a photograph and an archive in one": ("照片.jpg", picture("JPEG") + archive({"x.txt": "x"})),
    "a name that leads upwards": ("../../etc/cron.d/任务.pdf", PDF),
    "a name with a line break": ("a\r\nSet-Cookie: x=1\r\n.pdf", PDF),
    "a name that breaks out of quotes": ('a"; filename="b.html";.pdf', PDF),
}  # fmt: skip


@pytest.mark.parametrize("what", HARMLESS)
def test_it_leaves_the_house_as_a_download_of_its_kind_that_nothing_in_it_can_act(what, tmp_path):
    name, data = HARMLESS[what]
    found = inspect(name, data)
    storage = LocalStorage(tmp_path)
    sha256, size = storage.put(io.BytesIO(data))
    row = Attachment(name=found.name, kind=FileKind(found.kind), sha256=sha256, size=size)
    response = file_response(storage, row)
    response.close()
    assert response.mimetype == MEDIA_TYPES[found.kind]
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert disposition.isascii()
    assert not any(part in disposition for part in ("\r", "\n", "/", "..", '; filename="b'))
    assert disposition.count('"') == 2
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
