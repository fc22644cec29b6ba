"""The rulebook's shipped data as values: rules, fee standards and treaty terms, read from the files beside."""

from datetime import date
from functools import cache
from pathlib import Path

import yaml

from webapp.rulebook import rules_fees
from webapp.rulebook.edition import Edition, Rule
from webapp.rulebook.fees import FeeStandard, FeeTable, table
from webapp.rulebook.rules_titles import TITLES
from webapp.rulebook.states import Basis, Confidence, Counting, EnforcementPoint, Severity, WaivedBy
from webapp.rulebook.treaties import UNKNOWN_TERMS_DAYS, TreatyTerms

DATA = Path(__file__).parent / "data"
FEES_CODE = "财行〔2017〕434号"
FEES_FROM = date(2018, 1, 1)
RULES_FROM = date(2014, 1, 1)


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
        held = rules_fees.read(file)
    assert not held.problems
    return held.standards


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
