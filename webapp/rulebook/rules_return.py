"""After the journey: passports back (PST-01), days and countries as permitted (PST-03), report (PST-04) and
publication (PST-05), all judged when the return is confirmed; the claim (PST-06), judged when it is settled.

What is still owed stops the step. What was done late cannot be done in time any more: it asks for words and stays
in the record, since nobody waives these rules and a file must be able to end.
"""

from datetime import date

from webapp.core.i18n import N_
from webapp.deadlines.calendar import WorkCalendar
from webapp.rulebook import rules_claim, rules_dues
from webapp.rulebook.edition import Edition, Finding, Rule, Where, passed, past_mending, unmet
from webapp.rulebook.facts import TravelFacts, TripFacts
from webapp.rulebook.states import EnforcementPoint, Section

TRAVEL = Where(Section.TRAVEL)


def check(
    facts: TripFacts, edition: Edition, at: EnforcementPoint | None, today: date, calendar: WorkCalendar
) -> list[Finding]:
    """Nothing before there is a day of entry. With `at` None what is not due yet is met so far."""
    travel = facts.travel
    if travel is None:
        return []
    found: list[Finding] = []
    if at in (None, EnforcementPoint.RETURN):
        found.extend(_passports(facts, travel, edition, at, today, calendar))
        if (rule := edition.rule("PST-03")) is not None:
            found.extend(journey(facts, travel, rule))
        due = rules_dues.report_due(travel.entry_on, edition, calendar).on
        found.extend(_duty(edition.rule("PST-04"), travel.reported_on, due, at, today))
        if not facts.is_classified:
            due = rules_dues.publication_due(travel.entry_on, edition, calendar).on
            found.extend(_duty(edition.rule("PST-05"), travel.published_on, due, at, today))
    if at in (None, EnforcementPoint.REIMBURSEMENT) and facts.is_publicly_funded:
        claimed_on = None if travel.claim is None else travel.claim.claimed_on
        due = rules_dues.reimbursement_due(travel.entry_on, edition, calendar).on
        rule = edition.rule("PST-06")
        found.extend(_duty(rule, claimed_on, due, at, today))
        if travel.claim is not None and rule is not None:
            found.extend(rules_claim.check(facts, travel, travel.claim, rule))
    return found


def journey(facts: TripFacts, travel: TravelFacts, rule: Rule) -> list[Finding]:
    """PST-03: the border record against the permit.

    A day more because the border was crossed before midnight for a flight after it is no excess, but is explained.
    """
    found = []
    extra = [code for code in travel.countries if code not in facts.entered_countries]
    if extra:
        text = N_("实际到过%(extra_places)s，批件上没有。")
        found.append(unmet(rule, text, TRAVEL, limit=0, actual=len(extra), extra_places=",".join(extra)))
    over = travel.days - facts.days
    values = {"days": travel.days, "approved": facts.days, "over": over}
    if over > 0:
        tolerated = (
            travel.is_red_eye
            and travel.exit_on < facts.exit_on
            and over <= int(rule.params["tolerance_days"])
        )
        text = (
            N_("实际 %(days)s 天，批准 %(approved)s 天：零点前过边检、零点后起飞，不算超期，要书面说明。")
            if tolerated
            else N_("实际 %(days)s 天，批准 %(approved)s 天，超出 %(over)s 天。")
        )
        found.append(unmet(rule, text, TRAVEL, limit=facts.days, actual=travel.days, **values))
    if not found:
        text = N_("实际 %(days)s 天，批准 %(approved)s 天，国家或地区与批件一致。")
        found.append(passed(rule, text, TRAVEL, limit=facts.days, actual=travel.days, **values))
    return found


def _passports(
    facts: TripFacts,
    travel: TravelFacts,
    edition: Edition,
    at: EnforcementPoint | None,
    today: date,
    calendar: WorkCalendar,
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
            found.append(past_mending(rule, text, where, limit=due, actual=back, back=back, **values))
        elif late > 0:
            text = N_("%(holder)s的证照没有归还，%(due)s 到期，已逾期 %(late)s 天。")
            found.append(unmet(rule, text, where, limit=due, **values))
        elif at is not None:
            text = N_("%(holder)s的证照还没有归还，%(due)s 到期。")
            found.append(unmet(rule, text, where, limit=due, **values))
        else:
            text = N_("%(holder)s的证照 %(due)s 前归还。")
            found.append(passed(rule, text, where, limit=due, **values))
    return found


# In time; late; not done and overdue; not done when the step asks for it; not done and not yet due.
_TEXTS: dict[str, tuple[str, str, str, str, str]] = {
    "PST-04": (
        N_("出访报告 %(done)s 提交，%(due)s 到期。"),
        N_("出访报告 %(done)s 提交，%(due)s 到期，晚 %(late)s 天。"),
        N_("出访报告没有提交，%(due)s 到期，已逾期 %(late)s 天。"),
        N_("出访报告还没有提交，%(due)s 到期。"),
        N_("出访报告 %(due)s 前提交。"),
    ),
    "PST-05": (
        N_("%(done)s 事后公示，%(due)s 到期。"),
        N_("%(done)s 事后公示，%(due)s 到期，晚 %(late)s 天。"),
        N_("没有事后公示，%(due)s 到期，已逾期 %(late)s 天。"),
        N_("还没有事后公示，%(due)s 到期。"),
        N_("%(due)s 前事后公示。"),
    ),
    "PST-06": (
        N_("%(done)s 报销，%(due)s 到期。"),
        N_("%(done)s 报销，%(due)s 到期，晚 %(late)s 天。"),
        N_("没有报销，%(due)s 到期，已逾期 %(late)s 天。"),
        N_("还没有报销，%(due)s 到期。"),
        N_("%(due)s 前报销。"),
    ),
}


def _duty(
    rule: Rule | None, done_on: date | None, due: date, at: EnforcementPoint | None, today: date
) -> list[Finding]:
    if rule is None:
        return []
    late = ((done_on or today) - due).days
    met, met_late, overdue, owed, open_ = _TEXTS[rule.code]
    values = {"due": due.isoformat(), "late": late, "done": done_on.isoformat() if done_on else ""}
    if done_on is not None:
        make, text = (passed, met) if late <= 0 else (past_mending, met_late)
    elif late > 0:
        make, text = unmet, overdue
    else:
        make, text = (passed, open_) if at is None else (unmet, owed)
    return [make(rule, text, TRAVEL, limit=due, actual=done_on or "", **values)]
