"""What the rules need from other features: treaty terms of a state, working days."""

from datetime import date

from sqlalchemy.orm import Session

from webapp.deadlines.queries_calendar import work_calendar
from webapp.deadlines.states import Confidence
from webapp.incidents.rules import Counting, NthWorkingDay, TreatyTerms
from webapp.rulebook import queries as rulebook


def treaty_terms(session: Session, country: str, on: date) -> TreatyTerms:
    """What binds us towards a state on a day, from the office's table of treaty terms."""
    row = rulebook.treaty_terms(session, country, on)
    return TreatyTerms(
        country=country,
        name=row.country,
        basis=row.basis,
        notify_days=row.notify_days,
        counting=Counting(row.counting),
        mandatory=row.mandatory,
        opt_out=row.opt_out,
        known=row.known,
        visit_days=row.visit_days,
        instrument=row.instrument,
        source=row.source,
        confidence=Confidence(row.confidence),
    )


def nth_working_day(session: Session) -> NthWorkingDay:
    """The office's calendar as a function: the n-th working day after a day, and whether it is provisional."""
    calendar = work_calendar(session)

    def nth(start: date, n: int) -> tuple[date, bool]:
        counted = calendar.nth_working_day(start, n)
        return counted.day, counted.provisional

    return nth
