"""States of a request and of its slots, and the moves between them, as tables."""

from enum import StrEnum

from webapp.core.i18n import N_

#: Kinds of subjects that features bring to approval. The composition root must name a handler for each.
SUBMITTED_KINDS: set[str] = set()


def submitted_kind(kind: str) -> str:
    """Declare, where a feature names its kind, that it goes to approval; returns the kind."""
    SUBMITTED_KINDS.add(kind)
    return kind


class RequestState(StrEnum):
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class SlotState(StrEnum):
    """A slot is one signature wanted from one pool of people in one round.

    Skipped: its condition did not hold. Spared: others had made the quorum before it was given.
    """

    WAITING = "waiting"
    OPEN = "open"
    SIGNED = "signed"
    RETURNED = "returned"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    SPARED = "spared"
    KEPT = "kept"
    VOID = "void"


class Verdict(StrEnum):
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    CONFIRM = "confirm"


class Move(StrEnum):
    """What can be done to a request as a whole."""

    SIGN = "sign"
    POST_NOTICE = "post_notice"
    RETURN = "return"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    RESUME = "resume"
    ACKNOWLEDGE = "acknowledge"
    REVOKE = "revoke"


_S = RequestState
_M = Move
# SIGN leads to APPROVED instead when no signature is left to give: `rules.sign` decides which.
MOVES: dict[tuple[RequestState, Move], RequestState] = {
    (_S.IN_REVIEW, _M.SIGN): _S.IN_REVIEW,
    (_S.IN_REVIEW, _M.POST_NOTICE): _S.IN_REVIEW,
    (_S.IN_REVIEW, _M.RETURN): _S.RETURNED,
    (_S.IN_REVIEW, _M.REJECT): _S.REJECTED,
    (_S.IN_REVIEW, _M.WITHDRAW): _S.WITHDRAWN,
    (_S.RETURNED, _M.WITHDRAW): _S.WITHDRAWN,
    (_S.RETURNED, _M.ACKNOWLEDGE): _S.RETURNED,
    (_S.RETURNED, _M.RESUME): _S.IN_REVIEW,
    (_S.WITHDRAWN, _M.RESUME): _S.IN_REVIEW,
    (_S.REVOKED, _M.RESUME): _S.IN_REVIEW,
    (_S.REVOKED, _M.ACKNOWLEDGE): _S.REVOKED,
    (_S.APPROVED, _M.REVOKE): _S.REVOKED,
}
ENDED = frozenset({_S.APPROVED, _S.REJECTED})
SETTLED_SLOTS = frozenset({SlotState.SIGNED, SlotState.SKIPPED, SlotState.SPARED, SlotState.KEPT})

REQUEST_LABELS: dict[RequestState, str] = {
    _S.IN_REVIEW: N_("审批中"),
    _S.RETURNED: N_("已退回"),
    _S.APPROVED: N_("已批准"),
    _S.REJECTED: N_("不同意"),
    _S.WITHDRAWN: N_("已撤回"),
    _S.REVOKED: N_("已撤销"),
}
VERDICT_LABELS: dict[Verdict, str] = {
    Verdict.APPROVE: N_("同意"),
    Verdict.RETURN: N_("退回修改"),
    Verdict.REJECT: N_("不同意"),
    Verdict.CONFIRM: N_("确认公示"),
}
MOVE_LABELS: dict[Move, str] = {
    _M.SIGN: N_("签批"),
    _M.POST_NOTICE: N_("登记公示"),
    _M.RETURN: N_("退回修改"),
    _M.REJECT: N_("不同意"),
    _M.WITHDRAW: N_("撤回"),
    _M.RESUME: N_("重新提交"),
    _M.ACKNOWLEDGE: N_("知悉退回"),
    _M.REVOKE: N_("撤销批准"),
}
