"""One request as pages show it: rail, sign panel, record, who comes next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals import queries
from webapp.approvals.models import (
    ApprovalDecision,
    ApprovalPaper,
    ApprovalRequest,
    ApprovalStage,
    ApprovalTurn,
)
from webapp.approvals.policy import Standing, bar, mandate
from webapp.approvals.rules import Review as Machine
from webapp.approvals.rules import is_attested, signers
from webapp.approvals.states import (
    MOVE_LABELS,
    SETTLED_SLOTS,
    VERDICT_LABELS,
    Move,
    RequestState,
    SlotState,
    Verdict,
)
from webapp.core.errors import NotFound
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import ROLE_LABELS, Permission, Role, allowed
from webapp.core.tx import Actor


@dataclass(frozen=True)
class RailStage:
    """A step on the rail. `state`: done, now, next, skipped; `note` says who and when."""

    code: str
    label: str
    note: str
    state: str


@dataclass(frozen=True)
class SignSheet:
    """What the sign panel needs; `slot` empty when there is nothing for this person to sign."""

    kind: str
    number: str
    version: int
    content_hash: str
    state: RequestState
    slot: str = ""
    stage: str = ""
    due_at: datetime | None = None
    opened_at: datetime | None = None
    flagged: int = 0
    principal: str = ""
    is_notice: bool = False
    posted_on: date | None = None
    ready_on: date | None = None
    barred: str = ""
    may_revoke: bool = False
    may_enter_paper: bool = False
    papers: int = 0


@dataclass(frozen=True)
class RecordLine:
    """One event of the record. `tone` and `icon` follow the design's timeline."""

    who: str
    words: str
    tone: str
    icon: str
    at: datetime
    note: str
    opinion: str
    seal: str
    round: int


_TONES = {
    Verdict.APPROVE: ("ok", "check"),
    Verdict.CONFIRM: ("ok", "check"),
    Verdict.RETURN: ("warn", "arrow-back-up"),
    Verdict.REJECT: ("bad", "x"),
}
_FILED = N_("提交")


def rail(session: Session, kind: str, subject_id: UUID) -> list[RailStage]:
    """The stages of the current round in order; two statements after the request."""
    request = queries.find(session, kind, subject_id)
    if request is None:
        return []
    rows = queries.slots(session, request.id, request.round)
    names = accounts.names(session, [row.signer_id for row in rows if row.signer_id])
    stages: dict[str, list[ApprovalStage]] = {}
    for row in rows:
        stages.setdefault(row.stage, []).append(row)
    return [_rail_stage(code, group, names) for code, group in stages.items()]


def _rail_stage(code: str, rows: list[ApprovalStage], names: dict[UUID, str]) -> RailStage:
    live = [row for row in rows if row.state is not SlotState.SKIPPED]
    signed = [names.get(row.signer_id, "") for row in live if row.signer_id]
    if not live:
        state = "skipped"
    elif all(row.state in SETTLED_SLOTS for row in live):
        state = "done"
    elif any(row.state in (SlotState.OPEN, SlotState.RETURNED, SlotState.REJECTED) for row in live):
        state = "now"
    else:
        state = "next"
    waiting = [gettext(ROLE_LABELS[row.role]) for row in live if row.role and not row.signer_id]
    note = "、".join(signed if state == "done" else waiting)
    return RailStage(code, gettext(rows[0].title), note, state)


def sign_sheet(session: Session, actor: Actor, now: datetime, request: ApprovalRequest) -> SignSheet:
    """What this person can do with the request now: one slot to sign at most, the first that is theirs."""
    rows = {row.key: row for row in queries.slots(session, request.id, request.round)}
    review = Machine(request.state, request.round, tuple(queries.as_slot(row) for row in rows.values()))
    standing = _standing(session, actor, now)
    parties = queries.parties_of(request)
    may_enter = allowed(standing.grants, Permission.APPROVALS_ENTER_PAPER, now, request.unit_path)
    base = SignSheet(
        kind=request.subject_kind,
        number=request.number,
        version=request.version,
        content_hash=request.content_hash,
        state=request.state,
        may_revoke=_may_revoke(request, standing, review, now),
        may_enter_paper=bool(review.open) and may_enter,
        papers=len(queries.papers_waiting(session, request.id)) if review.open and may_enter else 0,
    )
    done = signers(review)
    barred = ""
    for slot in review.open:
        right = mandate(slot, standing, now)
        if right is None:
            continue
        code = bar(slot, standing, parties)
        if code is None and not is_attested(slot) and {right.person, right.principal} & done:
            code = "signed_this_round_already"
        if code is not None:
            barred = barred or code
            continue
        row = rows[slot.key]
        return replace(
            base,
            slot=slot.key,
            stage=row.title,
            due_at=row.due_at,
            opened_at=row.opened_at,
            flagged=request.unmet_count + request.explain_count,
            principal=accounts.names(session, [right.principal])[right.principal] if right.principal else "",
            is_notice=is_attested(slot),
            posted_on=row.posted_on,
            ready_on=row.ready_on,
        )
    return replace(base, barred=barred)


