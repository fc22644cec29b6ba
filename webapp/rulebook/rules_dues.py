"""When what is owed falls due: passports, report, publication, claim, and the passport office's own term.

Each function reads the rule of its edition and counts on the calendar it is given; the first day is not counted
(民法典 第201条). A due day ends at 24:00 in Asia/Shanghai.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from webapp.deadlines.calendar import Term, WorkCalendar, end_of
from webapp.deadlines.states import Confidence, TimeUnit
from webapp.rulebook.edition import Edition, Rule

BEIJING = "beijing"


@dataclass(frozen=True)
class Due:
    """`on` is the last day in time, `at` its end as an instant (UTC). `term` says how it was counted."""

    rule: str
    on: date
    at: datetime
    term: Term
    provisional: bool
    calendar_version: str
    citation: str
    confidence: Confidence


def passport_return_due(
    entry_on: date,
    edition: Edition,
    calendar: WorkCalendar,
    *,
    exit_on: date | None = None,
    approved_days: int | None = None,
) -> Due:
    """PST-01. Variants: n calendar days after entry (the day after entry is day 1), n working days after entry, or
    Beijing's formula exit + approved days + n, which starts from the day of entry + 1 where the exit is unknown.
    """
    rule = edition.rules["PST-01"]
    count, variant = int(rule.params["count"]), str(rule.params["variant"])
    roll = bool(rule.params.get("roll", False))
    if variant == BEIJING:
        start = entry_on + timedelta(days=1)
        if exit_on is not None and approved_days is not None:
            start = exit_on + timedelta(days=approved_days)
        return _due(rule, TimeUnit.CALENDAR_DAYS, count, start, calendar, roll=roll)
    return _due(rule, TimeUnit(variant), count, entry_on, calendar, roll=roll)


def report_due(entry_on: date, edition: Edition, calendar: WorkCalendar) -> Due:
    """PST-04: the delegation's report, counted from the day of entry."""
    return _from_params(edition.rules["PST-04"], entry_on, calendar)


def statement_due(entry_on: date, edition: Edition, calendar: WorkCalendar) -> Due:
    """PST-03: the words about days or countries that differ from the permit, counted from the day of entry."""
    return _from_params(edition.rules["PST-03"], entry_on, calendar)


def publication_due(entry_on: date, edition: Edition, calendar: WorkCalendar) -> Due:
    """PST-05: what was really done is published, counted from the day of entry."""
    return _from_params(edition.rules["PST-05"], entry_on, calendar)


def reimbursement_due(entry_on: date, edition: Edition, calendar: WorkCalendar) -> Due:
    """PST-06, claim side, counted from the day of entry."""
    return _from_params(edition.rules["PST-06"], entry_on, calendar)


def passport_issue_due(applied_on: date, edition: Edition, calendar: WorkCalendar) -> Due:
    """DOC-12: the passport is made out, counted from the day complete papers were handed in."""
    return _from_params(edition.rules["DOC-12"], applied_on, calendar)


def _from_params(rule: Rule, start: date, calendar: WorkCalendar) -> Due:
    unit, count = TimeUnit(rule.params["unit"]), int(rule.params["count"])
    return _due(rule, unit, count, start, calendar, roll=bool(rule.params.get("roll", False)))


def _due(rule: Rule, unit: TimeUnit, count: int, start: date, calendar: WorkCalendar, *, roll: bool) -> Due:
    term = Term(start=start, count=count, unit=unit, roll=roll)
    counted = term.last_day(calendar)
    return Due(
        rule=rule.code,
        on=counted.day,
        at=end_of(counted.day),
        term=term,
        provisional=counted.provisional,
        calendar_version=calendar.version,
        citation=rule.citation,
        confidence=rule.confidence,
    )
