"""The numbers a case's clocks run by: the rulebook's rules of incidents, kept with the case as it was registered."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from webapp.core.clock import local_date
from webapp.incidents import rules_clocks
from webapp.incidents.models import Incident
from webapp.rulebook import queries as rulebook
from webapp.rulebook import shipped


def rules_of(session: Session, on: date) -> dict[str, dict[str, Any]]:
    """The rules of incidents as the rulebook has them on a day, for the case's row (`Incident.rules`).

    A rule the database does not hold yet counts as it ships: a case is registered whatever happens.
    """
    found = {**shipped.shipped_edition(on).rules, **rulebook.edition(session, on).rules}
    return {
        code: {
            "edition": rule.edition,
            "params": dict(rule.params),
            "citation": rule.citation,
            "confidence": rule.confidence.value,
        }
        for code, rule in found.items()
        if code in rules_clocks.RULES
    }


def clocks(session: Session, incident: Incident) -> rules_clocks.Clocks:
    """The numbers this case runs by: those it was registered under, whatever the office changed since.

    A case from before rules were kept with it runs by those of the day it was received.
    """
    return rules_clocks.clocks(incident.rules or rules_of(session, local_date(incident.received_at)))
