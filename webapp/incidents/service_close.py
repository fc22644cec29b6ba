"""Towards the end of an incident: waiting, ending, closing, reopening."""

from webapp.core.errors import Invalid, NotAllowedNow, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command
from webapp.deadlines.states import DeadlineState
from webapp.incidents import events, facts, policy, queries_clocks, queries_duties, service_duties
from webapp.incidents.commands import EndHandling, Step
from webapp.incidents.kinds import DutyKind
from webapp.incidents.models import Incident
from webapp.incidents.service_case import Asked, Line, not_later_than_now, opened, told, write
from webapp.incidents.states import Action, EntryKind

sentences(
    {
        "reopen_by_another": N_("结案的人不能自己重新打开，请由另一位负责人办理。"),
    }
)


@command
def await_reply(tx: Tx, cmd: Step) -> Incident:
    """Nothing to do but wait for the other side's answer; the clocks run on."""
    return _step(tx, cmd, Action.AWAIT_REPLY, events.ReplyAwaited, N_("转为等对方回复"))


@command
def resume(tx: Tx, cmd: Step) -> Incident:
    """Handling goes on. After it had ended, the closing reports are no longer owed, follow-ups are again."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.RESUME))
    if incident.ended_at is not None:
        incident.ended_at = None
        reason = gettext(N_("继续处置"))
        for kind in (DutyKind.FINAL_REPORT, DutyKind.LESSONS):
            for duty in service_duties.running(tx, incident, kind):
                service_duties.cancel(tx, incident, duty, reason)
        _follow_up_again(tx, incident)
    return _moved(tx, incident, cmd, events.HandlingResumed, N_("继续处置"))


@command
def end_handling(tx: Tx, cmd: EndHandling) -> Incident:
    """The handling ended: final report and lessons begin to be owed, counted from `ended_at`.

    A follow-up not yet due is no longer needed; one already overdue stays owed.
    """
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.END_HANDLING))
    not_later_than_now(tx, "ended_at", cmd.ended_at)
    if cmd.ended_at < incident.received_at:
        raise Invalid(fields={"ended_at": [gettext(N_("时间早于接报时间。"))]})
    incident.ended_at = cmd.ended_at
    for duty in service_duties.running(tx, incident, DutyKind.FOLLOW_UP):
        if duty.due_at >= tx.now:
            service_duties.cancel(tx, incident, duty, gettext(N_("处置结束")))
    missed = any(
        duty.state is DeadlineState.MET_LATE or (duty.is_open and duty.due_at < tx.now)
        for duty in queries_duties.of_incident(tx.session, incident.id)
    )
    specs = policy.owed_after_handling(
        cmd.ended_at,
        incident.severity,
        facts.nth_working_day(tx.session),
        a_clock_was_missed=missed,
        clocks=queries_clocks.clocks(tx.session, incident),
    )
    service_duties.start(tx, incident, specs)
    tx.record(events.HandlingEnded(**told(incident), occurred_at=cmd.ended_at))
    line = Line(
        kind=EntryKind.FACT,
        heading=N_("处置结束"),
        occurred_at=cmd.ended_at,
        values={},
        text=cmd.text,
    )
    write(tx, incident, line)
    return incident


@command
def close(tx: Tx, cmd: Step) -> Incident:
    """Close the case. Refused, naming them, while duties are open."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.CLOSE, Permission.INCIDENTS_CLOSE))
    incident.closed_at = tx.now
    incident.closed_by_id = tx.actor.account_id
    service_duties.nothing_owed(tx, incident)
    tx.record(events.IncidentClosed(**told(incident), category=incident.category.value, reason=cmd.reason))
    line = Line(kind=EntryKind.SYSTEM, heading=N_("结案"), occurred_at=tx.now, values={}, text=cmd.reason)
    write(tx, incident, line)
    return incident


@command
def reopen(tx: Tx, cmd: Step) -> Incident:
    """Open a closed case again, for a reason, by somebody else than who closed it."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.REOPEN, Permission.INCIDENTS_CLOSE))
    if incident.closed_by_id == tx.actor.account_id:
        raise NotAllowedNow("reopen_by_another")
    if not cmd.reason:
        raise Invalid(fields={"reason": [gettext(N_("请写明理由。"))]})
    incident.closed_at = incident.closed_by_id = incident.ended_at = None
    _follow_up_again(tx, incident)
    return _moved(tx, incident, cmd, events.IncidentReopened, N_("重新打开"))


def _follow_up_again(tx: Tx, incident: Incident) -> None:
    """Follow-ups are owed from now on, unless the first report or an overdue follow-up is still open."""
    reports = (DutyKind.FIRST_REPORT, DutyKind.FOLLOW_UP)
    if any(duty.kind in reports for duty in service_duties.running(tx, incident)):
        return
    number = max(1, incident.report_count)
    spec = policy.follow_up(tx.now, incident.severity, number, queries_clocks.clocks(tx.session, incident))
    service_duties.start(tx, incident, (spec,))


def _step(tx: Tx, cmd: Step, action: Action, event: type[events.IncidentEvent], heading: str) -> Incident:
    return _moved(tx, opened(tx, Asked(cmd.number, cmd.version, action)), cmd, event, heading)


def _moved(
    tx: Tx, incident: Incident, cmd: Step, event: type[events.IncidentEvent], heading: str
) -> Incident:
    tx.record(event(**told(incident), reason=cmd.reason))
    write(
        tx,
        incident,
        Line(kind=EntryKind.SYSTEM, heading=heading, occurred_at=tx.now, values={}, text=cmd.reason),
    )
    return incident
