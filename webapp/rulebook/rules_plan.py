"""Annual plan, person-times, delegations and budget of the year, and the lock on a unit with overdue passports:
PLN-01 to PLN-03, PST-02.
"""

from datetime import date

from webapp.core.i18n import N_
from webapp.rulebook import places
from webapp.rulebook.edition import Edition, Finding, Rule, Where, passed, softened, unmet
from webapp.rulebook.facts import QuotaFacts, TripFacts
from webapp.rulebook.states import DelegationClass, RouteKind, Section

PLAN = Where(Section.PLAN)


def check(facts: TripFacts, edition: Edition, today: date) -> list[Finding]:
    found: list[Finding] = []
    if (rule := edition.rule("PLN-01")) is not None:
        found.append(_planned(facts, rule))
    if (rule := edition.rule("PLN-02")) is not None:
        found.extend(_quota(facts, rule))
    if (rule := edition.rule("PLN-03")) is not None and facts.is_publicly_funded:
        found.extend(_budget(facts, rule))
    if (rule := edition.rule("PST-02")) is not None:
        found.extend(_locked(facts, rule, today))
    return found


def _planned(facts: TripFacts, rule: Rule) -> Finding:
    item, year = facts.plan_item, facts.exit_on.year
    if item is not None and item.is_approved and item.year == year:
        text = (
            N_("%(year)s 年计划第 %(number)s 项（追加）。")
            if item.is_addition
            else N_("%(year)s 年计划第 %(number)s 项。")
        )
        return passed(rule, text, PLAN, year=item.year, number=item.number)
    if facts.is_urgent:
        return passed(rule, N_("临时紧急任务，不要求列入计划。"), PLAN)
    if item is None:
        return unmet(rule, N_("没有列入 %(year)s 年计划，请说明替换哪一项或追加的批准。"), PLAN, year=year)
    if item.year != year:
        text = N_("所选计划是 %(planned)s 年的，出访在 %(year)s 年。")
        return unmet(rule, text, PLAN, planned=item.year, year=year)
    return unmet(rule, N_("计划第 %(number)s 项还没有批准。"), PLAN, number=item.number)


def _quota(facts: TripFacts, rule: Rule) -> list[Finding]:
    """Each sending unit pays with its own person-times, the organising one with one of its delegations (批次).

    A unit without a quota is not limited.
    """
    exempt = _exempt(facts, rule)
    if exempt:
        return [passed(rule, exempt, PLAN)]
    found = [_unit_quota(facts, rule, quota) for quota in facts.quotas]
    if facts.delegation_quota is not None:
        found.append(_delegation_quota(rule, facts.delegation_quota))
    return found


def _exempt(facts: TripFacts, rule: Rule) -> str:
    if facts.delegation_class is DelegationClass.RESEARCH and rule.params["research_exempt"]:
        return N_("教学科研团组不占人次指标。")
    codes = set(facts.business_countries)
    if facts.route_kind is RouteKind.HKMO and codes <= places.HKMO and rule.params["hkmo_exempt"]:
        return N_("赴港澳不占出国人次指标。")
    if facts.route_kind is RouteKind.TAIWAN and rule.params["taiwan_exempt"]:
        return N_("赴台不占出国人次指标。")
    return ""


def _unit_quota(facts: TripFacts, rule: Rule, quota: QuotaFacts) -> Finding:
    own = sum(member.unit_code == quota.unit_code for member in facts.members)
    values = {
        "unit": quota.unit_name or facts.unit_name(quota.unit_code),
        "year": quota.year,
        "granted": quota.granted,
        "used": quota.used,
        "reserved": quota.reserved,
        "own": own,
        "left": quota.left,
    }
    text = N_(
        "%(unit)s %(year)s 年指标 %(granted)s 人次，已用 %(used)s，在审 %(reserved)s，还剩 %(left)s，本次 %(own)s。"
    )
    make = passed if own <= quota.left else unmet
    return make(rule, text, PLAN, limit=quota.left, actual=own, **values)


def _delegation_quota(rule: Rule, quota: QuotaFacts) -> Finding:
    values = {
        "unit": quota.unit_name or quota.unit_code,
        "year": quota.year,
        "granted": quota.granted,
        "used": quota.used,
        "reserved": quota.reserved,
        "left": quota.left,
    }
    text = N_(
        "%(unit)s %(year)s 年指标 %(granted)s 批，已用 %(used)s，在审 %(reserved)s，还剩 %(left)s，本次 1 批。"
    )
    make = passed if quota.left >= 1 else unmet
    return make(rule, text, PLAN, limit=quota.left, actual=1, **values)


def _budget(facts: TripFacts, rule: Rule) -> list[Finding]:
    budget = facts.unit_budget
    if budget is None:
        return []
    if any(row.cny is None for row in facts.budget):
        return [softened(rule, N_("有的币种还没有汇率，不能算合计。"), Where(Section.BUDGET))]
    total = sum((row.cny for row in facts.budget if row.cny is not None), start=budget.used * 0)
    text = N_(
        "本次 %(total)s 元，%(year)s 年出国经费还剩 %(left)s 元"
        "（预算 %(granted)s 元，已用 %(used)s，在审 %(reserved)s）。"
    )
    make = passed if total <= budget.left else unmet
    return [
        make(
            rule,
            text,
            Where(Section.BUDGET),
            limit=f"{budget.left:.2f}",
            actual=f"{total:.2f}",
            total=f"{total:,.2f}",
            year=budget.year,
            left=f"{budget.left:,.2f}",
            granted=f"{budget.granted:,.2f}",
            used=f"{budget.used:,.2f}",
            reserved=f"{budget.reserved:,.2f}",
        )
    ]


def overdue_days(due_on: date, today: date) -> int:
    """Days a passport is late: 1 on the day after it was due."""
    return max(0, (today - due_on).days)


def _locked(facts: TripFacts, rule: Rule, today: date) -> list[Finding]:
    """A unit with a passport more than 30 days overdue gets no new request (PST-02)."""
    limit = int(rule.params["lock_after_days"])
    found = []
    for row, held in enumerate(facts.overdue_passports, start=1):
        late = overdue_days(held.due_on, today)
        if late > limit:
            text = N_(
                "%(number)s 有一本证照应于 %(due)s 归还，已逾期 %(late)s 天，"
                "超过 %(limit)s 天，暂停受理本单位新的申请。"
            )
            found.append(
                unmet(
                    rule,
                    text,
                    Where(Section.PLAN, row),
                    limit=limit,
                    actual=late,
                    number=held.trip_number,
                    due=held.due_on.isoformat(),
                    late=late,
                )
            )
    if not found:
        found.append(passed(rule, N_("没有逾期超过 %(limit)s 天未还的证照。"), PLAN, limit=limit))
    return found
