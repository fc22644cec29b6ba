"""Codes of the rulebook with the words shown for them."""

from enum import StrEnum

from webapp.core.i18n import N_
from webapp.deadlines.states import Confidence

__all__ = ["Confidence"]


class EnforcementPoint(StrEnum):
    """A step of a request at which rules may stop it."""

    SUBMISSION = "submission"
    ACCEPTANCE = "acceptance"
    PERMIT = "permit"
    DOCUMENT_RELEASE = "document_release"
    CHANGE = "change"
    DEPARTURE = "departure"
    RETURN = "return"
    REIMBURSEMENT = "reimbursement"
    CLOSING = "closing"


class Severity(StrEnum):
    """What an unmet rule does: it stops the step, it asks for an explanation, or it informs."""

    BLOCKER = "blocker"
    NEEDS_JUSTIFICATION = "needs_justification"
    NOTICE = "notice"


class Verdict(StrEnum):
    """What one check found. All but OK are the severity of the unmet rule."""

    OK = "ok"
    NOTICE = "notice"
    NEEDS_JUSTIFICATION = "needs_justification"
    BLOCKER = "blocker"


class ProposalState(StrEnum):
    """What became of a table of fee standards that was read in."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class WaivedBy(StrEnum):
    """Who may let a request pass in spite of an unmet rule, as a decision of its own."""

    FINAL_APPROVER = "final_approver"
    NOBODY = "nobody"


class Section(StrEnum):
    """The part of a request that a finding points at; also the parts a content hash is made of."""

    TASK = "task"
    LEGS = "legs"
    SCHEDULE = "schedule"
    MEMBERS = "members"
    BUDGET = "budget"
    INVITATION = "invitation"
    NOTICE = "notice"
    PLAN = "plan"
    PERMIT = "permit"
    TRAVEL = "travel"


class DelegationClass(StrEnum):
    """General delegations, and teaching and research staff on academic tasks, who have rules of their own."""

    GENERAL = "general"
    RESEARCH = "research"


class RouteKind(StrEnum):
    """Foreign countries, Hong Kong and Macao, Taiwan: three flows with authorities of their own."""

    FOREIGN = "foreign"
    HKMO = "hkmo"
    TAIWAN = "taiwan"


class Half(StrEnum):
    AM = "am"
    PM = "pm"


class BudgetItem(StrEnum):
    """The six items of the budget form (财行〔2013〕516号)."""

    INTL_FARE = "intl_fare"
    INTERCITY_FARE = "intercity_fare"
    LODGING = "lodging"
    MEALS = "meals"
    INCIDENTALS = "incidentals"
    OTHER = "other"


class Rank(StrEnum):
    """Ranks as far as a rule asks for them; the wording of the post itself is free text."""

    MINISTER = "minister"
    BUREAU = "bureau"
    DIVISION = "division"
    SECTION = "section"
    PROFESSIONAL = "professional"
    NONE = "none"


class Employment(StrEnum):
    SERVING = "serving"
    RETIRED = "retired"
    REHIRED = "rehired"
    STUDENT = "student"


class Basis(StrEnum):
    """Why a mission is notified: a treaty of the two states, the Vienna Convention, reciprocity, or not at all."""

    BILATERAL = "bilateral"
    VCCR = "vccr"
    RECIPROCITY = "reciprocity"
    NONE = "none"


class Counting(StrEnum):
    """How a treaty's term runs: to 24:00 of the n-th day after the measure, or n x 24 hours from it."""

    DAY_END = "day_end"
    HOURS = "hours"


