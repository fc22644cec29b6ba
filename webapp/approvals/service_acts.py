"""What all actions besides verdicts share: the request locked, authority checked at commit, the result carried."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from webapp.accounts import queries as accounts
from webapp.accounts import queries_authority
from webapp.approvals.commands import Act
from webapp.approvals.events_actions import OfStage
from webapp.approvals.models import ApprovalStage
from webapp.approvals.policy import Standing, bar, may_approve
from webapp.approvals.policy_sides import SIDES, Seen, offers, refused_side
from webapp.approvals.rules_moves import refusal
from webapp.approvals.rules_slots import Slot
from webapp.approvals.service_decide import already_decided, load_shown, standing_of
from webapp.approvals.service_moves import Loaded, load, tell
from webapp.approvals.states import OF_A_SLOT, Move
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.tx import Tx

E = TypeVar("E", bound=OfStage)

_ABOUT_PERSONS = {
    "person_may_not": N_("这个人没有可以签批这个单位事项的岗位，或者账号已停用。"),
    "person_is_party": N_("这个人是申请人、起草人或团组成员（或他们的代理人），不能经手。"),
}
sentences(
    {
        "request_suspended": N_("这件事已经挂起，恢复办理之前不能做这件事。"),
        "final_is_revoked": N_("最后一个环节签过不能拿回，需要时由审批领导撤销批准。"),
        "question_open": N_("这个环节在等补充说明，说明之后才能签批。"),
        "not_asked": N_("这个环节没有在等补充说明。"),
        "only_added_signers": N_("只能减去后来加签的人，流程里的环节不能减。"),
        "not_your_signature": N_("这个签批不是你签的，不能拿回。"),
        "too_late_to_take_back": N_("已经超过 10 分钟，不能拿回。"),
        "next_has_acted": N_("后面的环节已经办理，不能拿回。"),
        "next_has_seen": N_("后面的环节已经有人打开查看，不能拿回。"),
        "no_earlier_stage": N_("不能退回到这个环节：它不在前面，或者这一轮没有签批过。"),
        "same_person": N_("这件事已经在这个人手里。"),
        "person_signed_already": N_("这个人在这一轮已经签批过，同一轮不能再签。"),
        "person_added_already": N_("这个人已经加签过。"),
        "added_signer_adds_none": N_("加签的人不能再加签，可以转交或者发表意见。"),
        **_ABOUT_PERSONS,
        "only_applicants": N_("只有申请人、起草人或本单位的经办人可以这样做。"),
        "only_involved": N_("只有经手这件事的人可以这样做。"),
        "not_allowed": N_("你的岗位不能这样做。"),
    }
)


@dataclass
class Scene:
    """A request locked for one move of the actor's; `slot` where the move concerns one."""

    loaded: Loaded
    seen: Seen
    now: datetime
    slot: Slot | None = None

    @property
    def person(self) -> UUID:
        return self.seen.standing.person

    @property
    def its_slot(self) -> Slot:
        assert self.slot is not None
        return self.slot

    @property
    def row(self) -> ApprovalStage:
        return self.loaded.rows[self.its_slot.key]


def enter(tx: Tx, cmd: Act, move: Move) -> Scene:
    """Lock the request, read the actor's authority as it is now, and let them through or say why not.

    Raises `NotFound`, `Forbidden` with the reason, `OutOfDate`, `NotAllowedNow` with who was quicker.
    """
    loaded = load(tx, cmd.kind, cmd.subject_id) if cmd.subject_id else load_shown(tx, cmd.kind, cmd.number)
    now = loaded.read_at
    standing = standing_of(tx, now)
    seen = Seen(loaded.review, standing, loaded.parties, loaded.request.unit_path, now)
    slot = _slot(seen, cmd.slot, move) if move in OF_A_SLOT else None
    code = refused_side(seen, SIDES[move], slot)
    if code is not None:
        raise Forbidden(code)
    _require_possible(tx, loaded, move, slot)
    tx.check_version(loaded.request, cmd.version)
    return Scene(loaded, seen, now, slot)


def _slot(seen: Seen, key: str, move: Move) -> Slot:
    if key:
        return seen.review.slot(key)
    mine = {own for possible, own in offers(seen) if possible is move}
    for slot in seen.review.slots:
        if slot.key in mine:
            return slot
    raise Forbidden("not_your_stage")


def _require_possible(tx: Tx, loaded: Loaded, move: Move, slot: Slot | None) -> None:
    code = refusal(loaded.review, move, slot)
    if code is None:
        return
    if slot is not None and code in ("already_decided", "not_in_this_state"):
        raise already_decided(tx, loaded, slot.key)
    raise NotAllowedNow(code, state=loaded.review.state.value, move=move.value)


def recipient(tx: Tx, scene: Scene, to: UUID) -> str:
    """The name of whom the slot may go to: a post that approves over the unit, held now, and no part in the matter.

    Their grants are share-locked like the actor's own. Raises `Invalid`.
    """
    slot = replace(scene.its_slot, person=to)
    found = queries_authority.authority(tx.session, to, scene.now)
    posts = [g for g in found.grants if may_approve(g) and g.holds(scene.now) and g.covers(slot.unit)]
    if not posts:
        raise _invalid("person_may_not")
    if bar(slot, Standing(to, found.grants, found.principals), scene.seen.parties) is not None:
        raise _invalid("person_is_party")
    return accounts.names(tx.session, [to])[to]


def _invalid(code: str) -> Invalid:
    return Invalid(code, fields={"to": [gettext(_ABOUT_PERSONS[code])]})


def need_words(cmd: Act, words: str) -> None:
    """Raise `Invalid` while the field `reason` is empty."""
    if not cmd.reason.strip():
        raise Invalid("reason_needed", fields={"reason": [gettext(words)]})


def of_slot(kind: type[E], scene: Scene, at: datetime, **values: Any) -> E:
    """An event of the scene's slot."""
    slot = scene.its_slot
    return tell(kind, scene.loaded, at, stage=slot.stage, seat=slot.seat, slot=slot.key, **values)
