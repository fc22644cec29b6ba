"""Exceptions to rules: asked for with a reason and a file, decided by the final approver of the route."""

from uuid import UUID

from webapp.approvals import queries as approvals
from webapp.approvals.queries_sheet import is_final_approver
from webapp.attachments import queries as files
from webapp.core.clock import local_date
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.ids import new_id
from webapp.core.tx import Tx, command
from webapp.rulebook.states import WaivedBy
from webapp.trips import queries
from webapp.trips.commands import AskWaiver, DecideWaiver
from webapp.trips.events import WaiverAsked, WaiverDecided
from webapp.trips.facts import judge
from webapp.trips.models import Trip, Waiver
from webapp.trips.service_draft import open_trip, subject, touch
from webapp.trips.service_rules import refuse
from webapp.trips.states import TripAction, TripState

sentences(
    {
        "not_waivable": N_("这条规定不能申请例外。"),
        "waiver_decided_already": N_("这项例外申请已经有了决定。"),
        "waiver_not_for_you": N_("例外由这份申请的最后审批人决定。"),
    }
)


@command
def ask_waiver(tx: Tx, cmd: AskWaiver) -> Trip:
    """Ask for an exception to one rule, with a reason and a file; it may be open at submission."""
    trip = open_trip(tx, cmd.number, TripAction.ASK_WAIVER)
    attached = files.of_owner(tx.session, queries.KIND, trip.id)
    if cmd.file_id is not None and cmd.file_id not in {row.id for row in attached}:
        raise Invalid(fields={"file_id": [gettext("请选择已上传的材料。")]})
    judged = judge(tx.session, trip, attached, today=local_date(tx.now))
    found = [f for f in judged.findings if f.rule == cmd.rule_id and f.stops]
    if not found:
        raise NotFound
    if any(f.waivable_by is WaivedBy.NOBODY for f in found):
        refuse("not_waivable", trip, found)
    waiver = next((w for w in trip.waivers if w.rule_id == cmd.rule_id), None)
    if waiver is None:
        waiver = Waiver(id=new_id(tx.now), trip_id=trip.id, rule_id=cmd.rule_id)
        trip.waivers.append(waiver)
    waiver.reason, waiver.file_id, waiver.state = cmd.reason, cmd.file_id, "open"
    waiver.asked_by, waiver.asked_at = tx.actor.name, tx.now
    waiver.decided_by, waiver.decided_at, waiver.decision_reason = "", None, ""
    touch(tx, trip, TripAction.ASK_WAIVER)
    tx.session.flush()
    tx.record(WaiverAsked(about=subject(trip), round=trip.round, rule=cmd.rule_id, reason=cmd.reason))
    return trip


@command
def decide_waiver(tx: Tx, cmd: DecideWaiver) -> Trip:
    """Grant or refuse an exception: the final approver of the request's route, as a decision of its own."""
    trip = tx.lock(Trip, queries.trip_id(tx.session, tx.actor, tx.now, cmd.number))
    if trip.state is not TripState.IN_REVIEW:
        raise NotAllowedNow("action_not_now", state=trip.state.value)
    if not concludes(tx, trip.id):
        raise Forbidden("waiver_not_for_you")
    waiver = next((w for w in trip.waivers if w.rule_id == cmd.rule_id), None)
    if waiver is None:
        raise NotFound
    if waiver.state != "open":
        raise NotAllowedNow("waiver_decided_already", state=waiver.state)
    waiver.state = "granted" if cmd.is_granted else "refused"
    waiver.decided_by, waiver.decided_at, waiver.decision_reason = tx.actor.name, tx.now, cmd.reason
    touch(tx, trip, TripAction.DECIDE_WAIVER)
    tx.session.flush()
    tx.record(
        WaiverDecided(
            about=subject(trip),
            round=trip.round,
            rule=cmd.rule_id,
            result=waiver.state,
            reason=cmd.reason,
            title=trip.title,
        )
    )
    return trip


def concludes(tx: Tx, trip_id: UUID) -> bool:
    """Whether the actor gives the route's final approval and is no party to the request."""
    request = approvals.find(tx.session, queries.KIND, trip_id)
    return request is not None and is_final_approver(tx.session, tx.actor, request, tx.now)