# One table per enum: codes of two enums may be the same word ("notice", "permit", "none").
POINT_LABELS = {
    EnforcementPoint.SUBMISSION: N_("提交"),
    EnforcementPoint.ACCEPTANCE: N_("受理"),
    EnforcementPoint.PERMIT: N_("发批件"),
    EnforcementPoint.DOCUMENT_RELEASE: N_("发放证照"),
    EnforcementPoint.CHANGE: N_("变更"),
    EnforcementPoint.DEPARTURE: N_("出境"),
    EnforcementPoint.RETURN: N_("回国后"),
    EnforcementPoint.REIMBURSEMENT: N_("报销"),
    EnforcementPoint.CLOSING: N_("办结"),
}
SEVERITY_LABELS = {
    Severity.BLOCKER: N_("不符合即停"),
    Severity.NEEDS_JUSTIFICATION: N_("需说明"),
    Severity.NOTICE: N_("提示"),
}
VERDICT_LABELS = {
    Verdict.OK: N_("符合"),
    Verdict.NOTICE: N_("提示"),
    Verdict.NEEDS_JUSTIFICATION: N_("需说明"),
    Verdict.BLOCKER: N_("不符合"),
}
WAIVED_BY_LABELS = {
    WaivedBy.FINAL_APPROVER: N_("终审人可批准例外"),
    WaivedBy.NOBODY: N_("不可例外"),
}
SECTION_LABELS = {
    Section.TASK: N_("任务"),
    Section.LEGS: N_("行程"),
    Section.SCHEDULE: N_("日程"),
    Section.MEMBERS: N_("人员"),
    Section.BUDGET: N_("预算"),
    Section.INVITATION: N_("邀请函"),
    Section.NOTICE: N_("公示"),
    Section.PLAN: N_("计划"),
    Section.PERMIT: N_("批件"),
    Section.TRAVEL: N_("回国后事项"),
}
CLASS_LABELS = {
    DelegationClass.GENERAL: N_("一般团组"),
    DelegationClass.RESEARCH: N_("教学科研团组"),
}
ROUTE_LABELS = {
    RouteKind.FOREIGN: N_("出国"),
    RouteKind.HKMO: N_("赴港澳"),
    RouteKind.TAIWAN: N_("赴台"),
}
HALF_LABELS = {
    Half.AM: N_("上午"),
    Half.PM: N_("下午"),
}
ITEM_LABELS = {
    BudgetItem.INTL_FARE: N_("国际旅费"),
    BudgetItem.INTERCITY_FARE: N_("国外城市间交通费"),
    BudgetItem.LODGING: N_("住宿费"),
    BudgetItem.MEALS: N_("伙食费"),
    BudgetItem.INCIDENTALS: N_("公杂费"),
    BudgetItem.OTHER: N_("其他费用"),
}
RANK_LABELS = {
    Rank.MINISTER: N_("省部级"),
    Rank.BUREAU: N_("厅局级"),
    Rank.DIVISION: N_("县处级"),
    Rank.SECTION: N_("乡科级及以下"),
    Rank.PROFESSIONAL: N_("专业技术人员"),
    Rank.NONE: N_("无行政级别"),
}
EMPLOYMENT_LABELS = {
    Employment.SERVING: N_("在职"),
    Employment.RETIRED: N_("离退休"),
    Employment.REHIRED: N_("返聘"),
    Employment.STUDENT: N_("学生"),
}
BASIS_LABELS = {
    Basis.BILATERAL: N_("双边条约"),
    Basis.VCCR: N_("维也纳领事关系公约"),
    Basis.RECIPROCITY: N_("对等"),
    Basis.NONE: N_("无须通知"),
}
TERM_LABELS = {
    "basis": N_("依据"),
    "instrument": N_("文件"),
    "notify_days": N_("几天内通知"),
    "counting": N_("怎么算"),
    "mandatory": N_("必须通知，不看本人意愿"),
    "opt_out": N_("本人书面要求的可以不通知"),
    "known": N_("条款已核实"),
    "visit_days": N_("几天内安排探视"),
    "source": N_("出处"),
    "confidence": N_("可靠程度"),
}
COUNTING_LABELS = {
    Counting.DAY_END: N_("到第 n 日 24 时"),
    Counting.HOURS: N_("按小时"),
}


PROPOSAL_LABELS: dict[ProposalState, str] = {
    ProposalState.PROPOSED: N_("等另一人复核"),
    ProposalState.APPLIED: N_("已启用"),
    ProposalState.REFUSED: N_("没有通过"),
    ProposalState.WITHDRAWN: N_("已撤回"),
}
