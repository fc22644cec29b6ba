"""Duties as running clocks: who is reminded, starting, meeting, computing anew, addressing anew.

The clocks are rows of the feature `deadlines`, whose subject is the incident and whose `item` is the
measure's id or the report's number. Nothing here commits or records events of its own: the clocks do.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from webapp.core import display
from webapp.core.errors import NotAllowedNow, Owed, RuleBroken, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Role
from webapp.core.tx import Tx
from webapp.deadlines import service as deadlines
from webapp.deadlines.commands import (
    CancelDeadlines,
    MeetDeadline,
    OpenDeadline,
    OwnerLink,
    ReaddressDeadlines,
    WaiveDeadline,
)
from webapp.deadlines.states import LABELS
from webapp.incidents import queries_duties, rules
from webapp.incidents.kinds import DUTY_LABELS, PERFORMER_LABELS, DutyKind
from webapp.incidents.models import Incident, Participant
from webapp.incidents.policy import DutySpec, OwnerRole
from webapp.incidents.queries_duties import Duty, kind_name
from webapp.incidents.service_case import about
from webapp.incidents.states import Part, Secrecy

sentences(
    {
        "duty_not_open": N_("这项时限已经办结或者不存在，页面可能不是最新的。"),
        "incident_duties_open": N_("还有没办的时限，不能结案：%(duties)s。"),
    }
)


def start(tx: Tx, incident: Incident, specs: Iterable[DutySpec], item: str = "") -> None:
    """Start the clocks of the specs; `item` tells apart several of a kind (a measure's id)."""
    for spec in specs:
        deadlines.open_deadline.within(
            tx,
            OpenDeadline(
                about=about(incident),
                kind=kind_name(spec.kind),
                label=DUTY_LABELS[spec.kind],
                item=item or (str(spec.number) if spec.number else ""),
                ladder=spec.ladder,
                started_at=spec.starts_at,
                due_at=spec.due_at,
                target_at=spec.target_at,
                unit=spec.unit,
                term=spec.term,
                chain=chain(tx, incident, spec.owner),
                link=f"/incidents/{incident.number}",
                performer=PERFORMER_LABELS[spec.performer],
                legal_source=spec.source.text,
                confidence=spec.source.confidence,
                provisional=spec.provisional,
                waivable=spec.waivable,
            ),
        )


def chain(tx: Tx, incident: Incident, owner: OwnerRole) -> tuple[OwnerLink, ...]:
    """Who is reminded, and who next when nobody reads: duty officer or lead, section chief, director.

    Of a restricted incident only the persons named, the lead first.
    """
    if incident.secrecy is not Secrecy.NORMAL:
        return _named(tx, incident)
    office = incident.lead_unit_id
    if owner is OwnerRole.LEAD and incident.lead_id is not None:
        first = OwnerLink(account_id=incident.lead_id)
    else:
        first = OwnerLink(role=Role.DUTY_OFFICER, unit_id=office)
    return (
        first,
        OwnerLink(role=Role.SECTION_CHIEF, unit_id=office),
        OwnerLink(role=Role.FAO_DIRECTOR, unit_id=office),
    )


def is_known_by_name(tx: Tx, incident: Incident) -> bool:
    """Whether anybody is named in the case: of one that is not normal nobody else would be reminded."""
    return bool(_named(tx, incident))


def _named(tx: Tx, incident: Incident) -> tuple[OwnerLink, ...]:
    tx.session.flush()
    rows = tx.session.execute(
        sa.select(Participant.account_id, Participant.part)
        .where(Participant.incident_id == incident.id)
        .order_by(sa.case((Participant.part == Part.LEAD, 0), else_=1), Participant.added_at, Participant.id)
    ).all()
    return tuple(OwnerLink(account_id=row.account_id) for row in rows)


def address_anew(tx: Tx, incident: Incident, reason: str) -> None:
    """After a hand-over or a change of who may know: every running clock reminds others from now on."""
    for kind in DutyKind:
        owner = OwnerRole.DUTY_OFFICER if kind is DutyKind.FIRST_REPORT else OwnerRole.LEAD
        deadlines.readdress.within(
            tx,
            ReaddressDeadlines(
                subject_id=incident.id,
                kinds=(kind_name(kind),),
                chain=chain(tx, incident, owner),
                reason=reason,
            ),
        )


def running(tx: Tx, incident: Incident, kind: DutyKind | None = None) -> Sequence[Duty]:
    """The duties still owed, nearest legal end first."""
    tx.session.flush()
    return queries_duties.running(tx.session, incident.id, kind)


def running_one(tx: Tx, incident: Incident, deadline_id: UUID) -> Duty:
    """A duty still owed. Raises `NotAllowedNow` when it is done, or not this incident's."""
    for duty in running(tx, incident):
        if duty.id == deadline_id:
            return duty
    raise NotAllowedNow("duty_not_open")


def meet(tx: Tx, incident: Incident, duty: Duty, done_at: datetime, note: str = "") -> int:
    """The duty was done at `done_at`. Returns the whole minutes past the legal end, 0 when in time."""
    deadlines.meet.within(
        tx,
        MeetDeadline(
            subject_id=incident.id, kind=kind_name(duty.kind), item=duty.item, at=done_at, note=note
        ),
    )
    return rules.late_minutes(duty.due_at, done_at)


def waive(tx: Tx, incident: Incident, duty: Duty, reason: str) -> None:
    deadlines.waive.within(
        tx,
        WaiveDeadline(subject_id=incident.id, kind=kind_name(duty.kind), item=duty.item, reason=reason),
    )


def cancel(tx: Tx, incident: Incident, duty: Duty, reason: str) -> None:
    """Stop a clock whose cause is gone; never for a duty merely found inconvenient."""
    deadlines.cancel.within(
        tx,
        CancelDeadlines(subject_id=incident.id, kinds=(kind_name(duty.kind),), item=duty.item, reason=reason),
    )


def replace(tx: Tx, incident: Incident, duty: Duty, spec: DutySpec, reason: str) -> None:
    """Run a clock to another end from now on; the old one stays on record as stopped."""
    if (duty.due_at, duty.target_at) == (spec.due_at, spec.target_at):
        return
    cancel(tx, incident, duty, reason)
    start(tx, incident, (spec,), duty.item)


def nothing_owed(tx: Tx, incident: Incident) -> None:
    """Raises `RuleBroken` naming every duty still open."""
    owed = running(tx, incident)
    if owed:
        names = [gettext(DUTY_LABELS[duty.kind]) for duty in owed]
        lines = [_owed(tx, incident, duty) for duty in owed]
        raise RuleBroken("incident_duties_open", findings=lines, duties=gettext(N_("、")).join(names))


def _owed(tx: Tx, incident: Incident, duty: Duty) -> Owed:
    """The duty as the refused closing lists it."""
    return Owed(
        title=gettext(DUTY_LABELS[duty.kind]),
        text=gettext(N_("还没有办，%(when)s 到期。"), when=display.end(duty.due_at, tx.now)),
        citation=duty.legal_source,
        confidence=gettext(LABELS[duty.confidence]),
        ways=((gettext(N_("去办")), f"/incidents/{incident.number}"),),
    )
