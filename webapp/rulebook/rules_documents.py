"""Invitation, public notice and permit: DOC-01, DOC-02, DOC-06."""

from datetime import date

from webapp.core.i18n import N_
from webapp.deadlines.calendar import WorkCalendar
from webapp.rulebook.edition import Edition, Finding, Rule, Where, passed, unmet
from webapp.rulebook.facts import Invitation, NoticePost, TripFacts
from webapp.rulebook.states import EnforcementPoint, Section

INVITATION = Where(Section.INVITATION)
NOTICE = Where(Section.NOTICE)
PERMIT = Where(Section.PERMIT)

FIELD_LABELS: dict[str, str] = {
    "inviter": N_("邀请单位"),
    "signatory": N_("签署人"),
    "purpose": N_("来访目的"),
    "dated_on": N_("签发日期"),
    "stay": N_("停留时间"),
    "cost_bearer": N_("费用承担方"),
    "original": N_("原件"),
    "translation": N_("译文"),
}


def check_invitation(facts: TripFacts, rule: Rule) -> list[Finding]:
    """Every country entered is covered by a complete letter that no intermediary obtained."""
    covered = {code for letter in facts.invitations for code in letter.countries}
    bare = [code for code in facts.entered_countries if code not in covered]
    found = []
    if bare:
        text = N_("%(bare_places)s没有邀请函。")
        found.append(unmet(rule, text, INVITATION, limit=0, actual=len(bare), bare_places=",".join(bare)))
    for letter in facts.invitations:
        where = Where(Section.INVITATION, letter.row)
        missing = _missing(letter, rule)
        if missing:
            labels = "|".join(FIELD_LABELS[name] for name in missing)
            text = N_("第 %(row)s 份邀请函缺：%(missing_labels)s。")
            found.append(unmet(rule, text, where, actual=len(missing), row=letter.row, missing_labels=labels))
        if letter.is_via_intermediary:
            text = N_("第 %(row)s 份邀请函由中介机构联系，不能作为依据。")
            found.append(unmet(rule, text, where, row=letter.row))
    if not found:
        text = N_("邀请函 %(count)s 份，内容齐全。")
        found.append(passed(rule, text, INVITATION, count=len(facts.invitations)))
    return found


def _missing(letter: Invitation, rule: Rule) -> list[str]:
    filled = {
        "inviter": letter.inviter,
        "signatory": letter.signatory,
        "purpose": letter.purpose,
        "dated_on": letter.dated_on,
        "stay": letter.stay_from and letter.stay_until,
        "cost_bearer": letter.cost_bearer,
    }
    missing = [name for name in rule.params["required"] if not filled[name]]
    if rule.params["needs_original"] and not letter.has_original:
        missing.append("original")
    if rule.params["needs_translation"] and not letter.has_translation:
        missing.append("translation")
    return missing


def notice_ends(posted_on: date, rule: Rule, calendar: WorkCalendar) -> date:
    """The last day of a public notice: the n-th working day after the day it was posted."""
    return calendar.nth_working_day(posted_on, int(rule.params["working_days"])).day


def check_notice(facts: TripFacts, rule: Rule, today: date, calendar: WorkCalendar) -> list[Finding]:
    """Organising and sending units have posted, the days have run out, nobody's objection is open."""
    if facts.is_classified:
        return [passed(rule, N_("涉密任务不公示。"), NOTICE)]
    posts = {post.unit_code: post for post in facts.notices}
    found = []
    for row, code in enumerate(facts.noticing_units, start=1):
        found.extend(
            _unit_notice(facts, rule, posts.get(code), Where(Section.NOTICE, row), code, today, calendar)
        )
    return found


def _unit_notice(
    facts: TripFacts,
    rule: Rule,
    post: NoticePost | None,
    where: Where,
    code: str,
    today: date,
    calendar: WorkCalendar,
) -> list[Finding]:
    days = int(rule.params["working_days"])
    unit = facts.unit_name(code)
    if post is None:
        text = N_("%(unit)s还没有公示，公示不少于 %(days)s 个工作日。")
        return [unmet(rule, text, where, limit=days, actual=0, unit=unit, days=days)]
    found = []
    ends = notice_ends(post.posted_on, rule, calendar)
    passed_days = (
        calendar.working_days_between(post.posted_on, min(today, ends)) if today > post.posted_on else 0
    )
    values = {"unit": unit, "days": days, "posted": post.posted_on.isoformat(), "ends": ends.isoformat()}
    if today <= ends:
        text = N_("%(unit)s %(posted)s 公示，到 %(ends)s 满 %(days)s 个工作日，次日起可以受理。")
        found.append(unmet(rule, text, where, limit=days, actual=passed_days, **values))
    if post.missing:
        text = N_("%(unit)s的公示缺：%(missing_labels)s。")
        found.append(unmet(rule, text, where, unit=unit, missing_labels="|".join(post.missing)))
    if post.has_open_objection:
        found.append(unmet(rule, N_("%(unit)s的公示有异议没有处理完。"), where, unit=unit))
    if not found:
        text = N_("%(unit)s %(posted)s 公示，%(ends)s 满 %(days)s 个工作日，没有未处理的异议。")
        found.append(passed(rule, text, where, limit=days, actual=days, **values))
    return found


def precedes(issued_on: date, departs_on: date) -> bool:
    """Whether a permit allows a departure: it is dated before that day, nothing is permitted afterwards."""
    return issued_on < departs_on


def check_permit(facts: TripFacts, rule: Rule, at: EnforcementPoint, today: date) -> list[Finding]:
    """A permit is dated before the day of departure; nothing is permitted afterwards."""
    departure = facts.left_on or facts.exit_on
    issued = facts.permit_issued_on
    if at is EnforcementPoint.PERMIT and issued is None:
        issued = today
    values = {"exit": departure.isoformat(), "issued": issued.isoformat() if issued else ""}
    if issued is None:
        return [unmet(rule, N_("还没有批件，不得出境（%(exit)s）。"), PERMIT, limit=departure, **values)]
    if not precedes(issued, departure):
        text = N_("批件日期 %(issued)s 不早于出境日期 %(exit)s，不予补办。")
        return [unmet(rule, text, PERMIT, limit=departure, actual=issued, **values)]
    text = N_("批件日期 %(issued)s，早于出境日期 %(exit)s。")
    return [passed(rule, text, PERMIT, limit=departure, actual=issued, **values)]


def check(
    facts: TripFacts, edition: Edition, at: EnforcementPoint | None, today: date, calendar: WorkCalendar
) -> list[Finding]:
    """`at` None: what can be judged of a draft, which leaves the permit out until there is one."""
    found: list[Finding] = []
    if (rule := edition.rule("DOC-01")) is not None:
        found.extend(check_invitation(facts, rule))
    if (rule := edition.rule("DOC-02")) is not None:
        found.extend(check_notice(facts, rule, today, calendar))
    rule = edition.rule("DOC-06")
    if rule is not None and (at in rule.enforced_at or (at is None and facts.permit_issued_on is not None)):
        found.extend(check_permit(facts, rule, at or EnforcementPoint.DEPARTURE, today))
    return found
