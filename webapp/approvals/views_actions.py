"""Everything besides verdicts, one page and one form for each move: the table says which form and which service."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from webapp.approvals import (
    queries,
    queries_offers,
    queries_sheet,
    service_back,
    service_pass,
    service_suspend,
    service_talk,
)
from webapp.approvals.commands import Act, AddSigner, PassOn, SendBack
from webapp.approvals.queries_offers import Offer
from webapp.approvals.schemas import ActSchema, AddSignerSchema, PassOnSchema, SendBackSchema
from webapp.approvals.states import COMEBACK_LABELS, PLACED_LABELS, Move, Placed
from webapp.approvals.views import refused, visible
from webapp.core.errors import DomainError, Forbidden, NotAllowedNow, NotFound, OutOfDate
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.i18n import N_
from webapp.core.permissions import Permission
from webapp.core.tx import Command

bp = Blueprint("approvals_actions", __name__, url_prefix="/approvals", template_folder="templates")


@dataclass(frozen=True)
class Deed:
    """How a move is asked for. `said` is shown once it is done; `help` above its form."""

    service: Command[Any, queries.RequestRow]
    said: str
    help: str
    schema: type[Schema] = ActSchema
    command: type[Act] = Act


DEEDS: dict[Move, Deed] = {
    Move.TAKE_BACK: Deed(
        service_back.take_back,
        N_("已拿回。"),
        N_("签批后 10 分钟内，后面的环节还没有人打开查看或办理，可以拿回来重新签批。记录不会删除。"),
    ),
    Move.SEND_BACK: Deed(
        service_back.send_back,
        N_("已退回。"),
        N_("退回到前面已经签批过的环节，由那个环节重新签批。内容要修改的，请用“退回修改”退给申请人。"),
        SendBackSchema,
        SendBack,
    ),
    Move.FORWARD: Deed(
        service_pass.forward,
        N_("已转交。"),
        N_("转交以后由对方签批，时限照旧。"),
        PassOnSchema,
        PassOn,
    ),
    Move.DELEGATE: Deed(
        service_pass.delegate,
        N_("已委派。"),
        N_("对方先写办理意见，然后回到你这里签批。等意见的时间不算你的时限。"),
        PassOnSchema,
        PassOn,
    ),
    Move.ADD_SIGNER: Deed(
        service_pass.add_signer,
        N_("已加签。"),
        N_("请另一个人也签批：在你之前、在你之后，或者同时。"),
        AddSignerSchema,
        AddSigner,
    ),
    Move.REMOVE_SIGNER: Deed(service_pass.remove_signer, N_("已减签。"), N_("减去一个还没有签批的加签人。")),
    Move.ASK: Deed(
        service_talk.ask,
        N_("已要求补充说明。"),
        N_("申请人会收到你的问题。说明之前，这个环节不计时，也不能签批。"),
    ),
    Move.ANSWER: Deed(
        service_talk.answer,
        N_("已补充说明。"),
        N_("写下说明以后，回到提问的环节继续签批。"),
    ),
    Move.CALL_OFF: Deed(service_talk.call_off, N_("不再等说明。"), N_("不再等申请人说明，时限继续计算。")),
    Move.URGE: Deed(service_talk.urge, N_("已催办。"), N_("提醒现在的签批人。4 小时内只能催一次。")),
    Move.COMMENT: Deed(
        service_talk.comment, N_("已评论。"), N_("能看到这件事的人都能看到评论。评论不能修改和删除。")
    ),
    Move.COPY: Deed(
        service_talk.copy,
        N_("已抄送。"),
        N_("对方会收到通知，可以查看，不能签批。"),
        PassOnSchema,
        PassOn,
    ),
    Move.SUSPEND: Deed(
        service_suspend.suspend, N_("已挂起。"), N_("挂起以后谁也不能签批，所有时限停止计算，直到恢复办理。")
    ),
    Move.CONTINUE: Deed(service_suspend.resume, N_("已恢复办理。"), N_("从挂起时的环节继续，时限接着计算。")),
}
WORDS_NEEDED = (Move.SEND_BACK, Move.ASK, Move.ANSWER, Move.COMMENT, Move.SUSPEND)
NAMES_SOMEBODY = (Move.FORWARD, Move.DELEGATE, Move.ADD_SIGNER, Move.COPY)


@bp.get("/<kind>/<number>/do/<move>")
@policy(Permission.INBOX_SEE)
def form(kind: str, number: str, move: str, error: DomainError | None = None) -> ResponseReturnValue:
    deed = _deed(move)
    call = current_call()
    now = call.clock.now()
    with call.read() as session:
        row = visible(session, kind, number)
        whole = queries_sheet.whole(session, call.actor, now, row)
        offer = _offer(whole.sign.offers, Move(move), request.values.get("slot", ""))
        people: list[tuple[str, str]] = []
        stages: list[tuple[str, str]] = []
        if offer is not None and offer.move in NAMES_SOMEBODY:
            people = queries_offers.recipients(session, row, offer.move, call.actor.account_id, now)
        if offer is not None and offer.move is Move.SEND_BACK:
            rows = queries.slots(session, row.id, row.round)
            stages = queries_offers.earlier_stages(session, row, rows, offer.slot)
        return render_template(
            "approvals/act.html",
            row=row,
            whole=whole,
            move=Move(move),
            deed=deed,
            offer=offer,
            people=people,
            stages=stages,
            needs_words=Move(move) in WORDS_NEEDED,
            error=error,
            placed=[(p.value, PLACED_LABELS[p]) for p in Placed if p is not Placed.DELEGATED],
            comebacks=[(c.value, label) for c, label in COMEBACK_LABELS.items()],
        )


def _deed(move: str) -> Deed:
    if move not in {known.value for known in DEEDS}:
        raise NotFound
    return DEEDS[Move(move)]


def _offer(offers: tuple[Offer, ...], move: Move, slot: str) -> Offer | None:
    """The offer the address means: of that slot, or the first of the move."""
    mine = [offer for offer in offers if offer.move is move]
    return next((offer for offer in mine if offer.slot == slot), mine[0] if mine and not slot else None)


@bp.post("/<kind>/<number>/do/<move>")
@policy(Permission.INBOX_SEE)
@redisplay(form)
def act(kind: str, number: str, move: str) -> ResponseReturnValue:
    deed = _deed(move)
    cmd = deed.command(kind=kind, number=number, version=form_version(), **load(deed.schema))
    try:
        return perform(deed.service, cmd, then=_address, said=deed.said)
    except (NotAllowedNow, OutOfDate, Forbidden) as error:
        return refused(kind, number, cmd.reason, error)


def _address(row: queries.RequestRow) -> str:
    return row.link or url_for("approvals.sheet", kind=row.subject_kind, number=row.number)
