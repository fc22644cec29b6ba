"""Words around a decision: urge, ask for information with the clock stopped, answer, copy to, comment."""

from datetime import timedelta

from webapp.accounts import queries_authority
from webapp.approvals import events_actions as events
from webapp.approvals import queries_record
from webapp.approvals.commands import Act, PassOn
from webapp.approvals.models import ApprovalRequest
from webapp.approvals.rules import apply
from webapp.approvals.rules_moves import OfSlot
from webapp.approvals.service_acts import Scene, enter, need_words, of_slot
from webapp.approvals.service_moves import carry, settle, tell, turn
from webapp.approvals.states import Move
from webapp.core.display import when
from webapp.core.errors import Invalid, NotAllowedNow, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import ADMINS
from webapp.core.tx import Tx, command

URGE_AGAIN_AFTER = timedelta(hours=4)

sentences(
    {
        "urged_already": N_("4 小时内已经催办过，%(at)s 以后可以再催。"),
        "nothing_to_urge": N_("现在没有在等人签批的环节。"),
        "copied_already": N_("已经抄送过这个人。"),
    }
)


@command
def urge(tx: Tx, cmd: Act) -> ApprovalRequest:
    """The applicant's side reminds whoever has it before them, at most once in 4 hours per request and person."""
    scene = enter(tx, cmd, Move.URGE)
    loaded = scene.loaded
    if not loaded.review.open:
        raise NotAllowedNow("nothing_to_urge")
    last = queries_record.last_turn(tx.session, loaded.request.id, Move.URGE, scene.person)
    if last is not None and tx.now < last + URGE_AGAIN_AFTER:
        raise NotAllowedNow("urged_already", at=when(last + URGE_AGAIN_AFTER, tx.now))
    turn(tx, loaded, Move.URGE, cmd.reason, tx.now)
    open_now = tuple(slot.key for slot in loaded.review.open)
    tx.record(tell(events.ApprovalUrged, loaded, tx.now, slots=open_now, reason=cmd.reason))
    return loaded.request


@command
def ask(tx: Tx, cmd: Act) -> ApprovalRequest:
    """Whoever may sign asks the applicant something; the slot's clock stands until it is answered (补充说明)."""
    need_words(cmd, N_("请写明要补充说明什么。"))
    scene = enter(tx, cmd, Move.ASK)
    _turned(tx, cmd, scene, Move.ASK)
    tx.record(of_slot(events.ApprovalInformationAsked, scene, tx.now, reason=cmd.reason))
    return scene.loaded.request


@command
def answer(tx: Tx, cmd: Act) -> ApprovalRequest:
    """The applicant's side answers; the slot is open again and its clock goes on."""
    need_words(cmd, N_("请写下补充说明。"))
    scene = enter(tx, cmd, Move.ANSWER)
    minutes = _turned(tx, cmd, scene, Move.ANSWER)
    tx.record(of_slot(events.ApprovalInformationGiven, scene, tx.now, minutes=minutes, reason=cmd.reason))
    return scene.loaded.request


@command
def call_off(tx: Tx, cmd: Act) -> ApprovalRequest:
    """Whoever may sign no longer waits for the answer; the clock goes on."""
    scene = enter(tx, cmd, Move.CALL_OFF)
    minutes = _turned(tx, cmd, scene, Move.CALL_OFF)
    tx.record(of_slot(events.ApprovalQuestionCancelled, scene, tx.now, minutes=minutes, reason=cmd.reason))
    return scene.loaded.request


def _turned(tx: Tx, cmd: Act, scene: Scene, move: Move) -> int:
    """Make the move of the slot; returns the minutes its clock has just stood."""
    loaded, since = scene.loaded, scene.row.paused_at
    after = apply(loaded.review, OfSlot(move, scene.its_slot.key))
    turn(tx, loaded, move, cmd.reason, tx.now, stage=scene.row.title)
    changes = carry(tx, loaded, after, tx.now)
    settle(tx, loaded, changes, tx.now)
    return (tx.now - since) // timedelta(minutes=1) if since else 0


@command
def copy(tx: Tx, cmd: PassOn) -> ApprovalRequest:
    """Let a colleague whose post covers the unit read along, and tell them (抄送). Reading is all it gives."""
    scene = enter(tx, cmd, Move.COPY)
    loaded = scene.loaded
    found = queries_authority.posts_over(tx.session, loaded.request.unit_path, scene.now)
    name = next((person.name for person in found if person.id == cmd.to and person.role not in ADMINS), None)
    if name is None:
        raise Invalid("person_may_not", fields={"to": [gettext(N_("只能抄送给岗位管到这个单位的同事。"))]})
    if queries_record.is_copied(tx.session, loaded.request.id, cmd.to):
        raise NotAllowedNow("copied_already")
    turn(tx, loaded, Move.COPY, cmd.reason, tx.now, other=cmd.to)
    told = tell(events.ApprovalCopied, loaded, tx.now, to=str(cmd.to), to_name=name, reason=cmd.reason)
    tx.record(told)
    return loaded.request


@command
def comment(tx: Tx, cmd: Act) -> ApprovalRequest:
    """Words for the record, seen by everybody who sees the request; never changed or removed."""
    need_words(cmd, N_("请写下评论。"))
    scene = enter(tx, cmd, Move.COMMENT)
    turn(tx, scene.loaded, Move.COMMENT, cmd.reason, tx.now)
    tx.record(tell(events.ApprovalCommented, scene.loaded, tx.now, reason=cmd.reason))
    return scene.loaded.request
