"""Who may know of an incident, who leads it, and the persons in it shown in full."""

from collections.abc import Sequence

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

sentences(
    {
        "lead_stays_named": N_("负责人一直是知情人，请先移交负责人。"),
        "last_named_stays": N_("只有知情人能看的案事件至少要有一个知情人，请先指定别人。"),
    }
)


@command
def name_person(tx: Tx, cmd: NamePerson) -> Incident:
    """Let somebody know of the case by name, or no longer. Of a restricted one the reminders follow."""
    incident = opened(tx, Asked(cmd.number, cmd.version, Action.NAME_PERSON))
    somebody = _account(tx, cmd.login)
    if cmd.remove:
        _leave_out(tx, incident, somebody)
    else:
        _let_in(tx, incident, somebody)
    if incident.secrecy is not Secrecy.NORMAL:
        service_duties.address_anew(tx, incident, gettext(N_("知情人变更")))
    return incident


def restrict(tx: Tx, incident: Incident, logins: Sequence[str]) -> None:
    """Let in those named while the case's secrecy is set. Raises `Invalid` when nobody would know of it."""
    for login in logins:
        _let_in(tx, incident, _account(tx, login, "named"))
    if incident.secrecy is not Secrecy.NORMAL and not service_duties.is_known_by_name(tx, incident):
        text = gettext(N_("这样定以后只有知情人能看，请至少写一个知情人的账号。"))
        raise Invalid(fields={"named": [text]})


def _let_in(tx: Tx, incident: Incident, somebody: Actor) -> None:
    if _participant(tx, incident, somebody) is None:
        _join(tx, incident, somebody, Part.MEMBER)
    tx.record(events.PersonNamed(**told(incident), named=somebody.name, account=somebody.account_id))
    _line(tx, incident, N_("指定知情人：%(name)s"), somebody)


def _leave_out(tx: Tx, incident: Incident, somebody: Actor) -> None:
    named = _participant(tx, incident, somebody)
    if named is None:
        raise NotFound
    if named.part is Part.LEAD:
        raise NotAllowedNow("lead_stays_named")
    tx.session.delete(named)
    if incident.secrecy is not Secrecy.NORMAL and not service_duties.is_known_by_name(tx, incident):
        raise NotAllowedNow("last_named_stays")
    tx.record(events.PersonUnnamed(**told(incident), named=somebody.name))
    _line(tx, incident, N_("取消知情人：%(name)s"), somebody)


def _line(tx: Tx, incident: Incident, heading: str, somebody: Actor) -> None:
    values = {"name": somebody.name}
    write(tx, incident, Line(kind=EntryKind.SYSTEM, heading=heading, occurred_at=tx.now, values=values))


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


def _account(tx: Tx, login: str, field: str = "login") -> Actor:
    """The person behind an account's name. Raises `Invalid` for the form's field."""
    try:
        return accounts.actor_of(tx.session, accounts.account_by_login(tx.session, login).id)
    except NotFound:
        raise Invalid(fields={field: [gettext(N_("没有这个账号：%(login)s"), login=login)]}) from None


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
