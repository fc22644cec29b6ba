"""What an authority outside decided: entered by hand with number, date and paper, and it counts at once."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.approvals.commands_routes import EnterResult
from webapp.approvals.events_routes import OutsideResultEntered
from webapp.approvals.models import ApprovalDecision, ApprovalRequest
from webapp.approvals.models_results import OutsideResult
from webapp.approvals.service_decide import Judgement, pass_judgement, right_to, standing_of
from webapp.approvals.service_moves import load, tell
from webapp.approvals.states import Verdict
from webapp.attachments import service as attachments
from webapp.attachments.commands import Attach
from webapp.core.clock import local_date
from webapp.core.errors import Invalid, NotAllowedNow, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command

SCAN = "outside_result"
sentences({"result_is_entered": N_("这个环节在外部办理，请登记结果、文号、日期和文件。")})


@command
def enter(tx: Tx, cmd: EnterResult) -> ApprovalRequest:
    """Enter an answer from outside; approval opens the next stage, a return or refusal ends the round.

    Raises `NotAllowedNow` for a slot decided here, `Forbidden`, `Invalid` for a day to come or a missing reason.
    """
    loaded = load(tx, cmd.kind, cmd.subject_id, cmd.version)
    tx.require(Permission.APPROVALS_ENTER_PAPER, loaded.request.unit_path)
    now = tx.call.clock.now()
    standing = standing_of(tx, now)
    slot, right = right_to(tx, loaded, cmd.slot, standing, now)
    if not slot.key.startswith("external:"):
        raise NotAllowedNow("wrong_verdict", slot=slot.key)
    _check(tx, cmd)
    file = Attach(owner=loaded.about, unit_path=loaded.request.unit_path, document_type=SCAN, file=cmd.scan)
    scan = attachments.attach.within(tx, file)
    tx.session.flush()
    tx.add(
        OutsideResult(
            request_id=loaded.request.id,
            stage_id=loaded.rows[slot.key].id,
            verdict=cmd.verdict,
            authority=cmd.authority,
            document_no=cmd.document_no,
            decided_on=cmd.decided_on,
            note=cmd.note,
            scan_id=scan.id,
            entered_by=standing.person,
            entered_at=tx.now,
        )
    )
    tx.session.flush()
    tx.record(
        tell(
            OutsideResultEntered,
            loaded,
            tx.now,
            stage=slot.stage,
            verdict=cmd.verdict.value,
            decided_on=cmd.decided_on.isoformat(),
            scan=cmd.scan.sha256,
            authority=cmd.authority,
            document_no=cmd.document_no,
            reason=cmd.note,
        )
    )
    judged = Judgement(
        slot=slot.key,
        verdict=cmd.verdict,
        person=standing.person,
        opinion=f"{cmd.authority} {cmd.document_no} {cmd.decided_on.isoformat()} {cmd.note}".strip(),
        principal=right.principal,
        grant_id=right.grant.grant_id,
        role=right.grant.role.value,
    )
    return pass_judgement(tx, loaded, judged, tx.now)


def _check(tx: Tx, cmd: EnterResult) -> None:
    wrong: dict[str, list[str]] = {}
    if cmd.decided_on > local_date(tx.now):
        wrong["decided_on"] = [gettext(N_("不能是将来的日期。"))]
    if cmd.verdict not in (Verdict.APPROVE, Verdict.RETURN, Verdict.REJECT):
        wrong["verdict"] = [gettext(N_("请从列出的选项中选择。"))]
    elif cmd.verdict is not Verdict.APPROVE and not cmd.note.strip():
        wrong["note"] = [gettext(N_("请写明原因。"))]
    if wrong:
        raise Invalid(fields=wrong)


def of_decision(session: Session, decision_id: UUID) -> OutsideResult | None:
    """The answer from outside a decision rests on, if it rests on one."""
    return session.scalar(
        sa.select(OutsideResult)
        .join(ApprovalDecision, ApprovalDecision.stage_id == OutsideResult.stage_id)
        .where(ApprovalDecision.id == decision_id)
    )
