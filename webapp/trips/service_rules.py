"""What rules stop: one place for every step of a trip, each refusal with its findings and the ways out."""

from collections.abc import Collection

from webapp.core.errors import RuleBroken, sentences
from webapp.core.i18n import N_
from webapp.rulebook.edition import Finding
from webapp.rulebook.rules import stopping
from webapp.rulebook.states import EnforcementPoint, Verdict, WaivedBy
from webapp.trips.facts import Judged
from webapp.trips.models import Trip
from webapp.trips.pages import finding_lines, thawed

UNMET: dict[EnforcementPoint, str] = {
    EnforcementPoint.SUBMISSION: "rules_unmet",
    EnforcementPoint.ACCEPTANCE: "unmet_at_acceptance",
    EnforcementPoint.PERMIT: "unmet_at_permit",
    EnforcementPoint.DEPARTURE: "unmet_at_departure",
    EnforcementPoint.RETURN: "unmet_at_return",
    EnforcementPoint.REIMBURSEMENT: "unmet_at_reimbursement",
}
sentences(
    {
        "rules_unmet": N_("有不符合规定的地方，不能提交。请改正，或者申请例外。"),
        "unmet_at_acceptance": N_("有不符合规定的地方，不能受理。等条件满足，或者退回申请单位修改。"),
        "unmet_at_permit": N_("有不符合规定的地方，不能批准。退回申请单位修改，或者不予批准。"),
        "unmet_at_departure": N_("不符合规定，不能登记出境。请核对出境日期和批件。"),
        "unmet_at_return": N_("回国后的事项还没有办完，不能确认。请先办完下面几项。"),
        "unmet_at_reimbursement": N_("不符合规定，不能报销。请改正，或者补齐凭据。"),
        "waivers_missing": N_("有例外申请没有同意，不能批准。先决定例外申请，或退回修改。"),
        "explanations_missing": N_("有需要说明的事项还没有说明，不能提交。"),
        "return_unexplained": N_("和批件不一致、办晚了的事项还没有说明，不能确认。请先写情况说明。"),
        "claim_unexplained": N_("报销晚了，请写明原因。"),
    }
)


def require_met(trip: Trip, judged: Judged, point: EnforcementPoint, *, open_counts: bool) -> None:
    """Raise `RuleBroken` for blockers of the point that no exception covers.

    An open request covers a blocker at submission and travels with it; for the permit it must be granted.
    """
    covering = {"granted", "open"} if open_counts else {"granted"}
    covered = {waiver.rule_id for waiver in trip.waivers if waiver.state in covering}
    unmet = [
        finding
        for finding in stopping(judged.findings, point)
        if finding.waivable_by is WaivedBy.NOBODY or finding.rule not in covered
    ]
    if unmet:
        refuse(UNMET[point], trip, unmet)


def require_granted(trip: Trip) -> None:
    """Raise `RuleBroken` unless every exception the submission rests on was granted, and none waits.

    Judged by what was found at submission: a request under way is not stopped by what the unit did or owes since
    (PST-02 stops new ones only), nor by a later edition of a rule.
    """
    found = thawed(trip.rounds[-1].findings)
    needed = {finding.rule for finding in stopping(found, EnforcementPoint.SUBMISSION)}
    granted = {waiver.rule_id for waiver in trip.waivers if waiver.state == "granted"}
    undecided = {waiver.rule_id for waiver in trip.waivers if waiver.state == "open"}
    missing = (needed - granted) | undecided
    if missing:
        refuse("waivers_missing", trip, [finding for finding in found if finding.rule in missing])


def require_explained(trip: Trip, judged: Judged) -> None:
    """Raise `RuleBroken` for findings that wait for the applicant's words."""
    waiting = [finding for finding in to_explain(judged) if not trip.explanations.get(finding.rule)]
    if waiting:
        refuse("explanations_missing", trip, waiting)


def to_explain(judged: Judged) -> list[Finding]:
    return [finding for finding in judged.findings if finding.verdict is Verdict.NEEDS_JUSTIFICATION]


def refuse(code: str, trip: Trip, findings: Collection[Finding]) -> None:
    """Raise `RuleBroken` with the findings as the page lists them."""
    raise RuleBroken(code, findings=finding_lines(trip, findings, with_ways=True))
