"""A file of fee standards as values: what it says, line by line what is wrong, and how it differs from what holds."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from webapp.core.i18n import N_, gettext
from webapp.rulebook import places
from webapp.rulebook.fees import FeeStandard, FeeTable

# Our own names of the columns, and those of the table as it is passed around between offices.
COLUMNS = ("country_zh", "cities_zh", "currency", "lodging", "meals", "incidentals")
OTHER_NAMES = {
    "lodging_cap_per_person_day": "lodging",
    "meals_allowance_per_person_day": "meals",
    "misc_allowance_per_person_day": "incidentals",
}
_LETTERS = 3
_MOST = 10_000_000  # yen have many digits
_MOST_PROBLEMS = 200
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Problem:
    """A line that cannot be taken: `line` counts from 1 (the header); `text` with `what` filled in says why."""

    line: int
    text: str
    what: str

    def sentence(self) -> str:
        return gettext(self.text, line=self.line, what=self.what)


@dataclass(frozen=True)
class FeeFile:
    """What a file holds: the rows that can be taken, and the lines that cannot."""

    standards: tuple[FeeStandard, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class FeeChange:
    """One place whose amounts or currency differ."""

    before: FeeStandard
    after: FeeStandard


@dataclass(frozen=True)
class FeeDifference:
    """A new table against the one that holds. `same_count` counts cities, and countries without named ones."""

    new: tuple[FeeStandard, ...]
    changed: tuple[FeeChange, ...]
    gone: tuple[FeeStandard, ...]
    same_count: int


def read(lines: Iterable[str]) -> FeeFile:
    """Fee standards from a CSV with a header; every wrong line is named, not only the first.

    A country may be given by its code or its name in either language; cities are separated by 、 or a comma.
    """
    reader = csv.DictReader(lines)
    try:
        names = [_own_name(name) for name in reader.fieldnames or ()]
    except csv.Error:
        names = []
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        return FeeFile((), (Problem(1, N_("第 %(line)s 行：表头缺少列 %(what)s。"), ", ".join(missing)),))
    reader.fieldnames = names
    taken: dict[tuple[str, tuple[str, ...]], FeeStandard] = {}
    problems: list[Problem] = []
    for row in reader:
        number = reader.line_num  # as an editor counts, empty lines included
        if not any((value or "").strip() for value in row.values() if not isinstance(value, list)):
            continue
        standard = _standard(number, row, problems)
        if standard is None:
            continue
        if _place(standard) in taken:
            what = f"{standard.country_zh} {'、'.join(standard.cities)}".strip()
            problems.append(Problem(number, N_("第 %(line)s 行：%(what)s 前面已经有一行。"), what))
        taken.setdefault(_place(standard), standard)
    if not taken and not problems:
        problems.append(Problem(1, N_("第 %(line)s 行以后没有标准。"), ""))
    return FeeFile(tuple(taken.values()), tuple(problems[:_MOST_PROBLEMS]))


def difference(before: FeeTable, after: Iterable[FeeStandard]) -> FeeDifference:
    """What a whole new table changes against the one in force, city by city, equal cities shown together."""
    old = _by_city(row for rows in before.rows.values() for row in rows)
    new = _by_city(after)
    both = [city for city in new if city in old]
    changed = [city for city in both if _amounts(old[city]) != _amounts(new[city])]
    return FeeDifference(
        new=_together((new[city] for city in new if city not in old), _amounts),
        changed=_changes((old[city], new[city]) for city in changed),
        gone=_together((old[city] for city in old if city not in new), _amounts),
        same_count=len(both) - len(changed),
    )


def _by_city(rows: Iterable[FeeStandard]) -> dict[tuple[str, str], FeeStandard]:
    """Every named city with the row it stands in, alone; a whole country under no name."""
    return {
        (row.country, city): replace(row, cities=(city,) if city else ())
        for row in rows
        for city in row.cities or ("",)
    }


def _together(
    rows: Iterable[FeeStandard], alike: Callable[[FeeStandard], tuple[Any, ...]]
) -> tuple[FeeStandard, ...]:
    """Cities of one country that are alike in one row."""
    found: dict[tuple[Any, ...], FeeStandard] = {}
    for row in rows:
        key = (row.country, bool(row.cities), *alike(row))
        held = found.get(key)
        found[key] = row if held is None else replace(held, cities=held.cities + row.cities)
    return tuple(found.values())


def _changes(pairs: Iterable[tuple[FeeStandard, FeeStandard]]) -> tuple[FeeChange, ...]:
    earlier: dict[tuple[str, tuple[str, ...]], FeeStandard] = {}
    rows = []
    for before, after in pairs:
        earlier[after.country, after.cities] = before
        rows.append(after)
    grouped = _together(rows, lambda row: _amounts(earlier[row.country, row.cities]) + _amounts(row))
    return tuple(FeeChange(earlier[row.country, row.cities[:1]], row) for row in grouped)


def stored(standards: Iterable[FeeStandard]) -> list[dict[str, Any]]:
    """The rows as plain data; amounts as texts, so that no digit is lost."""
    return [
        {**asdict(row), "cities": list(row.cities)}
        | {name: str(getattr(row, name)) for name in ("lodging", "meals", "incidentals")}
        for row in standards
    ]


def restored(rows: Iterable[dict[str, Any]]) -> tuple[FeeStandard, ...]:
    return tuple(
        FeeStandard(
            **{**row, "cities": tuple(row["cities"])}
            | {name: Decimal(row[name]) for name in ("lodging", "meals", "incidentals")}
        )
        for row in rows
    )


def _own_name(name: str) -> str:
    name = name.strip().lstrip("\ufeff").lower()
    return OTHER_NAMES.get(name, name)


def _place(row: FeeStandard) -> tuple[str, tuple[str, ...]]:
    return row.country, tuple(sorted(row.cities))


def _amounts(row: FeeStandard) -> tuple[Any, ...]:
    return row.currency, row.lodging, row.meals, row.incidentals, row.is_confirmed


def _standard(number: int, row: dict[str, Any], problems: list[Problem]) -> FeeStandard | None:
    """The line as a standard; None, with everything that is wrong in `problems`, when it cannot be taken."""
    wrong = len(problems)
    text = {name: str(value or "").strip() for name, value in row.items() if isinstance(name, str)}
    if any(not isinstance(name, str) for name in row):
        problems.append(Problem(number, N_("第 %(line)s 行：列数比表头多。"), ""))
    written = text.get("country_code", "") or text["country_zh"]
    code = places.code_of(written)
    if code is None:
        problems.append(Problem(number, N_("第 %(line)s 行：不认识的国家或地区“%(what)s”。"), written[:40]))
    currency = text["currency"].upper()
    if len(currency) != _LETTERS or not (currency.isascii() and currency.isalpha()):
        problems.append(
            Problem(number, N_("第 %(line)s 行：币种应为三个字母，不是“%(what)s”。"), currency[:40])
        )
    amounts = {name: _amount(text[name]) for name in ("lodging", "meals", "incidentals")}
    problems.extend(
        Problem(number, N_("第 %(line)s 行：金额“%(what)s”看不懂。"), text[name][:40])
        for name, amount in amounts.items()
        if amount is None
    )
    if code is None or len(problems) > wrong:
        return None
    return FeeStandard(
        country=code,
        country_zh=(text["country_zh"] or places.name(code, "zh"))[:_LONGEST_NAME],
        cities=_cities(text["cities_zh"]),
        currency=currency,
        is_confirmed=not text.get("note", "").startswith("unconfirmed"),
        **{name: amount for name, amount in amounts.items() if amount is not None},
    )


def _cities(text: str) -> tuple[str, ...]:
    names = text.replace("，", "、").replace(",", "、").split("、")
    return tuple(name.strip() for name in names if name.strip())


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < _MOST else None
