"""A program of its own: draws the pages of one file as pictures, inside limits the system enforces, and ends.

Files come from outside, and the libraries that read them are large: a file that makes them loop, swell or fall
over takes this process with it, never the worker. It reads one file, writes pictures into one folder and says on
its output what became of it (JSON). It knows nothing of the rest of the product and gets no environment.

    python -I render.py pdf|picture SOURCE FOLDER
"""

import json
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

CPU_SECONDS = 15
WALL_SECONDS = 20
"""The caller ends the program after this long: a process that sleeps uses no processor time."""
MEMORY_BYTES = 1 << 30
"""Address space. A page of text takes about 250 MB of it, a picture of 40 million pixels about 500 MB."""
WRITTEN_BYTES = 8 << 20
"""The largest single picture written."""
MAX_PAGES = 60
MAX_PIXELS = 40_000_000
"""Of a picture as it was sent."""
PAGE_WIDTH = 1240
"""Pixels: A4 at 150 dots per inch, sharp on a phone at three dots to a point."""
PAGE_PIXELS = 4_000_000
MAX_SIDE = 16_000
"""WebP itself ends at 16,383."""
MAX_SCALE = 4.0
QUALITY = 80
WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD


class RefusedError(Exception):
    """The file is outside the limits; the code says which, `pages` how many it has."""

    def __init__(self, code: str, pages: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.pages = pages


def confine() -> None:
    """Set the limits for this process, before a byte of the file is read."""
    wanted = {
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: WRITTEN_BYTES,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
    }
    if (
        sys.platform != "darwin"
    ):  # its kernel refuses a limit on address space; time and size still hold there
        wanted[resource.RLIMIT_AS] = MEMORY_BYTES
    for what, most in wanted.items():
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most, most) if hard == resource.RLIM_INFINITY else (min(most, hard), hard))


def draw_pdf(source: Path, folder: Path) -> list[dict[str, int]]:
    """Every page of a PDF. Raises `RefusedError`."""
    import pypdfium2  # noqa: PLC0415 - after the limits are set

    try:
        document = pypdfium2.PdfDocument(source)
        count = len(document)
        if count > MAX_PAGES:
            raise RefusedError("too_many_pages", count)
        document.init_forms()
        drawn = [_page(document[number], folder, number + 1) for number in range(count)]
    except pypdfium2.PdfiumError as error:
        raise RefusedError("locked" if error.err_code == WRONG_PASSWORD else "damaged") from error
    if not drawn:
        raise RefusedError("damaged")
    return drawn


def _page(page: Any, folder: Path, number: int) -> dict[str, int]:
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise RefusedError("damaged")
    scale = min(PAGE_WIDTH / width, MAX_SIDE / height, (PAGE_PIXELS / (width * height)) ** 0.5, MAX_SCALE)
    bitmap = page.render(scale=scale, may_draw_forms=True)
    written = _write(bitmap.to_pil(), folder, number)
    bitmap.close()
    page.close()
    return written


def draw_picture(source: Path, folder: Path) -> list[dict[str, int]]:
    """A photograph or scan, upright and no wider than a page, without what the camera wrote into it."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - after the limits are set

    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is the one that answers
    try:
        with Image.open(source, formats=["JPEG", "PNG"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise RefusedError("too_large")
            picture.draft("RGB", (PAGE_WIDTH * 2, PAGE_WIDTH * 4))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((PAGE_WIDTH, PAGE_WIDTH * 3))
            flat = Image.new("RGB", upright.size, "white")
            see_through = upright.has_transparency_data
            flat.paste(upright, mask=upright.convert("RGBA").getchannel("A") if see_through else None)
    except Image.DecompressionBombError as error:
        raise RefusedError("too_large") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise RefusedError("damaged") from error
    return [_write(flat, folder, 1)]


def _write(picture: Any, folder: Path, number: int) -> dict[str, int]:
    """One page as WebP, about a third of a JPEG's size on a phone's line."""
    picture.convert("RGB").save(folder / f"{number}.webp", "WEBP", quality=QUALITY, method=3)
    return {"width": picture.width, "height": picture.height}


def main(kind: str, source: str, folder: str) -> dict[str, Any]:
    """What became of the file: `pages`, or `code` with the reason and how many pages were counted."""
    confine()
    draw = draw_pdf if kind == "pdf" else draw_picture
    try:
        return {"pages": draw(Path(source), Path(folder))}
    except RefusedError as refused:
        return {"code": refused.code, "count": refused.pages}
    except MemoryError:
        return {"code": "too_heavy", "count": 0}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
