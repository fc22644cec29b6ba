"""Who may know of an incident, who leads it, and the persons in it shown in full."""

import sqlalchemy as sa

from webapp.accounts import queries as accounts
from webapp.core.errors import Invalid, NotAllowedNow, NotFound, sentences
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Actor, Tx, command
from webapp.incidents import events, service_duties
from webapp.incidents.commands import HandOver, NamePerson, Unmask
from webapp.incidents.models import Incident, Participant, Person
from webapp.incidents.service_case import Asked, Line, opened, told, write
from webapp.incidents.states import Action, EntryKind, Part, Secrecy

sentences({"lead_stays_named": N_("负责人一直是知情人，请先移交负责人。")})


@command
def name_person(tx: Tx, cmd: NamePerson) -> Incident:
    """Let somebody know of the case by name, or no longer. Of a restricted one the reminders follow."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.NAME_PERSON))
    somebody = _account(tx, cmd.login)
    named = _participant(tx, incident, somebody)
    event: events.IncidentEvent
    if cmd.remove:
        if named is None:
            raise NotFound
        if named.part is Part.LEAD:
            raise NotAllowedNow("lead_stays_named")
        tx.session.delete(named)
        event = events.PersonUnnamed(**told(incident), named=somebody.name)
        heading = N_("取消知情人：%(name)s")
    else:
        if named is None:
            _join(tx, incident, somebody, Part.MEMBER)
        event = events.PersonNamed(**told(incident), named=somebody.name)
        heading = N_("指定知情人：%(name)s")
    if incident.secrecy is not Secrecy.NORMAL:
        service_duties.address_anew(tx, incident, gettext(N_("知情人变更")))
    tx.record(event)
    values = {"name": somebody.name}
    write(tx, incident, Line(kind=EntryKind.SYSTEM, heading=heading, occurred_at=tx.now, values=values))
    return incident


@command
def hand_over(tx: Tx, cmd: HandOver) -> Incident:
    """Somebody else leads from now on; every running clock reminds them instead."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.HAND_OVER))
    somebody = _account(tx, cmd.login)
    if not somebody.may(Permission.INCIDENTS_WORK, tx.now, incident.lead_unit_path):
        raise Invalid(fields={"login": [gettext(N_("这个人没有办理案事件的权限。"))]})
    if incident.lead_id is not None:
        before = tx.session.scalar(
            sa.select(Participant).where(
                Participant.incident_id == incident.id, Participant.account_id == incident.lead_id
            )
        )
        if before is not None:
            before.part = Part.MEMBER
    named = _participant(tx, incident, somebody)
    if named is None:
        _join(tx, incident, somebody, Part.LEAD)
    else:
        named.part = Part.LEAD
    changes = {"lead": (incident.lead_id, somebody.account_id)}
    incident.lead_id = somebody.account_id
    service_duties.address_anew(tx, incident, cmd.reason)
    tx.record(events.LeadChanged(**told(incident), lead=somebody.name, reason=cmd.reason, changes=changes))
    line = Line(
        kind=EntryKind.SYSTEM,
        heading=N_("移交负责人：%(name)s"),
        occurred_at=tx.now,
        values={"name": somebody.name},
        text=cmd.reason,
    )
    write(tx, incident, line)
    return incident


@command
def unmask(tx: Tx, cmd: Unmask) -> list[tuple[Person, str]]:
    """Names and passport numbers in full, each time with a reason that the log keeps."""
    incident = opened(tx, Asked(cmd.number, None, Action.ADD_NOTE, Permission.INCIDENTS_WORK))
    vault = tx.call.ports.need_vault()
    persons = tx.session.scalars(
        sa.select(Person).where(Person.incident_id == incident.id).order_by(Person.added_at, Person.id)
    ).all()
    tx.record(events.PersonsUnmasked(**told(incident), persons=len(persons), reason=cmd.reason))
    heading = N_("查看当事人全部信息")
    write(
        tx,
        incident,
        Line(kind=EntryKind.SYSTEM, heading=heading, occurred_at=tx.now, values={}, text=cmd.reason),
    )
    return [
        (person, vault.open(person.passport_sealed, person.passport_place) if person.passport_sealed else "")
        for person in persons
    ]


def _account(tx: Tx, login: str) -> Actor:
    """The person behind an account's name. Raises `Invalid` for the field `login`."""
    try:
        return accounts.actor_of(tx.session, accounts.account_by_login(tx.session, login).id)
    except NotFound:
        raise Invalid(fields={"login": [gettext(N_("没有这个账号。"))]}) from None


def _participant(tx: Tx, incident: Incident, somebody: Actor) -> Participant | None:
    return tx.session.scalar(
        sa.select(Participant).where(
            Participant.incident_id == incident.id, Participant.account_id == somebody.account_id
        )
    )


def _join(tx: Tx, incident: Incident, somebody: Actor, part: Part) -> None:
    assert somebody.account_id is not None
    tx.add(
        Participant(
            incident_id=incident.id,
            account_id=somebody.account_id,
            part=part,
            added_at=tx.now,
            added_by_id=tx.actor.account_id,
        )
    )
