"""One entrance to all checks: what the edition's rules say of a request at a step."""

from datetime import date

from webapp.deadlines.calendar import WorkCalendar
from webapp.rulebook import (
    rules_delegation,
    rules_documents,
    rules_itinerary,
    rules_money,
    rules_plan,
    rules_return,
)
from webapp.rulebook.edition import Edition, Finding
from webapp.rulebook.facts import TripFacts
from webapp.rulebook.states import EnforcementPoint, Verdict

_ORDER = {
    verdict: rank
    for rank, verdict in enumerate((Verdict.BLOCKER, Verdict.NEEDS_JUSTIFICATION, Verdict.NOTICE, Verdict.OK))
}


def check(
    facts: TripFacts,
    edition: Edition,
    at: EnforcementPoint | None,
    today: date,
    calendar: WorkCalendar,
) -> tuple[Finding, ...]:
    """Findings of the rules enforced at a step, the worst first; with `at` None of everything that can be judged now.

    `today` is the office's calendar day (Asia/Shanghai). The same facts, edition, day and calendar give the
    same findings, whoever asks.
    """
    found: list[Finding] = []
    found.extend(rules_plan.check(facts, edition, today))
    found.extend(rules_delegation.check(facts, edition))
    found.extend(rules_itinerary.check(facts, edition))
    found.extend(rules_documents.check(facts, edition, at, today, calendar))
    found.extend(rules_money.check(facts, edition))
    complete = edition.rule("PST-06")
    if complete is not None and at in (None, EnforcementPoint.SUBMISSION):
        found.extend(rules_money.check_complete(facts, complete))
    found.extend(rules_return.check(facts, edition, at, today, calendar))
    bite = [finding for finding in found if at is None or at in finding.enforced_at]
    return tuple(sorted(bite, key=lambda finding: (_ORDER[finding.verdict], finding.rule, finding.where.row)))


def stopping(findings: tuple[Finding, ...], at: EnforcementPoint) -> tuple[Finding, ...]:
    """The unmet blockers that stop a step."""
    return tuple(finding for finding in findings if finding.stops and at in finding.enforced_at)
