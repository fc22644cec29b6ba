"""Signed on paper: one person enters the scan, another confirms it, and it counts as decided then (代录)."""

from uuid import UUID

from webapp.accounts import queries as accounts
from webapp.accounts import queries_authority
from webapp.approvals import events, queries
from webapp.approvals.commands import ClosePaper, EnterPaper
from webapp.approvals.models import ApprovalPaper
from webapp.approvals.policy import Mandate, Standing, bar, mandate
from webapp.approvals.rules_slots import Slot, is_attested
from webapp.approvals.service_decide import Judgement, already_decided, pass_judgement
from webapp.approvals.service_moves import Loaded, load, tell
from webapp.approvals.states import SlotState, Verdict
from webapp.attachments import service as attachments
from webapp.attachments.commands import Attach
from webapp.core.clock import local_date
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, OutOfDate, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command

SCAN = "paper_sign_off"

sentences(
    {
        "paper_waits": N_("这个环节已有一份代录等待核对。"),
        "paper_closed": N_("这份代录已经处理过。"),
        "two_persons": N_("代录要由另一个人核对，不能自己确认自己录入的。"),
        "signer_may_not": N_("签字人没有这个环节的授权，或者与本事项有关。"),
    }
)


@command
def enter(tx: Tx, cmd: EnterPaper) -> ApprovalPaper:
    """Enter a scanned verdict for a leader. Nothing is decided until somebody else confirms it.

    Raises `RuleBroken`, `Forbidden` when the signer had no right to the slot, `Invalid`.
    """
    loaded = load(tx, cmd.kind, cmd.subject_id, cmd.version)
    tx.require(Permission.APPROVALS_ENTER_PAPER, loaded.request.unit_path)
    _forbid_parties(tx, loaded)
    slot = loaded.review.slot(cmd.slot)
    if slot.state is not SlotState.OPEN:
        raise already_decided(tx, loaded, slot.key)
    if is_attested(slot):
        raise NotAllowedNow("wrong_verdict", slot=slot.key)
    _check(tx, cmd)
    _signers_right(tx, loaded, slot, cmd.signer)
    stage = loaded.rows[slot.key]
    if queries.waiting_paper(tx.session, stage.id) is not None:
        raise NotAllowedNow("paper_waits")
    scan = attachments.attach.within(
        tx,
        Attach(
            owner=loaded.about,
            unit_path=loaded.request.unit_path,
            document_type=SCAN,
            file=cmd.scan,
        ),
    )
    tx.session.flush()
    paper = tx.add(
        ApprovalPaper(
            request_id=loaded.request.id,
            stage_id=stage.id,
            verdict=cmd.verdict,
            opinion=cmd.opinion,
            signer_id=cmd.signer,
            signed_on=cmd.signed_on,
            scan_id=scan.id,
            content_hash=loaded.request.content_hash,
            entered_by=_person(tx),
            entered_at=tx.now,
        )
    )
    tx.record(
        tell(
            events.ApprovalPaperEntered,
            loaded,
            tx.now,
            stage=slot.stage,
            verdict=cmd.verdict.value,
            scan=cmd.scan.sha256,
            signer=accounts.names(tx.session, [cmd.signer])[cmd.signer],
        )
    )
    return paper


@command
def close(tx: Tx, cmd: ClosePaper) -> ApprovalPaper:
    """Confirm a paper entry, which decides the slot, or refuse it, which leaves the slot open.

    The signer's right is read again now: a leader who has lost the post meanwhile has not decided.
    """
    request_id = queries.request_of_paper(tx.session, cmd.paper_id)
    request = queries.request_by_id(tx.session, request_id)
    loaded = load(tx, request.subject_kind, request.subject_id)
    tx.require(Permission.APPROVALS_ENTER_PAPER, loaded.request.unit_path)
    paper = tx.lock(ApprovalPaper, cmd.paper_id)
    if paper.closed_at is not None:
        raise NotAllowedNow("paper_closed")
    if paper.entered_by == _person(tx):
        raise Forbidden("two_persons")
    _forbid_parties(tx, loaded)
    row = next((row for row in loaded.rows.values() if row.id == paper.stage_id), None)
    paper.closed_at = tx.now
    if not cmd.is_right or row is None:
        stage = row.stage if row else ""
        tx.record(tell(events.ApprovalPaperRefused, loaded, tx.now, stage=stage, reason=cmd.reason))
        return paper
    if row.state is not SlotState.OPEN:
        raise already_decided(tx, loaded, row.key)
    if paper.content_hash != loaded.request.content_hash:
        raise OutOfDate("content_changed")
    paper.confirmed_by = _person(tx)
    right = _signers_right(tx, loaded, loaded.review.slot(row.key), paper.signer_id)
    judgement = Judgement(
        slot=row.key,
        verdict=paper.verdict,
        person=paper.signer_id,
        opinion=paper.opinion,
        grant_id=right.grant.grant_id,
        paper=paper,
        role=right.grant.role.value,
    )
    pass_judgement(tx, loaded, judgement, tx.now)
    return paper


def _check(tx: Tx, cmd: EnterPaper) -> None:
    wrong: dict[str, list[str]] = {}
    if cmd.signed_on > local_date(tx.now):
        wrong["signed_on"] = [gettext(N_("不能是将来的日期。"))]
    if cmd.verdict in (Verdict.RETURN, Verdict.REJECT) and not cmd.opinion.strip():
        wrong["opinion"] = [gettext(N_("请写明原因。"))]
    if wrong:
        raise Invalid(fields=wrong)


def _signers_right(tx: Tx, loaded: Loaded, slot: Slot, signer: UUID) -> Mandate:
    """The leader's own right to the slot, locked; substitutes sign for themselves, not on paper."""
    now = tx.call.clock.now()
    found = queries_authority.authority(tx.session, signer, now)
    standing = Standing(signer, found.grants, found.principals)
    right = mandate(slot, Standing(signer, found.grants), now)
    if right is None or bar(slot, standing, loaded.parties) is not None:
        raise Forbidden("signer_may_not")
    return right


def _forbid_parties(tx: Tx, loaded: Loaded) -> None:
    """Who asked, drafted or travels neither enters nor confirms a leader's signature."""
    parties = loaded.parties
    if _person(tx) in parties.travellers | parties.drafters | {parties.requester}:
        raise Forbidden("requester_never_decides")


def _person(tx: Tx) -> UUID:
    if tx.actor.account_id is None:
        raise Forbidden("not_your_stage")
    return tx.actor.account_id
