"""Addresses of static files carry a piece of their hash, so that browsers may keep them for a year."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask

YEAR_SECONDS = 31_536_000


def install(app: Flask) -> None:
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR_SECONDS
    folder = Path(app.static_folder or "")

    def version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values.setdefault("v", _fingerprint(folder / str(values["filename"])))

    app.url_default_functions.setdefault(None, []).append(version)


@cache
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""