def _standing(session: Session, actor: Actor, now: datetime) -> Standing:
    """The same question signing asks, without locks: what the page offers is checked again then."""
    assert actor.account_id is not None
    principals = [row.principal_id for row in accounts.substitutes_for(session, actor.account_id, now)]
    grants = accounts.grants_of(session, principals) if principals else {}
    return Standing(actor.account_id, actor.grants, tuple((p, grants.get(p, ())) for p in principals))


def _may_revoke(request: ApprovalRequest, standing: Standing, review: Machine, now: datetime) -> bool:
    if request.state is not RequestState.APPROVED:
        return False
    if not allowed(standing.grants, Permission.APPROVALS_REVOKE, now, request.unit_path):
        return False
    return bar(review.slots[-1], standing, queries.parties_of(request)) is None


def record(session: Session, kind: str, subject_id: UUID) -> list[RecordLine]:
    """All that happened to the request in all rounds, newest first; four statements."""
    request = queries.find(session, kind, subject_id)
    if request is None:
        return []
    decisions = session.execute(
        sa.select(ApprovalDecision, ApprovalStage.title, ApprovalStage.opened_at, ApprovalPaper)
        .join(ApprovalStage, ApprovalStage.id == ApprovalDecision.stage_id)
        .outerjoin(ApprovalPaper, ApprovalPaper.id == ApprovalDecision.paper_id)
        .where(ApprovalDecision.request_id == request.id)
    ).all()
    turns = session.scalars(sa.select(ApprovalTurn).where(ApprovalTurn.request_id == request.id)).all()
    people = {row.person_id for row in turns} | {d.person_id for d, *_rest in decisions}
    people |= {d.principal_id for d, *_rest in decisions}
    people |= {paper.entered_by for *_rest, paper in decisions if paper}
    names = accounts.names(session, [person for person in people if person])
    lines = [_decision_line(d, title, paper, names) for d, title, _opened, paper in decisions]
    lines += [_turn_line(row, names) for row in turns]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _decision_line(
    decision: ApprovalDecision, title: str, paper: ApprovalPaper | None, names: dict[UUID, str]
) -> RecordLine:
    who = names.get(decision.person_id, "")
    notes = [gettext(title)]
    if decision.principal_id:
        notes.append(gettext(N_("代 %(name)s 签批"), name=names.get(decision.principal_id, "")))
    if paper is not None:
        notes.append(gettext(N_("代录：%(name)s 录入"), name=names.get(paper.entered_by, "")))
    tone, icon = _TONES[decision.verdict]
    words = gettext(VERDICT_LABELS[decision.verdict])
    note = "，".join(notes)
    return RecordLine(
        who, words, tone, icon, decision.decided_at, note, decision.opinion, who, decision.round
    )


def _turn_line(row: ApprovalTurn, names: dict[UUID, str]) -> RecordLine:
    who = names.get(row.person_id, "") if row.person_id else gettext(N_("系统"))
    words = gettext(MOVE_LABELS[row.move] if row.move else _FILED)
    tone = "bad" if row.move is Move.REVOKE else "warn" if row.move is Move.WITHDRAW else "info"
    note = gettext(N_("第 %(n)s 轮"), n=row.round) if row.round > 1 else ""
    return RecordLine(who, words, tone, "send", row.at, note, row.reason, "", row.round)


def may_see(session: Session, request: ApprovalRequest, actor: Actor, now: datetime) -> bool:
    """Parties, the unit's own people, whoever holds a seat's role over the unit, signers, auditors."""
    parties = queries.parties_of(request)
    if actor.account_id in parties.drafters | parties.travellers | {parties.requester}:
        return True
    route = queries.route_of(session, request.route_id)
    roles = {seat.role for stage in route.stages for seat in stage.seats} | {Role.AUDITOR, Role.CLERK}
    units = (request.unit_path, *request.parties.get("units", ()))
    if any(g.role in roles and g.holds(now) and any(map(g.covers, units)) for g in actor.grants):
        return True
    slots = queries.slots(session, request.id, request.round)
    if actor.account_id in {person for row in slots for person in (row.signer_id, row.principal_id)}:
        return True
    return bool(sign_sheet(session, actor, now, request).slot)


def is_final_approver(session: Session, actor: Actor, request: ApprovalRequest, now: datetime) -> bool:
    """Whether the actor could give the last signature of the request's route (they may grant its waivers)."""
    standing = _standing(session, actor, now)
    parties = queries.parties_of(request)
    last = queries.route_of(session, request.route_id).final_stages
    codes = {stage.code for stage in last}
    slots: Sequence[ApprovalStage] = queries.slots(session, request.id, request.round)
    finals = [queries.as_slot(row) for row in slots if row.stage in codes]
    return any(
        mandate(slot, standing, now) is not None and bar(slot, standing, parties) is None for slot in finals
    )


def notice_unit(session: Session, request: ApprovalRequest, actor: Actor) -> UUID:
    """The unit whose open notice the actor may put up: their own first. Raises `NotFound`."""
    found: list[UUID] = []
    for row in queries.slots(session, request.id, request.round):
        fits = any(g.role is row.role and row.unit_path.startswith(g.unit_path) for g in actor.grants)
        if row.key.startswith("notice:") and row.state is SlotState.OPEN and fits and row.unit_id:
            found.append(row.unit_id)
    if not found:
        raise NotFound
    return actor.unit_id if actor.unit_id in found else found[0]
