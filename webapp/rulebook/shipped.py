"""The rulebook's shipped data as values: rules, fee standards and treaty terms, read from the files beside."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from webapp.core.i18n import N_
from webapp.rulebook import places
from webapp.rulebook.edition import Edition, Rule
from webapp.rulebook.fees import FeeStandard, FeeTable, table
from webapp.rulebook.rules_titles import TITLES
from webapp.rulebook.states import Basis, Confidence, Counting, EnforcementPoint, Severity, WaivedBy
from webapp.rulebook.treaties import UNKNOWN_TERMS_DAYS, TreatyTerms

DATA = Path(__file__).parent / "data"
FEES_CODE = "财行〔2017〕434号"
FEES_FROM = date(2018, 1, 1)
RULES_FROM = date(2014, 1, 1)
COLUMNS = ("country_code", "country_zh", "cities_zh", "currency", "lodging", "meals", "incidentals")
_CURRENCY_LETTERS = 3


class FeeFileError(Exception):
    """A fee file cannot be taken: `line` counts from 1 (the header), `text` with `what` filled in says why."""

    def __init__(self, line: int, text: str, what: str) -> None:
        self.line = line
        self.text = text
        self.what = what
        super().__init__(f"{line}: {text % {'line': line, 'what': what}}")


@cache
def rules() -> tuple[Rule, ...]:
    """All shipped editions of all rules, each rule's in order of validity."""
    numbers: dict[str, int] = {}
    found = []
    for row in yaml.safe_load((DATA / "rules.yaml").read_text(encoding="utf-8")):
        code = str(row["code"])
        numbers[code] = numbers.get(code, 0) + 1
        found.append(
            Rule(
                code=code,
                edition=numbers[code],
                title=TITLES[code],
                severity=Severity(row["severity"]),
                enforced_at=frozenset(EnforcementPoint(point) for point in row["enforced_at"]),
                waivable_by=WaivedBy(row["waivable_by"]),
                citation=str(row["citation"]),
                confidence=Confidence(row["confidence"]),
                params=dict(row["params"]),
                valid_from=row.get("valid_from", RULES_FROM),
                valid_until=row.get("valid_until"),
            )
        )
    return tuple(found)


@cache
def fee_standards() -> tuple[FeeStandard, ...]:
    """The 273 rows of 财行〔2017〕434号."""
    with (DATA / "fee_standards_2017_434.csv").open(encoding="utf-8", newline="") as file:
        return read_fees(file)


@cache
def treaty_terms() -> tuple[TreatyTerms, ...]:
    """One value for each nationality the file names, and the rows * ** *** for the others."""
    found = []
    for row in yaml.safe_load((DATA / "treaties.yaml").read_text(encoding="utf-8")):
        known = bool(row.get("known", True))
        for code in row.get("codes") or [row["code"]]:
            mandatory = bool(row.get("mandatory", not known))
            found.append(
                TreatyTerms(
                    code=str(code),
                    basis=Basis(row["basis"]),
                    instrument=str(row["instrument"]),
                    notify_days=row.get("notify_days") if known else UNKNOWN_TERMS_DAYS,
                    counting=Counting(row.get("counting", Counting.DAY_END.value)),
                    mandatory=mandatory,
                    opt_out=known and not mandatory,
                    known=known,
                    visit_days=row.get("visit_days"),
                    source=str(row["source"]),
                    confidence=Confidence(row["confidence"]),
                )
            )
    return tuple(found)


def shipped_edition(on: date) -> Edition:
    """What an office that changed nothing is judged by on a day."""
    in_force = {
        rule.code: rule
        for rule in rules()
        if rule.valid_from <= on and (rule.valid_until is None or on <= rule.valid_until)
    }
    fees: FeeTable = table(FEES_CODE, fee_standards())
    return Edition(on=on, rules=in_force, fees=fees, code="shipped")


def read_fees(lines: Iterable[str]) -> tuple[FeeStandard, ...]:
    """Fee standards from a CSV with a header (columns: COLUMNS, `note` allowed). Raises `FeeFileError`.

    A country may be given by its code or its name in either language; cities are separated by 、 or a comma.
    """
    reader = csv.DictReader(lines)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing and not {"country_code"} == set(missing):
        raise FeeFileError(1, N_("第 %(line)s 行：表头缺少列 %(what)s。"), ", ".join(missing))
    return tuple(_standards(reader))


def _standards(reader: "csv.DictReader[str]") -> Iterator[FeeStandard]:
    for number, row in enumerate(reader, start=2):
        written = (row.get("country_code") or "").strip() or row["country_zh"]
        code = places.code_of(written)
        if code is None:
            raise FeeFileError(number, N_("第 %(line)s 行：不认识的国家或地区“%(what)s”。"), written)
        currency = (row["currency"] or "").strip().upper()
        if len(currency) != _CURRENCY_LETTERS or not currency.isascii() or not currency.isalpha():
            raise FeeFileError(number, N_("第 %(line)s 行：币种应为三个字母，不是“%(what)s”。"), currency)
        yield FeeStandard(
            country=code,
            country_zh=(row["country_zh"] or "").strip() or places.name(code, "zh"),
            cities=_cities(row["cities_zh"] or ""),
            currency=currency,
            lodging=_amount(row, "lodging", number),
            meals=_amount(row, "meals", number),
            incidentals=_amount(row, "incidentals", number),
            is_confirmed=not (row.get("note") or "").startswith("unconfirmed"),
        )


def _cities(text: str) -> tuple[str, ...]:
    names = text.replace("，", "、").replace(",", "、").split("、")
    return tuple(name.strip() for name in names if name.strip())


def _amount(row: dict[str, Any], column: str, number: int) -> Decimal:
    try:
        amount = Decimal(str(row[column]).strip())
    except InvalidOperation:
        raise FeeFileError(number, N_("第 %(line)s 行：金额“%(what)s”看不懂。"), str(row[column])) from None
    if not (amount.is_finite() and 0 <= amount < 10_000_000):  # noqa: PLR2004 - yen have many digits
        raise FeeFileError(number, N_("第 %(line)s 行：金额“%(what)s”看不懂。"), str(row[column]))
    return amount
