"""The Procfile read as data, so that `up` runs exactly what any other process manager would run."""

import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

LINE = re.compile(r"(?P<name>[a-z]+):\s*(?P<command>.+)")
# The one shell form the Procfile may use: a variable with what it is when unset.
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+):-(?P<default>[^}]*)\}")


def read(path: Path) -> dict[str, str]:
    """Process name → its line. Raises `ValueError` for a line that is neither empty nor `name: command`."""
    lines: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{path}: not a `name: command` line: {line!r}")
        lines[match["name"]] = match["command"]
    return lines


def command(line: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The words of one line with its variables filled in; `python` is the Python that runs this."""
    filled = VARIABLE.sub(lambda match: environment.get(match["name"]) or match["default"], line)
    first, *others = shlex.split(filled)
    return (sys.executable if first == "python" else first, *others)
