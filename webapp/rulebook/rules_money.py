"""The budget against the fee standards: lodging (FIN-02), meals and incidentals (FIN-03), and whether a budget is
complete enough to be settled later (budget side of PST-06).

Sources: 财行〔2017〕434号 (caps and lump sums), 财行〔2013〕516号 (days by border crossing, exit and entry day both
counted; 40 % of incidentals with a hired car or free transport; nothing for what the host provides).
"""

from decimal import Decimal

from webapp.core.i18n import N_
from webapp.rulebook.edition import Edition, Finding, Rule, Where, passed, softened, unmet
from webapp.rulebook.facts import BudgetRow, TripFacts
from webapp.rulebook.fees import FeeStandard
from webapp.rulebook.states import ITEM_LABELS, BudgetItem, Rank, Section

BUDGET = Where(Section.BUDGET)


def check(facts: TripFacts, edition: Edition) -> list[Finding]:
    found: list[Finding] = []
    if not facts.is_publicly_funded:
        return found
    if (rule := edition.rule("FIN-02")) is not None:
        found.extend(_lodging(facts, edition, rule))
    if (rule := edition.rule("FIN-03")) is not None:
        found.extend(_lump_sums(facts, edition, rule))
    return found


def check_complete(facts: TripFacts, rule: Rule) -> list[Finding]:
    """PST-06 at submission: there is a budget, every line has an amount and a rate to yuan."""
    if not facts.is_publicly_funded:
        return []
    if not facts.budget:
        return [unmet(rule, N_("还没有填预算。"), BUDGET)]
    bare = [row for row in facts.budget if row.cny is None]
    if bare:
        found = []
        for row in bare:
            text = N_("预算第 %(row)s 行：%(currency)s 没有汇率。请填“汇率”一列，或请外办录入当日汇率。")
            where = Where(Section.BUDGET, row.row)
            found.append(unmet(rule, text, where, row=row.row, currency=row.currency))
        return found
    total = sum((row.cny for row in facts.budget if row.cny is not None), start=Decimal(0))
    return [passed(rule, N_("预算合计 %(total)s 元。"), BUDGET, actual=f"{total:.2f}", total=f"{total:,.2f}")]


def incidentals_limit(standard: FeeStandard, rule: Rule, *, has_free_transport: bool) -> Decimal:
    """Incidentals per person and day: 40 % where a car is hired or the host provides transport."""
    percent = int(rule.params["incidentals_percent_with_transport"]) if has_free_transport else 100
    return standard.incidentals * percent / 100


def _lodging(facts: TripFacts, edition: Edition, rule: Rule) -> list[Finding]:
    rows = [row for row in facts.budget if row.item is BudgetItem.LODGING and row.amount]
    found: list[Finding] = []
    at_cost = any(member.rank is Rank.MINISTER for member in facts.members)
    for row in rows:
        if facts.lodging_is_provided:
            found.append(_provided(rule, row))
            continue
        standard = _standard(edition, row)
        problem = _incomparable(rule, row, standard)
        if problem is not None or standard is None:
            found.extend([problem] if problem else [])
            continue
        found.extend(_over_cap(rule, row, standard.lodging, at_cost=at_cost))
    nights, most = sum(_units(rows)), (facts.entry_on - facts.exit_on).days
    if nights > most:
        text = N_("住宿 %(nights)s 晚，行程只有 %(most)s 晚。")
        found.append(unmet(rule, text, BUDGET, limit=most, actual=nights, nights=nights, most=most))
    return found or [passed(rule, N_("住宿费 %(count)s 行，都不超标准。"), BUDGET, count=len(rows))]


def _lump_sums(facts: TripFacts, edition: Edition, rule: Rule) -> list[Finding]:
    found: list[Finding] = []
    for item in (BudgetItem.MEALS, BudgetItem.INCIDENTALS):
        rows = [row for row in facts.budget if row.item is item and row.amount]
        for row in rows:
            if item is BudgetItem.MEALS and facts.meals_are_provided:
                found.append(_provided(rule, row))
                continue
            standard = _standard(edition, row)
            problem = _incomparable(rule, row, standard)
            if problem is not None or standard is None:
                found.extend([problem] if problem else [])
                continue
            limit = standard.meals
            if item is BudgetItem.INCIDENTALS:
                limit = incidentals_limit(standard, rule, has_free_transport=facts.has_free_transport)
            found.extend(_over_cap(rule, row, limit, at_cost=False))
        days = sum(_units(rows))
        if days > facts.days:
            text = N_("%(item_label)s算了 %(counted)s 天，在外 %(days)s 天。")
            values = {"item_label": ITEM_LABELS[item], "counted": days, "days": facts.days}
            found.append(unmet(rule, text, BUDGET, limit=facts.days, actual=days, **values))
    return found or [
        passed(rule, N_("伙食费和公杂费按标准和天数计算。"), BUDGET, limit=facts.days, actual=facts.days)
    ]


def _units(rows: list[BudgetRow]) -> list[int]:
    """Nights or days one person is paid for: lines of the same stay for several groups of people count once."""
    stays: dict[tuple[str, str], int] = {}
    for row in rows:
        place = (row.country, row.city)
        stays[place] = max(stays.get(place, 0), row.units)
    return list(stays.values())


def _standard(edition: Edition, row: BudgetRow) -> FeeStandard | None:
    return edition.fees.find(row.country, row.city)


def _incomparable(rule: Rule, row: BudgetRow, standard: FeeStandard | None) -> Finding | None:
    where = Where(Section.BUDGET, row.row)
    if standard is None:
        text = N_("预算第 %(row)s 行：%(at_places)s没有标准，请参照经济水平相近的邻国并说明。")
        return softened(rule, text, where, row=row.row, at_places=row.country)
    if row.currency != standard.currency:
        text = N_("预算第 %(row)s 行：%(at_places)s的标准以 %(wanted)s 计，这一行是 %(currency)s。")
        values = {
            "row": row.row,
            "at_places": row.country,
            "wanted": standard.currency,
            "currency": row.currency,
        }
        return unmet(rule, text, where, limit=standard.currency, actual=row.currency, **values)
    return None


def _over_cap(rule: Rule, row: BudgetRow, limit: Decimal, *, at_cost: bool) -> list[Finding]:
    """Nothing when the line's total stays within standard × units × people."""
    allowed = limit * row.units * row.people
    if row.amount <= allowed:
        return []
    where = Where(Section.BUDGET, row.row)
    values = {
        "row": row.row,
        "item_label": ITEM_LABELS[row.item],
        "at_places": row.country,
        "city": row.city,
        "currency": row.currency,
        "limit": f"{limit:g}",
        "allowed": f"{allowed:,.2f}",
        "amount": f"{row.amount:,.2f}",
    }
    if row.item is BudgetItem.LODGING and (at_cost or row.above_cap_approved):
        text = N_("预算第 %(row)s 行住宿费 %(amount)s %(currency)s 高于标准，按规定据实列支或已事先批准。")
        return [softened(rule, text, where, actual=row.amount, **values)]
    text = N_(
        "预算第 %(row)s 行%(item_label)s（%(at_places)s%(city)s）%(amount)s %(currency)s，"
        "标准每人每天 %(limit)s，最多 %(allowed)s。"
    )
    return [unmet(rule, text, where, actual=row.amount, **values)]


def _provided(rule: Rule, row: BudgetRow) -> Finding:
    text = N_("预算第 %(row)s 行：对方提供的%(item_label)s不能再列。")
    where = Where(Section.BUDGET, row.row)
    return unmet(rule, text, where, limit=0, actual=row.amount, row=row.row, item_label=ITEM_LABELS[row.item])
