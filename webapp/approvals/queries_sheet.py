"""One request as pages show it: rail, sign panel, record, who comes next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.approvals import queries, queries_record
from webapp.approvals.models import (
    ApprovalRequest,
    ApprovalStage,
)
from webapp.approvals.policy import Standing, bar, mandate, named_first
from webapp.approvals.queries_offers import Offer, offered, seen_by
from webapp.approvals.queries_offers import standing as standing_of
from webapp.approvals.route_plan import Plan
from webapp.approvals.rules_slots import Review as Machine
from webapp.approvals.rules_slots import is_notice
from webapp.approvals.states import (
    SETTLED_SLOTS,
    Placed,
    RequestState,
    SlotState,
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
    advises: bool = False
    unseen: bool = False
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True)
class Whole:
    """Rail, sign panel and record of a request."""

    rail: list[RailStage]
    sign: SignSheet
    record: list[queries_record.RecordLine]


def whole(session: Session, actor: Actor, now: datetime, request: ApprovalRequest) -> Whole:
    """Everything of a request for one page: five statements, one more for who may enter paper."""
    rows = queries.slots(session, request.id, request.round)
    standing = standing_of(session, actor, now)
    found = queries_record.happened(session, request)
    people = found.people() | {p for row in rows for p in (row.signer_id, row.person_id) if p}
    people |= {principal for principal, _grants in standing.principals}
    names = accounts.names(session, people)
    sheet = _sheet(request, rows, standing, names, now, queries.route_of(session, request.route_id).plan)
    if sheet.may_enter_paper:
        sheet = replace(sheet, papers=len(queries.papers_waiting(session, request.id)))
    return Whole(_rail(rows, names), sheet, queries_record.lines(found, names))


def rail(session: Session, kind: str, subject_id: UUID) -> list[RailStage]:
    """The stages of the current round in order; two statements after the request."""
    request = queries.find(session, kind, subject_id)
    if request is None:
        return []
    rows = queries.slots(session, request.id, request.round)
    people = [person for row in rows for person in (row.signer_id, row.person_id) if person]
    return _rail(rows, accounts.names(session, people))


def _rail(rows: Sequence[ApprovalStage], names: dict[UUID, str]) -> list[RailStage]:
    stages: dict[str, list[ApprovalStage]] = {}
    for row in rows:
        stages.setdefault(row.stage, []).append(row)
    return [_rail_stage(code, group, names) for code, group in stages.items()]


def _rail_stage(code: str, rows: list[ApprovalStage], names: dict[UUID, str]) -> RailStage:
    live = [row for row in rows if row.state not in (SlotState.SKIPPED, SlotState.SPARED, SlotState.REMOVED)]
    signed = [names.get(row.signer_id, "") for row in live if row.signer_id]
    if not live:
        state = "skipped"
    elif all(row.state in SETTLED_SLOTS for row in live):
        state = "done"
    elif any(row.state in _NOW for row in live):
        state = "now"
    else:
        state = "next"
    waiting = [_wanted(row, names) for row in live if (row.role or row.person_id) and not row.signer_id]
    note = "、".join(signed if state == "done" else waiting)
    return RailStage(code, gettext(rows[0].title), note, state)


_NOW = (SlotState.OPEN, SlotState.ASKED, SlotState.RETURNED, SlotState.REJECTED)


def _wanted(row: ApprovalStage, names: dict[UUID, str]) -> str:
    """Whom a slot waits for: the person it is for, else the post; what it waits for where that is an answer."""
    who = (
        names.get(row.person_id, "") if row.person_id else gettext(ROLE_LABELS[row.role]) if row.role else ""
    )
    return gettext(N_("%(who)s（等补充说明）"), who=who) if row.state is SlotState.ASKED else who


def sign_sheet(session: Session, actor: Actor, now: datetime, request: ApprovalRequest) -> SignSheet:
    """What this person can do with the request now: one slot to sign at most, the first that is theirs."""
    rows = queries.slots(session, request.id, request.round)
    standing = standing_of(session, actor, now)
    names = accounts.names(session, [principal for principal, _grants in standing.principals])
    sheet = _sheet(request, rows, standing, names, now, queries.route_of(session, request.route_id).plan)
    if sheet.may_enter_paper:
        sheet = replace(sheet, papers=len(queries.papers_waiting(session, request.id)))
    return sheet


def _sheet(
    request: ApprovalRequest,
    slots: Sequence[ApprovalStage],
    standing: Standing,
    names: dict[UUID, str],
    now: datetime,
    plan: Plan,
) -> SignSheet:
    rows = {row.key: row for row in slots}
    review = Machine(request.state, request.round, tuple(queries.as_slot(row) for row in slots), plan)
    may_enter = allowed(standing.grants, Permission.APPROVALS_ENTER_PAPER, now, request.unit_path)
    base = SignSheet(
        kind=request.subject_kind,
        number=request.number,
        version=request.version,
        content_hash=request.content_hash,
        state=request.state,
        may_revoke=_may_revoke(request, standing, review, now),
        may_enter_paper=bool(review.open) and may_enter,
    )
    seen = seen_by(request, review, standing, now)
    base = replace(base, offers=tuple(offered(seen, rows, names)))
    barred = ""
    for slot in named_first(review.open):
        right = mandate(slot, standing, now)
        if right is None:
            continue
        code = seen.barred(slot)
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
            principal=names.get(right.principal, "") if right.principal else "",
            is_notice=is_notice(slot),
            advises=slot.placed is Placed.DELEGATED,
            unseen=row.seen_at is None,
            posted_on=row.posted_on,
            ready_on=row.ready_on,
        )
    return replace(base, barred=barred)


def _may_revoke(request: ApprovalRequest, standing: Standing, review: Machine, now: datetime) -> bool:
    if request.state is not RequestState.APPROVED:
        return False
    if not allowed(standing.grants, Permission.APPROVALS_REVOKE, now, request.unit_path):
        return False
    return bar(review.slots[-1], standing, queries.parties_of(request)) is None


def may_see(session: Session, request: ApprovalRequest, actor: Actor, now: datetime) -> bool:
    """Parties, the unit's own people, whoever holds a seat's role over the unit, signers, auditors, and those it
    was copied to.
    """
    parties = queries.parties_of(request)
    if actor.account_id in parties.drafters | parties.travellers | {parties.requester}:
        return True
    route = queries.route_of(session, request.route_id)
    roles = {seat.role for stage in route.stages for seat in stage.seats} | {Role.AUDITOR, Role.CLERK}
    units = (request.unit_path, *request.parties.get("units", ()))
    if any(g.role in roles and g.holds(now) and any(map(g.covers, units)) for g in actor.grants):
        return True
    slots = queries.slots(session, request.id, request.round)
    if actor.account_id in {
        person for row in slots for person in (row.signer_id, row.principal_id, row.person_id)
    }:
        return True
    if actor.account_id is not None and queries_record.is_copied(session, request.id, actor.account_id):
        return True
    return bool(sign_sheet(session, actor, now, request).slot)


def is_final_approver(session: Session, actor: Actor, request: ApprovalRequest, now: datetime) -> bool:
    """Whether the actor could give the last signature of the request's route (they may grant its waivers)."""
    standing = standing_of(session, actor, now)
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
