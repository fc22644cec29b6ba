"""The life of a trip: its states, what may happen in each, and what the actor may therefore do."""

from enum import StrEnum

from webapp.core.i18n import N_


class TripState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    TRAVELLING = "travelling"
    BACK = "back"
    CLOSED = "closed"
    DISCARDED = "discarded"


class TripAction(StrEnum):
    EDIT = "edit"
    DISCARD = "discard"
    ASK_WAIVER = "ask_waiver"
    SUBMIT = "submit"
    DECIDE_WAIVER = "decide_waiver"
    POST_NOTICE = "post_notice"
    WITHDRAW = "withdraw"
    SEND_BACK = "send_back"
    REFUSE = "refuse"
    APPROVE = "approve"
    REVOKE = "revoke"
    DEPART = "depart"
    COME_BACK = "come_back"
    HAND_OUT_PASSPORT = "hand_out_passport"
    RETURN_PASSPORT = "return_passport"
    REPORT = "report"
    PUBLISH = "publish"
    EXPLAIN_RETURN = "explain_return"
    CONFIRM_RETURN = "confirm_return"
    REIMBURSE = "reimburse"
    CLOSE = "close"


_S, _A = TripState, TripAction

# Every pair that is not listed is refused with 409. A state that stays the same is an action within it.
MOVES: dict[tuple[TripState, TripAction], TripState] = {
    (_S.DRAFT, _A.EDIT): _S.DRAFT,
    (_S.DRAFT, _A.ASK_WAIVER): _S.DRAFT,
    (_S.DRAFT, _A.DISCARD): _S.DISCARDED,
    (_S.DRAFT, _A.SUBMIT): _S.IN_REVIEW,
    (_S.IN_REVIEW, _A.POST_NOTICE): _S.IN_REVIEW,
    (_S.IN_REVIEW, _A.DECIDE_WAIVER): _S.IN_REVIEW,
    (_S.IN_REVIEW, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.IN_REVIEW, _A.SEND_BACK): _S.RETURNED,
    (_S.IN_REVIEW, _A.REFUSE): _S.REFUSED,
    (_S.IN_REVIEW, _A.APPROVE): _S.APPROVED,
    (_S.RETURNED, _A.EDIT): _S.RETURNED,
    (_S.RETURNED, _A.ASK_WAIVER): _S.RETURNED,
    (_S.RETURNED, _A.SUBMIT): _S.IN_REVIEW,
    (_S.RETURNED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, _A.REVOKE): _S.REVOKED,
    (_S.APPROVED, _A.HAND_OUT_PASSPORT): _S.APPROVED,
    # Whoever does not travel after all, or comes back before the others, hands the document in too.
    (_S.APPROVED, _A.RETURN_PASSPORT): _S.APPROVED,
    (_S.REVOKED, _A.RETURN_PASSPORT): _S.REVOKED,
    (_S.TRAVELLING, _A.RETURN_PASSPORT): _S.TRAVELLING,
    (_S.APPROVED, _A.DEPART): _S.TRAVELLING,
    (_S.TRAVELLING, _A.COME_BACK): _S.BACK,
    (_S.BACK, _A.RETURN_PASSPORT): _S.BACK,
    (_S.BACK, _A.REPORT): _S.BACK,
    (_S.BACK, _A.PUBLISH): _S.BACK,
    (_S.BACK, _A.EXPLAIN_RETURN): _S.BACK,
    (_S.BACK, _A.CONFIRM_RETURN): _S.BACK,
    (_S.BACK, _A.REIMBURSE): _S.BACK,
    (_S.BACK, _A.CLOSE): _S.CLOSED,
}

LABELS: dict[TripState, str] = {
    _S.DRAFT: N_("草稿"),
    _S.IN_REVIEW: N_("在审"),
    _S.RETURNED: N_("退回修改"),
    _S.APPROVED: N_("已批准"),
    _S.REFUSED: N_("不予批准"),
    _S.WITHDRAWN: N_("已撤回"),
    _S.REVOKED: N_("批件已撤销"),
    _S.TRAVELLING: N_("出访中"),
    _S.BACK: N_("已回国，待办结"),
    _S.CLOSED: N_("已办结"),
    _S.DISCARDED: N_("草稿已删除"),
}

TONES: dict[TripState, str] = {
    _S.IN_REVIEW: "info",
    _S.RETURNED: "warn",
    _S.APPROVED: "ok",
    _S.REFUSED: "bad",
    _S.REVOKED: "bad",
    _S.TRAVELLING: "info",
    _S.BACK: "warn",
    _S.CLOSED: "ok",
}

ACTION_LABELS: dict[TripAction, str] = {
    _A.EDIT: N_("修改申请"),
    _A.DISCARD: N_("删除草稿"),
    _A.ASK_WAIVER: N_("申请例外"),
    _A.DECIDE_WAIVER: N_("决定例外申请"),
    _A.SUBMIT: N_("提交申请"),
    _A.POST_NOTICE: N_("登记事前公示"),
    _A.WITHDRAW: N_("撤回申请"),
    _A.SEND_BACK: N_("退回修改"),
    _A.REFUSE: N_("不予批准"),
    _A.APPROVE: N_("批准"),
    _A.REVOKE: N_("撤销批件"),
    _A.DEPART: N_("登记出境"),
    _A.COME_BACK: N_("登记入境"),
    _A.HAND_OUT_PASSPORT: N_("登记证照领出"),
    _A.RETURN_PASSPORT: N_("登记证照归还"),
    _A.REPORT: N_("提交出访报告"),
    _A.PUBLISH: N_("登记事后公示"),
    _A.EXPLAIN_RETURN: N_("说明回国情况"),
    _A.CONFIRM_RETURN: N_("确认回国事项"),
    _A.REIMBURSE: N_("登记报销核销"),
    _A.CLOSE: N_("办结"),
}


class TemplateState(StrEnum):
    """Of a proposed way to number permits."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


TEMPLATE_LABELS: dict[TemplateState, str] = {
    TemplateState.PROPOSED: N_("待确认"),
    TemplateState.CONFIRMED: N_("已启用"),
    TemplateState.REFUSED: N_("未通过"),
}
# The kind of the clock for each member's document (PST-01); rules and pages ask for it.
PASSPORT_DUTY = "trips.passport_return"
EDITABLE = frozenset({_S.DRAFT, _S.RETURNED})
PERMITTED = frozenset({_S.APPROVED, _S.TRAVELLING, _S.BACK, _S.CLOSED})


def move(state: TripState, action: TripAction) -> TripState | None:
    """The state the action leads to, or None where it may not happen."""
    return MOVES.get((state, action))


def possible(state: TripState) -> frozenset[TripAction]:
    """All actions the state knows, whoever asks."""
    return frozenset(action for known, action in MOVES if known is state)
