"""Days, countries, continent and schedule of a delegation: ITN-01 to ITN-05.

Sources: 中办发〔2013〕16号 as repeated by local and university rules (5/8/10 days; 6/9/11 for Latin America and
Africa with poor connections; three countries, stopovers outside the airport counted; same continent; two thirds of
the schedule for official activities). Each rule's own citation and confidence are rows of the rulebook.
"""

from webapp.core.i18n import N_
from webapp.rulebook import places
from webapp.rulebook.edition import Edition, Finding, Rule, Where, passed, softened, unmet
from webapp.rulebook.facts import TripFacts
from webapp.rulebook.states import DelegationClass, RouteKind, Section

LEGS = Where(Section.LEGS)
SCHEDULE = Where(Section.SCHEDULE)


def check(facts: TripFacts, edition: Edition) -> list[Finding]:
    """All itinerary rules. Journeys to Hong Kong, Macao and Taiwan have limits of their own and are not judged here."""
    found: list[Finding] = []
    if facts.route_kind is RouteKind.FOREIGN and facts.business_countries:
        for judge in (_days, _countries, _continent):
            found.extend(judge(facts, edition))
    found.extend(_substance(facts, edition))
    return found


def uses_long_table(facts: TripFacts) -> bool:
    """Latin America and Africa with poor connections: every country with official business is of that class."""
    return facts.has_poor_connection and all(
        places.is_latin_america_or_africa(code) for code in facts.business_countries
    )


def day_limit(rule: Rule, country_count: int) -> int:
    """The most days abroad for a number of countries; beyond the table its last line holds."""
    limits = {int(count): int(days) for count, days in rule.params["limits"].items()}
    return limits[min(country_count, max(limits))]


def _days(facts: TripFacts, edition: Edition) -> list[Finding]:
    rule = edition.rule("ITN-02" if uses_long_table(facts) else "ITN-01")
    if rule is None:
        return []
    # Only countries with official business count: a stopover outside the airport must not buy days.
    count = len(facts.business_countries)
    limit = day_limit(rule, count)
    values = {"days": facts.days, "count": count}
    if facts.days <= limit:
        text = N_("在外 %(days)s 天，公务国家 %(count)s 个，上限 %(limit)s 天。")
        return [passed(rule, text, LEGS, limit=limit, actual=facts.days, **values)]
    if facts.delegation_class is DelegationClass.RESEARCH:
        text = N_("在外 %(days)s 天，一般团组去 %(count)s 个国家最多 %(limit)s 天；教学科研团组按需要确定。")
        return [softened(rule, text, LEGS, limit=limit, actual=facts.days, **values)]
    text = N_("在外 %(days)s 天，去 %(count)s 个国家最多 %(limit)s 天，超 %(over)s 天。")
    return [unmet(rule, text, LEGS, limit=limit, actual=facts.days, over=facts.days - limit, **values)]


def _countries(facts: TripFacts, edition: Edition) -> list[Finding]:
    rule = edition.rule("ITN-03")
    if rule is None:
        return []
    entered, limit = facts.entered_countries, int(rule.params["max_countries"])
    values = {"count": len(entered), "countries_places": ",".join(entered)}
    text = N_("共 %(count)s 个国家或地区（%(countries_places)s），上限 %(limit)s 个。")
    if len(entered) <= limit:
        return [passed(rule, text, LEGS, limit=limit, actual=len(entered), **values)]
    make = softened if facts.delegation_class is DelegationClass.RESEARCH else unmet
    return [make(rule, text, LEGS, limit=limit, actual=len(entered), **values)]


def _continent(facts: TripFacts, edition: Edition) -> list[Finding]:
    rule = edition.rule("ITN-04")
    countries = facts.business_countries
    if rule is None or len(countries) < 2:  # noqa: PLR2004 - one country is always in one continent
        return []
    found = list(dict.fromkeys(c for code in countries if (c := places.continent(code))))
    labels = "|".join(places.CONTINENT_LABELS[c] for c in found)
    if len(found) <= 1:
        return [passed(rule, N_("都在%(in_labels)s。"), LEGS, limit=1, actual=len(found), in_labels=labels)]
    text = N_("跨 %(count)s 个大洲（%(in_labels)s），原则上应在同一大洲，请说明理由。")
    make = softened if facts.delegation_class is DelegationClass.RESEARCH else unmet
    return [make(rule, text, LEGS, limit=1, actual=len(found), count=len(found), in_labels=labels)]


def _substance(facts: TripFacts, edition: Edition) -> list[Finding]:
    rule = edition.rule("ITN-05")
    if rule is None:
        return []
    above, below = int(rule.params["numerator"]), int(rule.params["denominator"])
    limit, total = f"{above}/{below}", len(facts.slots)
    make = softened if facts.delegation_class is DelegationClass.RESEARCH else unmet
    if total == 0:
        return [make(rule, N_("还没有填每半天的日程。"), SCHEDULE, limit=limit, actual="0")]
    official = sum(slot.is_official for slot in facts.slots)
    values = {"official": official, "total": total, "limit": limit, "percent": official * 100 // total}
    actual = f"{official}/{total}"
    if official * below >= total * above:  # compared as whole numbers: exactly two thirds is enough
        text = N_("公务活动 %(official)s 个半天，共 %(total)s 个半天，占 %(percent)s%%，不少于 %(limit)s。")
        return [passed(rule, text, SCHEDULE, actual=actual, **values)]
    text = N_(
        "公务活动 %(official)s 个半天，共 %(total)s 个半天，占 %(percent)s%%，少于 %(limit)s，请说明理由。"
    )
    return [make(rule, text, SCHEDULE, actual=actual, **values)]
