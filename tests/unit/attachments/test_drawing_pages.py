"""The program that draws pages: what it draws, what it refuses, and that the system ends it when it must."""

import io
import json
import subprocess
import sys

import pytest
from PIL import Image

from webapp.attachments import render

PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s]/Contents 4 0 R/Resources<<>>>>"


def pdf(pages=1, content=b"0.8 0.1 0.1 rg 100 100 200 300 re f", size=b"595 842"):
    """A small real document of equal pages."""
    kids = " ".join(f"{number} 0 R" for number in range(5, 5 + pages)).encode()
    bodies = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        4: b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        **dict.fromkeys(range(5, 5 + pages), PAGE % size),
    }
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in bodies.items():
        places[number] = len(out)
        out += b"%d 0 obj" % number + body + b"endobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (5 + pages, start)
    return bytes(out)


def picture(form="PNG", size=(40, 20), mode="RGB", **more):
    out = io.BytesIO()
    Image.new(mode, size, more.pop("colour", 0)).save(out, form, **more)
    return out.getvalue()


def drawn(tmp_path, kind, data, program=render.__file__):
    source = tmp_path / "source"
    source.write_bytes(data)
    return subprocess.run(
        [sys.executable, "-I", program, kind, str(source), str(tmp_path)],
        capture_output=True,
        timeout=60,
        env={},
        check=False,
    )


def said(tmp_path, kind, data):
    done = drawn(tmp_path, kind, data)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_page_of_a_pdf_becomes_a_picture_sharp_enough_for_a_phone(tmp_path):
    pages = said(tmp_path, "pdf", pdf(3))["pages"]
    assert [page["width"] for page in pages] == [1240, 1240, 1240]
    with Image.open(tmp_path / "3.webp") as page:
        assert page.size == (1240, pages[2]["height"])
        red = page.convert("RGB").getpixel((400, 1200))
    assert red[0] > 180
    assert red[1] < 60


def test_a_photograph_is_turned_upright_and_loses_what_the_camera_wrote(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif[0x010E] = "taken at a secret place"
    pages = said(tmp_path, "picture", picture("JPEG", (4000, 2000), exif=exif))["pages"]
    assert (pages[0]["width"], pages[0]["height"]) == (1240, 2480)
    assert b"secret" not in (tmp_path / "1.webp").read_bytes()


def test_a_see_through_picture_is_shown_on_white(tmp_path):
    said(tmp_path, "picture", picture("PNG", mode="RGBA", colour=(0, 0, 0, 0)))
    with Image.open(tmp_path / "1.webp") as page:
        assert min(page.convert("RGB").getpixel((5, 5))) > 250


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "I;16", "CMYK"])
def test_pictures_of_every_make_are_drawn(tmp_path, mode):
    form = "JPEG" if mode == "CMYK" else "PNG"
    assert said(tmp_path, "picture", picture(form, mode=mode))["pages"]


@pytest.mark.parametrize(
    ("kind", "data", "code", "count"),
    [
        ("pdf", pdf(61), "too_many_pages", 61),
        ("pdf", b"%PDF-1.7\nnothing\n%%EOF", "damaged", 0),
        ("picture", b"\x89PNG\r\n\x1a\nnothing", "damaged", 0),
        ("picture", picture("PNG", (8000, 5001), mode="1"), "too_large", 0),
        ("picture", picture("PNG", (300, 300))[:-60], "damaged", 0),
    ],
    ids=["61 pages", "broken pdf", "broken picture", "too many pixels", "cut off"],
)
def test_what_is_outside_the_limits_or_broken_is_named(tmp_path, kind, data, code, count):
    assert said(tmp_path, kind, data) == {"code": code, "count": count}


def test_a_page_of_absurd_size_is_drawn_within_the_pixels_of_a_page(tmp_path):
    for size in (b"9 9999", b"14400 14400", b"1 1"):
        page = said(tmp_path, "pdf", pdf(size=size))["pages"][0]
        assert page["width"] * page["height"] <= render.PAGE_PIXELS * 1.01


@pytest.mark.parametrize(
    ("waste", "ended"),
    [
        ("while True: pass", "cpu"),
        ("x = bytearray(3 << 30)", "memory"),
        ("open('f','wb').write(bytes(9 << 20))", "size"),
    ],
)
def test_the_system_itself_ends_what_takes_too_much(tmp_path, waste, ended):
    """The limits are the kernel's, not a promise of the libraries."""
    limits = "render.CPU_SECONDS = 1" if ended == "cpu" else ""
    program = tmp_path / "wasteful.py"
    program.write_text(
        f"import runpy, sys, os\nos.chdir({str(tmp_path)!r})\n"
        f"import importlib.util as u\ns = u.spec_from_file_location('render', {render.__file__!r})\n"
        f"render = u.module_from_spec(s)\ns.loader.exec_module(render)\n{limits}\nrender.confine()\n{waste}\n"
    )
    done = subprocess.run([sys.executable, "-I", str(program)], capture_output=True, timeout=30, check=False)
    if ended == "cpu":
        assert done.returncode < 0
    else:
        assert done.returncode != 0
        assert (b"MemoryError" if ended == "memory" else b"File too large") in done.stderr
