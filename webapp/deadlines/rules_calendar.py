"""Reading a year's notice as the office pastes it: the State Council's own sentences, or a simple list."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.core.i18n import N_
from webapp.deadlines.calendar import DayKind

_BRACKETS = re.compile(r"（[^）]*）|\([^)]*\)")
_TITLE = re.compile(r"^\s*(?:[一二三四五六七八九十]+|[0-9]+)[、.．]\s*([^：:，。]{1,12})[：:]")
_DAY = r"(?:([0-9]{4})年)?(?:([0-9]{1,2})月)?([0-9]{1,2})日"
_ONE = re.compile(_DAY)
_RANGE = re.compile(rf"{_DAY}\s*(?:至|到|—|-|~|～)\s*{_DAY}")
_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_KINDS = {
    "休": DayKind.OFF,
    "放假": DayKind.OFF,
    "off": DayKind.OFF,
    "班": DayKind.WORKED,
    "上班": DayKind.WORKED,
    "worked": DayKind.WORKED,
}
LONGEST_HOLIDAY = 31

PROBLEMS: dict[str, str] = {
    "nothing_found": N_("没有找到放假或上班的日期。请粘贴通知正文，或每行一个日期：2027-02-06,休,春节。"),
    "worked_weekday": N_("%(day)s 本来就是工作日，不能标为调休上班。"),
    "no_such_day": N_("没有 %(text)s 这一天。"),
    "unknown_kind": N_("第 %(line)s 行：请写“休”或“班”。"),
    "long_range": N_("%(text)s 太长，请核对。"),
}


class NoticeError(Exception):
    """The text cannot be taken; `code` is one of PROBLEMS."""

    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.details = details
        super().__init__(code)


@dataclass(frozen=True)
class NoticeDay:
    day: date
    kind: DayKind
    name: str


@dataclass(frozen=True)
class Change:
    """One day that a notice would change; None is an ordinary day."""

    day: date
    before: DayKind | None
    after: DayKind | None
    name: str


def read(text: str, year: int) -> tuple[NoticeDay, ...]:
    """The days of one year from a pasted notice or list, in order. Raises `NoticeError`.

    Days of a neighbouring year that a notice names (the last days of December) are left out: they belong
    to that year's own table, which the office edits.
    """
    found = _from_list(text) if _looks_like_list(text) else _from_sentences(text, year)
    own = {entry.day: entry for entry in found if entry.day.year == year}
    if not own:
        raise NoticeError("nothing_found")
    for entry in own.values():
        if entry.kind is DayKind.WORKED and entry.day.weekday() < 5:  # noqa: PLR2004 - Monday to Friday
            raise NoticeError("worked_weekday", day=entry.day.isoformat())
    return tuple(own[day] for day in sorted(own))


_WORDS = {DayKind.OFF: "休", DayKind.WORKED: "班"}


def as_list(days: Iterable[NoticeDay]) -> str:
    """The days as the simple list that `read` takes, to be looked at and saved."""
    return "\n".join(
        ",".join(filter(None, (entry.day.isoformat(), _WORDS[entry.kind], entry.name))) for entry in days
    )


def differences(before: Mapping[date, DayKind], after: Iterable[NoticeDay]) -> tuple[Change, ...]:
    """What the notice changes against the days held now."""
    new = {entry.day: entry for entry in after}
    changes = []
    for day in sorted(set(before) | set(new)):
        entry = new.get(day)
        kind = entry.kind if entry else None
        if before.get(day) is not kind:
            changes.append(Change(day, before.get(day), kind, entry.name if entry else ""))
    return tuple(changes)


def _looks_like_list(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and sum(bool(_ISO.match(line.strip())) for line in lines) * 2 >= len(lines)


def _from_list(text: str) -> list[NoticeDay]:
    found = []
    separated = text.replace("，", ",").replace("\t", ",")
    for number, cells in enumerate(csv.reader(io.StringIO(separated)), start=1):
        match = _ISO.fullmatch(cells[0].strip()) if cells else None
        if match is None:
            continue
        kind = _KINDS.get(cells[1].strip().lower() if len(cells) > 1 else "")
        if kind is None:
            raise NoticeError("unknown_kind", line=number)
        name = cells[2].strip()[:40] if len(cells) > 2 else ""  # noqa: PLR2004 - third column
        found.append(NoticeDay(_day(*match.groups()), kind, name))
    return found


def _from_sentences(text: str, year: int) -> list[NoticeDay]:
    found: list[NoticeDay] = []
    name = ""
    for raw in re.split(r"[。；;\n]", _BRACKETS.sub("", text)):
        title = _TITLE.match(raw)
        if title:
            name = title.group(1).strip()
        body = raw[title.end() :] if title else raw
        month: int | None = None
        for clause in re.split(r"[，,]", body):
            kind = DayKind.WORKED if "上班" in clause else DayKind.OFF if "放假" in clause else None
            days, month = _days(clause, year, month)
            if kind is not None:
                found.extend(NoticeDay(day, kind, name) for day in days)
    return found


def _days(clause: str, year: int, month: int | None) -> tuple[list[date], int | None]:
    """The days a clause names, ranges spelled out, and the month that a bare day number continues."""
    days: list[date] = []
    rest = clause
    for match in _RANGE.finditer(clause):
        y1, m1, d1, y2, m2, d2 = match.groups()
        first_month = int(m1) if m1 else month
        if first_month is None:
            continue
        first = _day(y1 or year, first_month, d1)
        last = _day(y2 or first.year, m2 or first.month, d2)
        length = (last - first).days
        if not 0 <= length <= LONGEST_HOLIDAY:
            raise NoticeError("long_range", text=match.group(0))
        days.extend(first + timedelta(days=i) for i in range(length + 1))
        month = last.month
        rest = rest.replace(match.group(0), "")
    for match in _ONE.finditer(rest):
        y, m, d = match.groups()
        month = int(m) if m else month
        if month is not None:
            days.append(_day(y or year, month, d))
    return days, month


def _day(year: str | int, month: str | int, day: str | int) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise NoticeError("no_such_day", text=f"{year}-{month}-{day}") from None
