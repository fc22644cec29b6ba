"""Handling an incident: level, notes, reports sent, notices given by others."""

from webapp.core.errors import Invalid, NotAllowedNow
from webapp.core.i18n import N_, gettext
from webapp.core.tx import Tx, command
from webapp.incidents import events, policy, queries_clocks, rules, service_duties, service_people
from webapp.incidents.commands import (
    AddNote,
    FileReport,
    RecordNotice,
    SetLevel,
)
from webapp.incidents.kinds import NOTICES, REPORTS, DutyKind, Means
from webapp.incidents.models import Incident, Receipt
from webapp.incidents.queries_duties import Duty
from webapp.incidents.service_case import Asked, Line, filed, not_later_than_now, opened, told, write
from webapp.incidents.states import Action, EntryKind, IncidentState, Secrecy


@command
def set_level(tx: Tx, cmd: SetLevel) -> Incident:
    """Give or change level, category and who may know. The report's running clock is computed anew.

    A new level moves the first report's end, counted from the moment word arrived, or the next
    follow-up's, counted from the report before it.
    """
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.SET_LEVEL))
    wanted = {
        "level": int(cmd.level),
        "is_sensitive": cmd.is_sensitive,
        "secrecy": cmd.secrecy,
        "category": cmd.category,
    }
    changes = {name: (getattr(incident, name), new) for name, new in wanted.items()}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    for name, new in wanted.items():
        setattr(incident, name, new)
    service_people.restrict(tx, incident, cmd.named)
    clocks = queries_clocks.clocks(tx.session, incident)
    for duty in service_duties.running(tx, incident):
        if duty.kind is DutyKind.FIRST_REPORT:
            spec = policy.first_report(duty.started_at, cmd.level, clocks)
        elif duty.kind is DutyKind.FOLLOW_UP:
            spec = policy.follow_up(duty.started_at, cmd.level, int(duty.item), clocks)
        else:
            continue
        service_duties.replace(tx, incident, duty, spec, gettext(N_("级别变更")))
    if "secrecy" in changes or (cmd.named and incident.secrecy is not Secrecy.NORMAL):
        service_duties.address_anew(tx, incident, cmd.reason)
    tx.record(
        events.LevelSet(
            **told(incident),
            category=incident.category.value,
            secrecy=incident.secrecy.value,
            reason=cmd.reason,
            changes=changes,
        )
    )
    line = Line(
        kind=EntryKind.SYSTEM,
        heading=N_("定为 %(level)s，%(category)s"),
        occurred_at=tx.now,
        values={"level": int(cmd.level), "category": cmd.category.value},
        text=cmd.reason,
    )
    write(tx, incident, line)
    return incident


@command
def add_note(tx: Tx, cmd: AddNote) -> Incident:
    """Write down what happened, with the time of the fact and who said so."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.ADD_NOTE))
    not_later_than_now(tx, "occurred_at", cmd.occurred_at)
    entry = write(
        tx,
        incident,
        Line(
            kind=EntryKind.FACT,
            heading="",
            occurred_at=cmd.occurred_at,
            values={},
            text=cmd.text,
            source=cmd.source,
            attachment_id=filed(tx, incident, "note", cmd.file),
        ),
    )
    tx.record(
        events.NoteAdded(
            **told(incident),
            occurred_at=cmd.occurred_at,
            late_entry=int(entry.is_late),
            text=cmd.text,
            source=cmd.source,
        )
    )
    return incident


@command
def file_report(tx: Tx, cmd: FileReport) -> Incident:
    """A report went out: its duty is met, in time or late, and the next follow-up's clock starts."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.FILE_REPORT))
    if cmd.duty not in REPORTS:
        raise Invalid(fields={"duty": [gettext(N_("请从列出的选项中选择。"))]})
    owed = service_duties.running(tx, incident, cmd.duty)
    if not owed:
        raise NotAllowedNow("duty_not_open")
    late = _done(tx, incident, owed[0], cmd)
    if cmd.duty in (DutyKind.FIRST_REPORT, DutyKind.FOLLOW_UP):
        incident.report_count += 1
        if incident.state is not IncidentState.ENDED:
            clocks = queries_clocks.clocks(tx.session, incident)
            spec = policy.follow_up(cmd.sent_at, incident.severity, incident.report_count, clocks)
            service_duties.start(tx, incident, (spec,))
    tx.record(
        events.ReportFiled(
            **told(incident),
            occurred_at=cmd.sent_at,
            late_entry=int(rules.entered_late(cmd.sent_at, tx.now)),
            report=cmd.duty.value,
            report_no=int(owed[0].item or 0),
            late_minutes=late,
            told=cmd.told,
        )
    )
    return incident


@command
def record_notice(tx: Tx, cmd: RecordNotice) -> Incident:
    """A duty towards police or consulate was done, by whom and to whom; often entered for others."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.RECORD_NOTICE))
    duty = service_duties.running_one(tx, incident, cmd.deadline_id)
    if duty.kind not in NOTICES:
        raise Invalid(fields={"deadline_id": [gettext(N_("请从列出的选项中选择。"))]})
    late = _done(tx, incident, duty, cmd)
    tx.record(
        events.NoticeRecorded(
            **told(incident),
            occurred_at=cmd.done_at,
            late_entry=int(rules.entered_late(cmd.done_at, tx.now)),
            duty=duty.kind.value,
            late_minutes=late,
            told=cmd.told,
            performer=cmd.performer or duty.performer,
            source=cmd.source,
        )
    )
    return incident


def _done(tx: Tx, incident: Incident, duty: Duty, cmd: FileReport | RecordNotice) -> int:
    """Meet the duty, keep the receipt, write the line. Returns the minutes it was late."""
    report = isinstance(cmd, FileReport)
    done_at = cmd.sent_at if isinstance(cmd, FileReport) else cmd.done_at
    field = "sent_at" if report else "done_at"
    not_later_than_now(tx, field, done_at)
    if done_at < duty.started_at:
        raise Invalid(fields={field: [gettext(N_("时间早于这项时限的起算时间。"))]})
    performer = "" if isinstance(cmd, FileReport) else cmd.performer
    source = "" if isinstance(cmd, FileReport) else cmd.source
    late = service_duties.meet(tx, incident, duty, done_at)
    attachment_id = filed(tx, incident, "report" if report else "notice", cmd.file)
    tx.add(
        Receipt(
            incident_id=incident.id,
            deadline_id=duty.id,
            duty=duty.kind,
            done_at=done_at,
            told=cmd.told,
            means=Means(cmd.means),
            performer=performer or duty.performer,
            source=source,
            document_no=cmd.document_no,
            late_minutes=late,
            attachment_id=attachment_id,
            entered_by_id=tx.actor.account_id,
            entered_at=tx.now,
        )
    )
    write(
        tx,
        incident,
        Line(
            kind=EntryKind.NOTICE,
            heading=N_("%(duty)s：已告知 %(told)s（%(means)s）"),
            occurred_at=done_at,
            values={
                "duty": duty.kind.value,
                "told": cmd.told,
                "means": Means(cmd.means).value,
                "report_no": duty.item if duty.kind is DutyKind.FOLLOW_UP else "",
                "late_minutes": late,
            },
            text=cmd.text,
            source=source or performer,
            attachment_id=attachment_id,
        ),
    )
    return late
