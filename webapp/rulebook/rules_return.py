"""After the journey: passports back (PST-01), report (PST-04), publication (PST-05), claim (PST-06)."""

from collections.abc import Callable
from datetime import date

from webapp.core.i18n import N_
from webapp.deadlines.calendar import WorkCalendar
from webapp.rulebook import rules_dues
from webapp.rulebook.edition import Edition, Finding, Where, passed, unmet
from webapp.rulebook.facts import TravelFacts, TripFacts
from webapp.rulebook.rules_dues import Due
from webapp.rulebook.states import EnforcementPoint, Section

TRAVEL = Where(Section.TRAVEL)
_Done = tuple[str, date | None, Callable[[date, Edition, WorkCalendar], Due]]


def check(
    facts: TripFacts, edition: Edition, at: EnforcementPoint | None, today: date, calendar: WorkCalendar
) -> list[Finding]:
    """Nothing before there is a day of entry."""
    travel = facts.travel
    if travel is None:
        return []
    found: list[Finding] = []
    if at in (None, EnforcementPoint.RETURN):
        found.extend(_passports(facts, travel, edition, today, calendar))
        duties: list[_Done] = [("PST-04", travel.reported_on, rules_dues.report_due)]
        if not facts.is_classified:
            duties.append(("PST-05", travel.published_on, rules_dues.publication_due))
        for code, done_on, due in duties:
            found.extend(_duty(code, done_on, due, travel, edition, today, calendar))
    if at in (None, EnforcementPoint.REIMBURSEMENT) and facts.is_publicly_funded:
        due = rules_dues.reimbursement_due
        found.extend(_duty("PST-06", travel.claimed_on, due, travel, edition, today, calendar))
    return found


def _passports(
    facts: TripFacts, travel: TravelFacts, edition: Edition, today: date, calendar: WorkCalendar
) -> list[Finding]:
    rule = edition.rule("PST-01")
    if rule is None:
        return []
    due = rules_dues.passport_return_due(
        travel.entry_on, edition, calendar, exit_on=travel.exit_on, approved_days=facts.days
    ).on
    found = []
    for held in travel.passports:
        where = Where(Section.TRAVEL, held.row)
        late = ((held.returned_on or today) - due).days
        values = {"holder": held.holder, "due": due.isoformat(), "late": late}
        back = held.returned_on.isoformat() if held.returned_on else ""
        if held.returned_on is not None and late <= 0:
            text = N_("%(holder)s的证照 %(back)s 归还，%(due)s 到期。")
            found.append(passed(rule, text, where, limit=due, actual=back, back=back, **values))
        elif held.returned_on is not None:
            text = N_("%(holder)s的证照 %(back)s 归还，%(due)s 到期，晚 %(late)s 天。")
            found.append(unmet(rule, text, where, limit=due, actual=back, back=back, **values))
        elif late > 0:
            text = N_("%(holder)s的证照没有归还，%(due)s 到期，已逾期 %(late)s 天。")
            found.append(unmet(rule, text, where, limit=due, **values))
        else:
            text = N_("%(holder)s的证照 %(due)s 前归还。")
            found.append(passed(rule, text, where, limit=due, **values))
    return found


_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "PST-04": (
        N_("出访报告 %(done)s 提交，%(due)s 到期。"),
        N_("出访报告 %(done)s 提交，%(due)s 到期，晚 %(late)s 天。"),
        N_("出访报告没有提交，%(due)s 到期，已逾期 %(late)s 天。"),
        N_("出访报告 %(due)s 前提交。"),
    ),
    "PST-05": (
        N_("%(done)s 事后公示，%(due)s 到期。"),
        N_("%(done)s 事后公示，%(due)s 到期，晚 %(late)s 天。"),
        N_("没有事后公示，%(due)s 到期，已逾期 %(late)s 天。"),
        N_("%(due)s 前事后公示。"),
    ),
    "PST-06": (
        N_("%(done)s 报销，%(due)s 到期。"),
        N_("%(done)s 报销，%(due)s 到期，晚 %(late)s 天。"),
        N_("没有报销，%(due)s 到期，已逾期 %(late)s 天。"),
        N_("%(due)s 前报销。"),
    ),
}


def _duty(
    code: str,
    done_on: date | None,
    due_of: Callable[[date, Edition, WorkCalendar], Due],
    travel: TravelFacts,
    edition: Edition,
    today: date,
    calendar: WorkCalendar,
) -> list[Finding]:
    rule = edition.rule(code)
    if rule is None:
        return []
    due = due_of(travel.entry_on, edition, calendar).on
    late = ((done_on or today) - due).days
    met, met_late, overdue, open_ = _TEXTS[code]
    values = {"due": due.isoformat(), "late": late, "done": done_on.isoformat() if done_on else ""}
    if done_on is not None:
        make, text = (passed, met) if late <= 0 else (unmet, met_late)
    else:
        make, text = (passed, open_) if late <= 0 else (unmet, overdue)
    return [make(rule, text, TRAVEL, limit=due, actual=done_on or "", **values)]
