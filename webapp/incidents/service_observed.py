"""Cases of foreign logs through the table of moves of our own: what a state tells is done step by step.

No duty, no clock, no mail, nobody named: a log of another system knows states and roles. What the table does not
allow is refused with the same code as a person's click.
"""

from typing import Any, Final

from webapp.core.errors import Forbidden, NotAllowedNow, NotFound
from webapp.core.events import Subject
from webapp.core.tx import ActorKind, Tx, command
from webapp.incidents import events
from webapp.incidents.commands import BeginObserved, TakeObserved
from webapp.incidents.models import ObservedCase
from webapp.incidents.states import Action, IncidentState, Secrecy, moved, way

CATEGORY: Final = "observed"
_EVENTS: Final[dict[Action, type[events.IncidentEvent]]] = {
    Action.AWAIT_REPLY: events.ReplyAwaited,
    Action.RESUME: events.HandlingResumed,
    Action.END_HANDLING: events.HandlingEnded,
    Action.REOPEN: events.IncidentReopened,
}


@command
def begin(tx: Tx, cmd: BeginObserved) -> ObservedCase:
    """The case is received with the first event its log has."""
    _require_importer(tx)
    case = ObservedCase(
        id=cmd.about.id,
        number=cmd.about.number,
        kind=cmd.about.kind,
        state=IncidentState.REGISTERED,
        received_at=cmd.occurred_at,
        origin=tx.actor.origin,
        version=1,
    )
    tx.add(case)
    told = _told(case) | {"occurred_at": cmd.occurred_at}
    tx.record(events.IncidentRegistered(**told, category=CATEGORY, country="", persons=0, place=""))
    return case


@command
def take(tx: Tx, cmd: TakeObserved) -> ObservedCase:
    """Do what the event says; it leaves at least one entry. Raises `NotAllowedNow` where no action leads there."""
    _require_importer(tx)
    case = tx.session.get(ObservedCase, cmd.subject_id)
    if case is None:
        raise NotFound
    steps = way(case.state, cmd.state) if cmd.state is not None else ()
    stays = cmd.action or (Action.ADD_NOTE if cmd.state is not None and not steps else None)
    if steps is None or (stays and moved(case.state, stays) is None):
        raise NotAllowedNow("incident_state", state=case.state.value)
    case.version += 1
    is_new_lead = cmd.is_taken_over and case.lead_id != tx.actor.account_id
    if is_new_lead and moved(case.state, Action.HAND_OVER) is not None:
        steps = (Action.HAND_OVER, *steps)
    elif is_new_lead:
        steps = (*steps, Action.HAND_OVER)
    for action in steps:
        _do(tx, case, action, cmd)
    if stays is not None and not (stays is Action.ADD_NOTE and is_new_lead):
        _do(tx, case, stays, cmd)
    return case


def _do(tx: Tx, case: ObservedCase, action: Action, cmd: TakeObserved) -> None:
    """One action of the table with its entry."""
    after = moved(case.state, action)
    assert after is not None
    case.state = after
    if action is Action.REOPEN or (action is Action.RESUME and case.ended_at is not None):
        case.ended_at = case.closed_at = None
    elif action is Action.END_HANDLING:
        case.ended_at = cmd.occurred_at
    elif action is Action.CLOSE:
        case.closed_at = cmd.occurred_at
    elif action is Action.HAND_OVER:
        case.lead_id = tx.actor.account_id
    tx.record(_entry(tx, case, action, cmd))


def _entry(tx: Tx, case: ObservedCase, action: Action, cmd: TakeObserved) -> events.IncidentEvent:
    told = _told(case) | {"occurred_at": cmd.occurred_at}
    if action is Action.SET_LEVEL:
        return events.LevelSet(**told, category=CATEGORY, secrecy=Secrecy.NORMAL.value)
    if action is Action.CLOSE:
        return events.IncidentClosed(**told, category=CATEGORY)
    if action is Action.HAND_OVER:
        return events.LeadChanged(**told, lead=tx.actor.name)
    if action is Action.ADD_NOTE:
        return events.NoteAdded(**told, text=cmd.text, source=cmd.source)
    return _EVENTS[action](**told)


def _told(case: ObservedCase) -> dict[str, Any]:
    about = Subject(kind=case.kind, id=case.id, version=case.version, number=case.number)
    return {"about": about, "state": case.state.value, "level": None}


def _require_importer(tx: Tx) -> None:
    if tx.actor.kind is not ActorKind.IMPORTER:
        raise Forbidden("only_history_is_backdated")
