"""Size of a delegation and whether one was split in two: DEL-01, DEL-02."""

from datetime import date, timedelta

from webapp.core.i18n import N_
from webapp.rulebook.edition import Edition, Finding, Rule, Where, passed, softened, unmet
from webapp.rulebook.facts import OtherRequest, TripFacts
from webapp.rulebook.states import DelegationClass, Section

MEMBERS = Where(Section.MEMBERS)


def check(facts: TripFacts, edition: Edition) -> list[Finding]:
    found: list[Finding] = []
    size, split = edition.rule("DEL-01"), edition.rule("DEL-02")
    if size is not None:
        found.append(_size(facts, size))
    if split is not None:
        found.extend(_split(facts, split))
    return found


def _size(facts: TripFacts, rule: Rule) -> Finding:
    with_interpreter = bool(rule.params["includes_interpreter"])
    counted = [m for m in facts.members if with_interpreter or not m.is_interpreter]
    limit = int(rule.params["max_members"])
    values = {"count": len(counted), "limit": limit}
    text = (
        N_("共 %(count)s 人，上限 %(limit)s 人（含翻译）。")
        if with_interpreter
        else N_("共 %(count)s 人，上限 %(limit)s 人。")
    )
    if len(counted) <= limit:
        return passed(rule, text, MEMBERS, actual=len(counted), **values)
    make = softened if facts.delegation_class is DelegationClass.RESEARCH else unmet
    return make(rule, text, MEMBERS, actual=len(counted), **values)


def _split(facts: TripFacts, rule: Rule) -> list[Finding]:
    """One finding for each other request that together with this one would be one delegation too large.

    Who is asked (the unit, the inviter) and the window of days are the office's own reading of the ban on
    splitting delegations; a reviewer confirms or has the two merged.
    """
    limit, window = int(rule.params["max_members"]), int(rule.params["window_days"])
    found: list[Finding] = []
    for other in facts.other_requests:
        together = len(facts.members) + other.member_count
        if together <= limit or not _belong_together(facts, other, window):
            continue
        found.append(
            unmet(
                rule,
                N_(
                    "与 %(number)s（%(unit)s，%(others)s 人，%(exit)s 至 %(entry)s）去同一国家（%(same_places)s），"
                    "时间相接，合计 %(together)s 人，超过 %(limit)s 人，请说明不是拆分团组，或合并为一个团组。"
                ),
                # Several other requests may be named: each keeps its own row, in the order they were given.
                Where(Section.MEMBERS, len(found)),
                limit=limit,
                actual=together,
                number=other.number,
                unit=other.unit_name,
                others=other.member_count,
                exit=other.exit_on.isoformat(),
                entry=other.entry_on.isoformat(),
                same_places=",".join(_same_countries(facts, other)),
                together=together,
            )
        )
    if not found:
        found.append(passed(rule, N_("没有发现可能被拆分的团组。"), MEMBERS, limit=limit))
    return found


def _belong_together(facts: TripFacts, other: OtherRequest, window: int) -> bool:
    inviters = {letter.inviter.strip().casefold() for letter in facts.invitations} - {""}
    same_inviter = inviters & {name.strip().casefold() for name in other.inviters}
    if other.unit_code != facts.organizing_unit and not same_inviter:
        return False
    gap = _gap(facts.exit_on, facts.entry_on, other.exit_on, other.entry_on)
    return gap <= timedelta(days=window) and bool(_same_countries(facts, other))


def _gap(start: date, end: date, other_start: date, other_end: date) -> timedelta:
    """Days between two journeys, 0 when they overlap."""
    return max(other_start - end, start - other_end, timedelta(0))


def _same_countries(facts: TripFacts, other: OtherRequest) -> list[str]:
    return [code for code in facts.business_countries if code in other.countries]
