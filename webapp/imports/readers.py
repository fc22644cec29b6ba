"""Event logs as a stream of cases: XES (IEEE 1849, plain or gzipped) and CSV.

Nothing of a file stays in memory but the case in hand: an XES trace is read and dropped, a CSV is laid
into a temporary SQLite file first, since its rows may come in any order.
"""

import codecs
import csv
import gzip
import hashlib
import io
import json
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from defusedxml.ElementTree import iterparse

from webapp.core.errors import Invalid
from webapp.core.i18n import N_

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of a case. `at` is the instant with the file's own offset, None where the file has none;
    `position` is the place in the file's order, which decides between equal times; `actor` is who the file
    names as acting, empty where it names nobody.
    """

    name: str
    at: datetime | None
    position: int
    actor: str = ""


@dataclass(frozen=True)
class LogCase:
    id: str
    events: tuple[LogEvent, ...]


@dataclass(frozen=True)
class Columns:
    """Which attributes (XES) or columns (CSV) hold what. Several for an event are joined by "/"."""

    case: str
    event: tuple[str, ...]
    time: str
    actor: str = ""
    encoding: str = "utf-8"

    @property
    def all(self) -> tuple[str, ...]:
        return (self.case, *self.event, self.time, *((self.actor,) if self.actor else ()))


XES_COLUMNS = Columns(case="concept:name", event=("concept:name",), time="time:timestamp")
CSV_COLUMNS = Columns(case="case", event=("event",), time="time")


@dataclass(frozen=True)
class Form:
    """How a log of one system is laid out, as XES and as CSV; `zone` is for times without an offset."""

    zone: ZoneInfo
    xes: Columns = XES_COLUMNS
    csv: Columns = CSV_COLUMNS


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hex: the origin under which its events stand in the log."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_log(path: Path, form: Form, progress: Callable[[int], None] | None = None) -> Iterator[LogCase]:
    """The cases of a log in the file's order; events of a case by time, equal times in the file's order.

    `progress` is told how much of the file's bytes is done. Raises `Invalid` where the file cannot be read as a log.
    """
    name = path.name.removesuffix(".gz")
    with path.open("rb") as raw:
        file = cast("IO[bytes]", gzip.GzipFile(fileobj=raw) if path.name.endswith(".gz") else raw)
        if name.endswith(".xes"):
            cases: Iterator[tuple[LogCase, int]] = ((case, raw.tell()) for case in _read_xes(file, form))
        elif name.endswith(".csv"):
            cases = _read_csv(file, form, path.stat().st_size)
        else:
            raise Invalid("import_format", fields={"log": [N_("只支持 .xes、.xes.gz、.csv、.csv.gz 文件。")]})
        try:
            for case, done in cases:
                yield case
                if progress is not None:
                    progress(done)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            text = N_("压缩文件不完整或已损坏。")
            raise Invalid("import_broken", fields={"log": [text]}, detail=str(error)) from error


def _read_xes(file: IO[bytes], form: Form) -> Iterator[LogCase]:
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
                yield _case(element, count, form)
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


def _case(trace: Any, number: int, form: Form) -> LogCase:
    own = _attributes(trace)
    events = []
    for position, element in enumerate(child for child in trace if _tag(child) == "event"):
        events.append(_event(_attributes(element), position, form.xes, form.zone))
    return LogCase(own.get(form.xes.case) or f"#{number}", in_order(events))


def _event(values: Mapping[str, str | None], position: int, columns: Columns, zone: ZoneInfo) -> LogEvent:
    name = "/".join(values.get(column) or "" for column in columns.event)
    actor = (values.get(columns.actor) or "") if columns.actor else ""
    at = parse_time(values.get(columns.time) or "", zone)
    return LogEvent(_storable(name), at, position, _storable(actor))


def _storable(text: str) -> str:
    """PostgreSQL's texts hold no NUL."""
    return text.replace("\0", "\ufffd")


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
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        return at if at.astimezone(UTC) else None
    except (ValueError, OverflowError):  # no time, or one that is none in UTC (year 1 or 9999)
        return None


def _read_csv(file: IO[bytes], form: Form, size: int) -> Iterator[tuple[LogCase, int]]:
    """Laying the rows out counts as a third of the work, the cases as the rest."""
    columns = form.csv
    with tempfile.TemporaryDirectory() as folder:
        sorter = sqlite3.connect(Path(folder) / "rows.db")
        text = io.TextIOWrapper(file, _codec(columns.encoding), newline="")
        try:
            total = _lay_out(sorter, text, columns)
            first = "SELECT id, MIN(n) FROM line GROUP BY id ORDER BY MIN(n)"
            done = 0
            for case_id, _ in sorter.execute(first):
                lines = sorter.execute("SELECT n, line FROM line WHERE id = ? ORDER BY n", (case_id,))
                events = [
                    _event(dict(zip(columns.all, json.loads(line), strict=True)), n, columns, form.zone)
                    for n, line in lines
                ]
                done += len(events)
                yield (
                    LogCase(_storable(case_id) or "#0", in_order(events)),
                    size * (total + 2 * done) // (3 * total),
                )
        finally:
            text.detach()
            sorter.close()


def _lay_out(sorter: sqlite3.Connection, file: IO[str], columns: Columns) -> int:
    """The rows into a table by case, since they may come in any order. Returns how many there are."""
    sorter.execute("CREATE TABLE line (id TEXT, n INTEGER, line TEXT)")
    try:
        rows = csv.DictReader(file)
        missing = set(columns.all) - set(rows.fieldnames or ())
        if missing:
            raise Invalid(
                "import_columns",
                fields={"log": [N_("CSV 缺少映射里写明的列。")]},
                missing=", ".join(sorted(missing)),
            )
        sorter.executemany(
            "INSERT INTO line VALUES (?, ?, ?)",
            (
                (row[columns.case] or "", n, json.dumps([row[name] for name in columns.all]))
                for n, row in enumerate(rows)
            ),
        )
    except (UnicodeDecodeError, csv.Error) as error:
        text = N_("CSV 不是映射里写明的编码，或者不是完整的 CSV。")
        raise Invalid("import_broken", fields={"log": [text]}, detail=str(error)) from error
    sorter.execute("CREATE INDEX by_case ON line (id, n)")
    return int(sorter.execute("SELECT count(*) FROM line").fetchone()[0])


def _codec(encoding: str) -> str:
    """UTF-8 files of Windows programs begin with a mark that belongs to no column."""
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
