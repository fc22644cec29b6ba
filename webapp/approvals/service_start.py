"""A subject goes to its approvers: the first round, a round after a return, content that changed meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from webapp.accounts import queries_authority as accounts
from webapp.approvals import events, queries
from webapp.approvals.commands import RefreshContent, SubmitRequest
from webapp.approvals.models import ApprovalRequest, ApprovalStage
from webapp.approvals.queries_ground import Asking, choose, ground
from webapp.approvals.route import StageKind
from webapp.approvals.rules import Resume, apply, begin, content_hash, kept_again
from webapp.approvals.rules_laying import lay
from webapp.approvals.rules_slots import Slot
from webapp.approvals.service_clocks import Changes
from webapp.approvals.service_moves import (
    Loaded,
    load,
    require_handler,
    settle,
    start_clock,
    tell,
    turn,
)
from webapp.approvals.service_routes import current_route
from webapp.approvals.states import SETTLED_SLOTS, Move, RequestState, SlotState
from webapp.core.clock import local_date
from webapp.core.errors import NotAllowedNow, NotFound
from webapp.core.tx import Tx, command


@dataclass(frozen=True)
class Place:
    """A unit as slots need it."""

    id: UUID
    code: str
    path: str


@command
def submit(tx: Tx, cmd: SubmitRequest) -> ApprovalRequest:
    """Begin the approval of a subject, or its next round after a return, withdrawal or revocation.

    The first round takes the route the command names, else the first whose condition the facts meet, in the version
    in force, and the request stays with it. A later round
    begins at the stage the route names; what was settled before it stays good while the sections it
    answers for are unchanged. Raises `NotAllowedNow` while a round runs or after an end.
    """
    require_handler(tx, cmd.about.kind)
    units = _places(tx, cmd)
    if queries.find(tx.session, cmd.about.kind, cmd.about.id) is None:
        return _first_round(tx, cmd, units)
    return _next_round(tx, cmd, units)


def _first_round(tx: Tx, cmd: SubmitRequest, units: Mapping[UUID, Place]) -> ApprovalRequest:
    asked_for = cmd.route or choose(tx.session, cmd.about.kind, cmd.facts, local_date(tx.now)).code
    route_id, route = current_route(tx, asked_for)
    request = ApprovalRequest(
        subject_kind=cmd.about.kind,
        subject_id=cmd.about.id,
        route_id=route_id,
        state=RequestState.IN_REVIEW,
        round=1,
        origin=tx.actor.origin,
    )
    _describe(tx, request, cmd, units)
    tx.add(request)
    slots = lay(route, ground(tx.session, tx.now, _asking(tx, cmd, units), route))
    review = begin(slots, route.plan)
    loaded = Loaded(request, route, {}, review, tx.now)
    changes = _open_round(tx, loaded, units, {})
    turn(tx, loaded, None, cmd.reason, tx.now)
    tx.session.flush()
    tx.record(tell(events.ApprovalStarted, loaded, tx.now, content_hash=request.content_hash))
    settle(tx, loaded, changes, tx.now)
    return request


def _next_round(tx: Tx, cmd: SubmitRequest, units: Mapping[UUID, Place]) -> ApprovalRequest:
    loaded = load(tx, cmd.about.kind, cmd.about.id)
    request, before = loaded.request, loaded.rows
    if loaded.review.state is RequestState.IN_REVIEW:
        raise NotAllowedNow("not_in_this_state", state=request.state.value)
    _describe(tx, request, cmd, units)
    slots = _next_slots(tx, cmd, loaded, units)
    request.comeback_key = ""
    loaded.review = apply(loaded.review, Resume(slots))
    request.state, request.round, request.ended_at = loaded.review.state, loaded.review.round, None
    changes = _open_round(tx, loaded, units, before)
    turn(tx, loaded, Move.RESUME, cmd.reason, tx.now)
    tx.session.flush()
    tx.record(
        tell(events.ApprovalResumed, loaded, tx.now, content_hash=request.content_hash, reason=cmd.reason)
    )
    settle(tx, loaded, changes, tx.now)
    return request


def _next_slots(tx: Tx, cmd: SubmitRequest, loaded: Loaded, units: Mapping[UUID, Place]) -> tuple[Slot, ...]:
    """From the stage the route names; or straight back to who returned it, where they wanted that: then only
    stages whose sections have changed sign again before.
    """
    route = loaded.route
    if not loaded.request.comeback_key:
        on = ground(tx.session, tx.now, _asking(tx, cmd, units), route, _still_good(loaded))
        return lay(route, on, from_stage=route.resume_at)
    fresh = lay(route, ground(tx.session, tx.now, _asking(tx, cmd, units), route, frozenset()))
    until = loaded.review.slot(loaded.request.comeback_key)
    return kept_again(fresh, loaded.review.slots, _unchanged(loaded), until)


@command
def refresh_content(tx: Tx, cmd: RefreshContent) -> ApprovalRequest:
    """Take over what the subject now holds; sheets opened before become stale. Call it with the change."""
    loaded = load(tx, cmd.kind, cmd.subject_id)
    request = loaded.request
    changed = sorted(
        name
        for name in {*request.content, *cmd.content}
        if request.content.get(name) != cmd.content.get(name)
    )
    if cmd.findings is not None:
        request.unmet_count = cmd.findings.unmet
        request.explain_count = cmd.findings.explain
        request.passed_count = cmd.findings.passed
    if cmd.travellers is not None:
        request.parties = {**request.parties, "travellers": [str(value) for value in cmd.travellers]}
    request.title = cmd.title or request.title
    request.lede = cmd.lede if cmd.lede is not None else request.lede
    if changed:
        request.content = dict(cmd.content)
        request.content_hash = content_hash(cmd.content)
        tx.session.flush()
        tx.record(
            tell(
                events.ApprovalContentChanged,
                loaded,
                tx.now,
                content_hash=request.content_hash,
                sections=tuple(changed),
            )
        )
    return request


def _places(tx: Tx, cmd: SubmitRequest) -> dict[UUID, Place]:
    """The units that take part, the asking one first."""
    wanted = list(dict.fromkeys((cmd.unit_id, *cmd.unit_ids)))
    found = accounts.units_by_id(tx.session, wanted)
    if len(found) != len(wanted):
        raise NotFound
    return {unit_id: Place(unit_id, found[unit_id].code, found[unit_id].path) for unit_id in wanted}


def _describe(tx: Tx, request: ApprovalRequest, cmd: SubmitRequest, units: Mapping[UUID, Place]) -> None:
    """What the request knows of its subject, as of this submission."""
    asking = units[cmd.unit_id]
    request.number, request.title = cmd.about.number, cmd.title
    request.lede, request.link = cmd.lede, cmd.link
    request.unit_id, request.unit_code, request.unit_path = asking.id, asking.code, asking.path
    request.requester_id = cmd.requester or tx.actor.account_id
    request.parties = {
        "drafters": [str(value) for value in cmd.drafters],
        "travellers": [str(value) for value in cmd.travellers],
        "units": [place.path for place in units.values()],
    }
    request.facts = dict(cmd.facts)
    request.content = dict(cmd.content)
    request.content_hash = content_hash(cmd.content)
    request.unmet_count = cmd.findings.unmet
    request.explain_count = cmd.findings.explain
    request.passed_count = cmd.findings.passed
    request.started_at = tx.now


def _asking(tx: Tx, cmd: SubmitRequest, units: Mapping[UUID, Place]) -> Asking:
    others = {*cmd.drafters, cmd.requester or tx.actor.account_id}
    return Asking(
        unit=units[cmd.unit_id].path,
        units=tuple(place.path for place in units.values()),
        facts=cmd.facts,
        travellers=frozenset(cmd.travellers),
        others_barred=frozenset(person for person in others if person is not None),
    )


def _still_good(loaded: Loaded) -> frozenset[str]:
    """Stages settled in the last round that need not run again."""
    same_units = set(loaded.request.parties["units"]) == {
        row.unit_path for row in loaded.rows.values() if row.key.startswith("notice:")
    }
    good = set()
    for stage in loaded.route.stages:
        rows = [row for row in loaded.rows.values() if row.stage == stage.code]
        settled = all(row.state in SETTLED_SLOTS for row in rows)
        now = _sections_now(loaded, stage.code)
        same = same_units and all(row.sections_hash == now for row in rows)
        if settled and (same or not stage.kept_while_unchanged):
            good.add(stage.code)
    return frozenset(good)


def _unchanged(loaded: Loaded) -> frozenset[str]:
    """Stages settled in the last round whose sections are as they were when they were signed."""
    changed = {
        row.stage
        for row in loaded.rows.values()
        if row.signer_id is not None and row.sections_hash != _sections_now(loaded, row.stage)
    }
    return _still_good(loaded) - changed


def _sections_now(loaded: Loaded, stage: str) -> str:
    sections = loaded.route.stage(stage).sections
    return content_hash({s: str(loaded.request.content.get(s, "")) for s in sections})


def _open_round(
    tx: Tx, loaded: Loaded, units: Mapping[UUID, Place], before: Mapping[str, ApprovalStage]
) -> Changes:
    """The round's slots as rows; what is kept carries its earlier signature along."""
    ids = {place.path: place.id for place in units.values()}
    fresh: dict[str, ApprovalStage] = {}
    opened: list[ApprovalStage] = []
    for position, slot in enumerate(loaded.review.slots):
        stage = loaded.route.stage(slot.stage)
        row = ApprovalStage(
            request_id=loaded.request.id,
            round=loaded.review.round,
            position=position,
            unit_id=ids.get(slot.unit, loaded.request.unit_id),
            title=stage.title,
            limit_wd=stage.limit,
            **_of_slot(slot),
        )
        if slot.state is SlotState.OPEN:
            opened.append(row)
        elif stage.kind is StageKind.SUBMISSION:
            row.signer_id, row.ended_at = loaded.request.requester_id, tx.now
        elif slot.state is SlotState.KEPT and slot.key in before:
            old = before[slot.key]
            row.signer_id, row.principal_id = old.signer_id, old.principal_id
            row.posted_on, row.ready_on = old.posted_on, old.ready_on
            row.ended_at, row.sections_hash = old.ended_at, old.sections_hash
        fresh[slot.key] = tx.add(row)
    loaded.rows = fresh
    return Changes(opened=start_clock(tx, loaded, opened, tx.now))


def _of_slot(slot: Slot) -> dict[str, Any]:
    return {
        "key": slot.key,
        "stage": slot.stage,
        "seat": slot.seat,
        "role": slot.role,
        "unit_path": slot.unit,
        "step": slot.step,
        "order": slot.order,
        "state": slot.state,
        "person_id": slot.person,
        "added_to": slot.added_to,
        "placed": slot.placed,
        "added_by_id": slot.added_by,
    }
