"""States of a request and of its slots, and the moves between them, as tables."""

from enum import StrEnum

from webapp.core.i18n import N_
from webapp.core.permissions import Role

#: Kinds of subjects that features bring to approval. The composition root must name a handler for each.
SUBMITTED_KINDS: set[str] = set()


def submitted_kind(kind: str) -> str:
    """Declare, where a feature names its kind, that it goes to approval; returns the kind."""
    SUBMITTED_KINDS.add(kind)
    return kind


class RequestState(StrEnum):
    IN_REVIEW = "in_review"
    SUSPENDED = "suspended"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class ProposalState(StrEnum):
    """A text of a route that was handed in; only another person than its author puts it in force."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


PROPOSAL_LABELS: dict[ProposalState, str] = {
    ProposalState.PROPOSED: N_("等待复核"),
    ProposalState.APPLIED: N_("已启用"),
    ProposalState.REFUSED: N_("不通过"),
    ProposalState.WITHDRAWN: N_("已撤回"),
}


class SlotState(StrEnum):
    """A slot is one signature wanted from one pool of people, or from one person, in one round.

    Skipped: its condition did not hold. Spared: others had made the quorum before it was given. Asked: open, but
    its clock stands until the applicant has answered a question. Removed: an added signer who was taken out again.
    """

    WAITING = "waiting"
    OPEN = "open"
    ASKED = "asked"
    SIGNED = "signed"
    RETURNED = "returned"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    SPARED = "spared"
    KEPT = "kept"
    VOID = "void"
    REMOVED = "removed"


class Verdict(StrEnum):
    """ADVISE is what a person says to whom a slot was delegated (委派): it goes back and decides nothing."""

    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    CONFIRM = "confirm"
    ADVISE = "advise"


class Placed(StrEnum):
    """Where a signer stands who was added to a slot (加签). DELEGATED: gives advice before it (委派)."""

    BEFORE = "before"
    AFTER = "after"
    BESIDE = "beside"
    DELEGATED = "delegated"


class Comeback(StrEnum):
    """After a return (驳回策略): the stages in between run again, or it comes back to who returned it."""

    RUN_AGAIN = "run_again"
    TO_ME = "to_me"


class Move(StrEnum):
    """Everything that can be done in the life of a request."""

    SIGN = "sign"
    POST_NOTICE = "post_notice"
    RETURN = "return"
    SEND_BACK = "send_back"
    REJECT = "reject"
    TAKE_BACK = "take_back"
    FORWARD = "forward"
    DELEGATE = "delegate"
    ADD_SIGNER = "add_signer"
    REMOVE_SIGNER = "remove_signer"
    ASK = "ask"
    ANSWER = "answer"
    CALL_OFF = "call_off"
    URGE = "urge"
    COPY = "copy"
    COMMENT = "comment"
    SUSPEND = "suspend"
    CONTINUE = "continue"
    WITHDRAW = "withdraw"
    RESUME = "resume"
    ACKNOWLEDGE = "acknowledge"
    REVOKE = "revoke"


_S = RequestState
_M = Move
# What a request as a whole allows, and where it leads. SIGN leads to APPROVED instead when no signature is left
# to give: `rules_slots.open_next` decides which.
MOVES: dict[tuple[RequestState, Move], RequestState] = {
    **{
        (_S.IN_REVIEW, move): _S.IN_REVIEW
        for move in (
            _M.SIGN,
            _M.POST_NOTICE,
            _M.SEND_BACK,
            _M.TAKE_BACK,
            _M.FORWARD,
            _M.DELEGATE,
            _M.ADD_SIGNER,
            _M.REMOVE_SIGNER,
            _M.ASK,
            _M.ANSWER,
            _M.CALL_OFF,
            _M.URGE,
        )
    },
    **{(state, move): state for state in _S for move in (_M.COPY, _M.COMMENT)},
    (_S.IN_REVIEW, _M.RETURN): _S.RETURNED,
    (_S.IN_REVIEW, _M.REJECT): _S.REJECTED,
    (_S.IN_REVIEW, _M.SUSPEND): _S.SUSPENDED,
    (_S.IN_REVIEW, _M.WITHDRAW): _S.WITHDRAWN,
    (_S.SUSPENDED, _M.CONTINUE): _S.IN_REVIEW,
    (_S.SUSPENDED, _M.WITHDRAW): _S.WITHDRAWN,
    (_S.RETURNED, _M.WITHDRAW): _S.WITHDRAWN,
    (_S.RETURNED, _M.ACKNOWLEDGE): _S.RETURNED,
    (_S.RETURNED, _M.RESUME): _S.IN_REVIEW,
    (_S.WITHDRAWN, _M.RESUME): _S.IN_REVIEW,
    (_S.REVOKED, _M.RESUME): _S.IN_REVIEW,
    (_S.REVOKED, _M.ACKNOWLEDGE): _S.REVOKED,
    (_S.APPROVED, _M.REVOKE): _S.REVOKED,
}
_L = SlotState
# What one slot allows, for the moves that concern one. A signer added before it sends an open slot back to WAITING.
SLOT_MOVES: dict[tuple[SlotState, Move], SlotState] = {
    (_L.OPEN, _M.SIGN): _L.SIGNED,
    (_L.OPEN, _M.POST_NOTICE): _L.OPEN,
    (_L.OPEN, _M.RETURN): _L.RETURNED,
    (_L.OPEN, _M.SEND_BACK): _L.RETURNED,
    (_L.OPEN, _M.REJECT): _L.REJECTED,
    (_L.OPEN, _M.FORWARD): _L.OPEN,
    (_L.OPEN, _M.DELEGATE): _L.WAITING,
    (_L.OPEN, _M.ADD_SIGNER): _L.OPEN,
    (_L.WAITING, _M.REMOVE_SIGNER): _L.REMOVED,
    (_L.OPEN, _M.REMOVE_SIGNER): _L.REMOVED,
    (_L.ASKED, _M.REMOVE_SIGNER): _L.REMOVED,
    (_L.OPEN, _M.ASK): _L.ASKED,
    (_L.ASKED, _M.ANSWER): _L.OPEN,
    (_L.ASKED, _M.CALL_OFF): _L.OPEN,
    (_L.SIGNED, _M.TAKE_BACK): _L.OPEN,
}
OF_A_SLOT = frozenset(move for _state, move in SLOT_MOVES)
# A notice is put up and confirmed (and that taken back); nothing else is done to one.
OF_A_NOTICE = frozenset({_M.SIGN, _M.POST_NOTICE, _M.TAKE_BACK})
ENDED = frozenset({_S.APPROVED, _S.REJECTED})
SETTLED_SLOTS = frozenset({_L.SIGNED, _L.SKIPPED, _L.SPARED, _L.KEPT, _L.REMOVED})
LIVE_SLOTS = frozenset({_L.WAITING, _L.OPEN, _L.ASKED})

REQUEST_LABELS: dict[RequestState, str] = {
    _S.IN_REVIEW: N_("审批中"),
    _S.SUSPENDED: N_("已挂起"),
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
    Verdict.ADVISE: N_("办理意见"),
}
PLACED_LABELS: dict[Placed, str] = {
    Placed.BEFORE: N_("前加签"),
    Placed.AFTER: N_("后加签"),
    Placed.BESIDE: N_("并行加签"),
    Placed.DELEGATED: N_("委派"),
}
COMEBACK_LABELS: dict[Comeback, str] = {
    Comeback.RUN_AGAIN: N_("中间环节重新签批"),
    Comeback.TO_ME: N_("改好后直接回到我"),
}
MOVE_LABELS: dict[Move, str] = {
    _M.SIGN: N_("签批"),
    _M.POST_NOTICE: N_("登记公示"),
    _M.RETURN: N_("退回修改"),
    _M.SEND_BACK: N_("退回前面环节"),
    _M.REJECT: N_("不同意"),
    _M.TAKE_BACK: N_("拿回"),
    _M.FORWARD: N_("转交"),
    _M.DELEGATE: N_("委派"),
    _M.ADD_SIGNER: N_("加签"),
    _M.REMOVE_SIGNER: N_("减签"),
    _M.ASK: N_("要求补充说明"),
    _M.ANSWER: N_("补充说明"),
    _M.CALL_OFF: N_("不再等说明"),
    _M.URGE: N_("催办"),
    _M.COPY: N_("抄送"),
    _M.COMMENT: N_("评论"),
    _M.SUSPEND: N_("挂起"),
    _M.CONTINUE: N_("恢复办理"),
    _M.WITHDRAW: N_("撤回"),
    _M.RESUME: N_("重新提交"),
    _M.ACKNOWLEDGE: N_("知悉退回"),
    _M.REVOKE: N_("撤销批准"),
}

# The next post above the one that answers: told when a limit is over and nobody has moved, asked when nobody is there.
SUPERIOR: dict[Role, Role] = {
    Role.UNIT_FA_LEAD: Role.UNIT_HEAD,
    Role.FINANCE: Role.UNIT_HEAD,
    Role.PERSONNEL: Role.UNIT_HEAD,
    Role.SECRECY: Role.UNIT_HEAD,
    Role.DISCIPLINE: Role.UNIT_HEAD,
    Role.UNIT_HEAD: Role.CITY_LEADER,
    Role.COUNTER_CLERK: Role.SECTION_CHIEF,
    Role.CASE_OFFICER: Role.SECTION_CHIEF,
    Role.SECTION_CHIEF: Role.FAO_DIRECTOR,
    Role.FAO_DIRECTOR: Role.CITY_LEADER,
}
