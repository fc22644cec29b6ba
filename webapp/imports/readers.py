"""Event logs as a stream of cases: XES (IEEE 1849, plain or gzipped) and CSV.

Nothing of a file stays in memory but the case in hand: an XES trace is read and dropped, a CSV is laid
into a temporary SQLite file first, since its rows may come in any order.
"""

import csv
import gzip
import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from defusedxml.ElementTree import iterparse

from webapp.core.errors import Invalid
from webapp.core.i18n import N_

CHUNK = 1 << 20


@dataclass(frozen=True)
class LogEvent:
    """One line of a case. `at` is the instant with the file's own offset, None where the file has none;
    `position` is the place in the file's order, which decides between equal times.
    """

    name: str
    at: datetime | None
    position: int
    attributes: dict[str, str]


@dataclass(frozen=True)
class LogCase:
    id: str
    events: tuple[LogEvent, ...]


@dataclass(frozen=True)
class CsvColumns:
    case: str = "case"
    event: str = "event"
    time: str = "time"


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hex: the origin under which its events stand in the log."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_log(
    path: Path, columns: CsvColumns, zone: ZoneInfo, progress: Callable[[int], None] | None = None
) -> Iterator[LogCase]:
    """The cases of a log in the file's order; events of a case by time, equal times in the file's order.

    `zone` is for times without an offset; `progress` is told how many bytes of the file have been read.
    Raises `Invalid` where the file cannot be read as a log.
    """
    name = path.name.removesuffix(".gz")
    with path.open("rb") as raw:
        file = cast("IO[bytes]", gzip.GzipFile(fileobj=raw) if path.name.endswith(".gz") else raw)
        if name.endswith(".xes"):
            cases = _read_xes(file, zone)
        elif name.endswith(".csv"):
            cases = _read_csv(file, columns, zone)
        else:
            raise Invalid("import_format", fields={"log": [N_("只支持 .xes、.xes.gz、.csv、.csv.gz 文件。")]})
        for case in cases:
            yield case
            if progress is not None:
                progress(raw.tell())


def _read_xes(file: IO[bytes], zone: ZoneInfo) -> Iterator[LogCase]:
    stack: list[Any] = []
    count = 0
    try:
        for moment, element in iterparse(file, events=("start", "end")):
            if moment == "start":
                stack.append(element)
                continue
            stack.pop()
            if _tag(element) == "trace":
                count += 1
                yield _case(element, count, zone)
                if stack:
                    stack[-1].remove(element)
    except SyntaxError as error:  # ElementTree's ParseError: broken XML
        raise Invalid(
            "import_broken", fields={"log": [N_("文件不是完整的 XES。")]}, detail=str(error)
        ) from error


def _tag(element: Any) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _attributes(element: Any) -> dict[str, str]:
    return {
        child.get("key"): child.get("value", "")
        for child in element
        if child.get("key") and _tag(child) not in {"event", "list", "container"}
    }


def _case(trace: Any, number: int, zone: ZoneInfo) -> LogCase:
    own = _attributes(trace)
    events = []
    for position, element in enumerate(child for child in trace if _tag(child) == "event"):
        values = _attributes(element)
        at = parse_time(values.pop("time:timestamp", ""), zone)
        events.append(LogEvent(values.pop("concept:name", ""), at, position, values))
    return LogCase(own.get("concept:name") or f"#{number}", in_order(events))


def in_order(events: list[LogEvent]) -> tuple[LogEvent, ...]:
    """By time; an event without a time stays behind the one before it in the file."""
    keyed: list[tuple[float, int, LogEvent]] = []
    last = float("-inf")
    for event in events:
        if event.at is not None:
            last = event.at.timestamp()
        keyed.append((last, event.position, event))
    return tuple(event for _, _, event in sorted(keyed, key=lambda item: item[:2]))


def parse_time(text: str, zone: ZoneInfo) -> datetime | None:
    """An ISO 8601 time; without an offset it is local time of `zone`. None where there is none."""
    text = text.strip()
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _read_csv(file: IO[bytes], columns: CsvColumns, zone: ZoneInfo) -> Iterator[LogCase]:
    lines = (line.decode("utf-8-sig" if number == 0 else "utf-8") for number, line in enumerate(file))
    rows = csv.DictReader(lines)
    wanted = {columns.case, columns.event, columns.time}
    missing = wanted - set(rows.fieldnames or ())
    if missing:
        raise Invalid(
            "import_columns",
            fields={"log": [N_("CSV 缺少映射里写明的列。")]},
            missing=", ".join(sorted(missing)),
        )
    with tempfile.TemporaryDirectory() as folder:
        sorter = sqlite3.connect(Path(folder) / "rows.db")
        sorter.execute("CREATE TABLE row (id TEXT, first INTEGER, at TEXT, name TEXT, n INTEGER)")
        sorter.executemany(
            "INSERT INTO row VALUES (?, 0, ?, ?, ?)",
            ((r[columns.case], r[columns.time], r[columns.event], n) for n, r in enumerate(rows)),
        )
        sorter.execute("CREATE INDEX by_case ON row (id, n)")
        first = "SELECT id, MIN(n) FROM row GROUP BY id ORDER BY MIN(n)"
        for case_id, _ in sorter.execute(first):
            lines_of_case = sorter.execute("SELECT name, at, n FROM row WHERE id = ? ORDER BY n", (case_id,))
            events = [LogEvent(name, parse_time(at, zone), n, {}) for name, at, n in lines_of_case]
            yield LogCase(case_id, in_order(events))
        sorter.close()
