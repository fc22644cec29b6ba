"""Imported history through the same engine: its rounds, verdicts and turns, judged by the routes observed.

No mail, no clock, no refusal by separation of duties: the log knows roles, not persons. What the machine
refuses is refused here too, with the same codes, and leaves nothing behind.
"""

from dataclasses import replace

from webapp.approvals import events, queries
from webapp.approvals.commands import ObservedHandOver, ObservedRound, ObservedVerdict
from webapp.approvals.events_actions import ApprovalForwarded
from webapp.approvals.models import ApprovalRequest, ApprovalStage
from webapp.approvals.rules import Resume, apply, begin, content_hash
from webapp.approvals.rules_laying import Ground, lay
from webapp.approvals.rules_moves import moved, slot_for
from webapp.approvals.rules_slots import with_slots
from webapp.approvals.service_clocks import Changes
from webapp.approvals.service_decide import Judgement, pass_judgement
from webapp.approvals.service_moves import Loaded, carry, instant, load, settle, start_clock, tell, turn
from webapp.approvals.service_routes import observed_route
from webapp.approvals.states import MOVES, Move, RequestState, SlotState, Verdict
from webapp.core.errors import Forbidden, NotAllowedNow
from webapp.core.tx import ActorKind, Tx, command


@command
def begin_round(tx: Tx, cmd: ObservedRound) -> ApprovalRequest:
    """A round of a case, its route read from the round's own events.

    Every round may follow another sequence, so the request changes to that round's route version.
    Raises `NotAllowedNow` while a round runs, after a refusal, or after an approval nobody revoked.
    """
    _require_importer(tx)
    at = instant(tx, cmd.occurred_at)
    known = queries.find(tx.session, cmd.about.kind, cmd.about.id)
    loaded = None
    if known is not None:
        loaded = load(tx, cmd.about.kind, cmd.about.id)
        if (loaded.review.state, Move.RESUME) not in MOVES:
            raise NotAllowedNow("not_in_this_state", state=loaded.review.state.value)
    route_id, route = observed_route(tx, cmd.about.kind, cmd.stages, is_finished=cmd.is_finished)
    slots = lay(route, Ground(unit="", units=("",), facts={}))
    if loaded is None:
        request = ApprovalRequest(
            subject_kind=cmd.about.kind,
            subject_id=cmd.about.id,
            number=cmd.about.number,
            title=cmd.title,
            unit_code=cmd.about.unit,
            route_id=route_id,
            state=RequestState.IN_REVIEW,
            round=1,
            requester_id=tx.actor.account_id,
            parties={},
            facts={},
            content={},
            content_hash=content_hash({}),
            started_at=at,
            origin=tx.actor.origin,
        )
        loaded = Loaded(tx.add(request), route, {}, begin(slots, route.plan), tx.now)
    else:
        loaded.route = route
        loaded.review = apply(loaded.review, Resume(slots))
        request = loaded.request
        request.route_id, request.state, request.round = route_id, loaded.review.state, loaded.review.round
        request.started_at, request.ended_at = at, None
    _lay_rows(tx, loaded)
    is_first = loaded.review.round == 1
    turn(tx, loaded, None if is_first else Move.RESUME, cmd.reason, at)
    tx.session.flush()
    tx.record(tell(events.ApprovalStarted if is_first else events.ApprovalResumed, loaded, at))
    opened = [loaded.rows[slot.key] for slot in loaded.review.open]
    settle(tx, loaded, Changes(opened=start_clock(tx, loaded, opened, at)), at)
    return request


@command
def take_verdict(tx: Tx, cmd: ObservedVerdict) -> ApprovalRequest:
    """A verdict of a role in the first slot of that stage not yet settled.

    Raises `NotAllowedNow`: `stage_not_open`, `already_decided`, `no_such_stage`, `not_in_this_state`.
    """
    _require_importer(tx)
    at = instant(tx, cmd.occurred_at)
    loaded = load(tx, cmd.kind, cmd.subject_id)
    if tx.actor.account_id is None:
        raise Forbidden("not_your_stage")
    slots = [slot for slot in loaded.review.slots if slot.stage.partition("-")[2] == cmd.stage]
    if not slots and loaded.review.state is RequestState.IN_REVIEW and cmd.verdict is not Verdict.APPROVE:
        # a refusal by a role that signs nothing in this round lies in whichever slot is open
        slots = list(loaded.review.open)
    if not slots:
        raise NotAllowedNow("no_such_stage", stage=cmd.stage)
    slot = next((s for s in slots if s.state in (SlotState.OPEN, SlotState.WAITING)), slots[-1])
    judged = Judgement(slot=slot.key, verdict=cmd.verdict, person=tx.actor.account_id, opinion=cmd.opinion)
    return pass_judgement(tx, loaded, judged, at)


@command
def hand_over(tx: Tx, cmd: ObservedHandOver) -> ApprovalRequest:
    """The open slot is for the actor's role from now on, whoever had it (转交). Raises `NotAllowedNow` outside review.

    As for verdicts, nobody is refused for having signed before: one account stands for a whole role.
    """
    _require_importer(tx)
    at = instant(tx, cmd.occurred_at)
    loaded = load(tx, cmd.kind, cmd.subject_id)
    moved(loaded.review.state, Move.FORWARD)
    slot = slot_for(loaded.review, loaded.review.open[0].key, Move.FORWARD)
    row = loaded.rows[slot.key]
    row.person_id = tx.actor.account_id
    after = with_slots(loaded.review, {slot.key: replace(slot, person=tx.actor.account_id)})
    turn(tx, loaded, Move.FORWARD, "", at, other=tx.actor.account_id, stage=row.title)
    changes = carry(tx, loaded, after, at)
    tx.record(
        tell(
            ApprovalForwarded,
            loaded,
            at,
            stage=slot.stage,
            seat=slot.seat,
            slot=slot.key,
            to=str(tx.actor.account_id),
            to_name=tx.actor.name,
        )
    )
    settle(tx, loaded, changes, at)
    return loaded.request


def _lay_rows(tx: Tx, loaded: Loaded) -> None:
    loaded.rows = {
        slot.key: tx.add(
            ApprovalStage(
                request_id=loaded.request.id,
                round=loaded.review.round,
                position=position,
                key=slot.key,
                stage=slot.stage,
                seat=slot.seat,
                title=loaded.route.stage(slot.stage).title,
                role=None,
                unit_path="",
                step=slot.step,
                order=slot.order,
                state=slot.state,
            )
        )
        for position, slot in enumerate(loaded.review.slots)
    }


def _require_importer(tx: Tx) -> None:
    if tx.actor.kind is not ActorKind.IMPORTER:
        raise Forbidden("only_history_is_backdated")
