"""Papers of the demo: small real PDF files, so that they can be read in the application like an office's own."""

from collections.abc import Sequence

_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F1 4 0 R>>>>>>"
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


def letter(lines: Sequence[str]) -> bytes:
    """One A4 page with these lines in Latin letters, the first one large; a font every reader has by itself."""
    drawn = [f"BT /F1 18 Tf 72 760 Td ({_escaped(lines[0])}) Tj ET"]
    drawn += [
        f"BT /F1 11 Tf 72 {726 - 18 * place} Td ({_escaped(line)}) Tj ET"
        for place, line in enumerate(lines[1:])
    ]
    content = "\n".join(drawn).encode("cp1252", "replace")
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        _PAGE,
        _FONT,
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    )
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj%sendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
