"""The claim against permit, border record and papers (PST-06 at reimbursement; 财行〔2013〕516号)."""

from webapp.core.i18n import N_
from webapp.rulebook.edition import Finding, Rule, Where, passed, unmet
from webapp.rulebook.facts import ClaimFacts, TravelFacts, TripFacts
from webapp.rulebook.states import Section

TRAVEL = Where(Section.TRAVEL)


def check(facts: TripFacts, travel: TravelFacts, claim: ClaimFacts, rule: Rule) -> list[Finding]:
    """Days, people and countries are those of the permit and of the real journey; the papers are complete."""
    found = []
    # The permit's days are paid for, and no day that was not travelled (T08: five days of six).
    most = min(facts.days, travel.days)
    if claim.days > most:
        text = N_("报销 %(days)s 天，批准 %(approved)s 天，实际 %(travelled)s 天，最多报 %(most)s 天。")
        values = {"days": claim.days, "approved": facts.days, "travelled": travel.days, "most": most}
        found.append(unmet(rule, text, TRAVEL, limit=most, actual=claim.days, **values))
    if claim.people > len(facts.members):
        text = N_("报销 %(people)s 人，批件上 %(members)s 人。")
        values = {"people": claim.people, "members": len(facts.members)}
        found.append(unmet(rule, text, TRAVEL, limit=len(facts.members), actual=claim.people, **values))
    extra = [code for code in claim.countries if code not in facts.entered_countries]
    if extra:
        text = N_("报销里有%(extra_places)s，批件上没有。")
        found.append(unmet(rule, text, TRAVEL, limit=0, actual=len(extra), extra_places=",".join(extra)))
    papers = (
        (claim.has_border_record, N_("没有附出入境记录。")),
        (claim.is_in_chinese, N_("外文票据没有用中文注明开支内容、日期、数量、金额。")),
        (claim.has_head_signature, N_("团长没有签字。")),
        (claim.is_paid_by_transfer, N_("没有用公务卡或银行转账结算。")),
    )
    found.extend(unmet(rule, text, TRAVEL) for there, text in papers if not there)
    if not found:
        text = N_("报销 %(days)s 天 %(people)s 人，与批件和出入境记录一致，凭据齐全。")
        found.append(
            passed(rule, text, TRAVEL, limit=most, actual=claim.days, days=claim.days, people=claim.people)
        )
    return found
