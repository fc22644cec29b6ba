"""Opening a case file for an action: found, known, locked, allowed now, one version further."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from webapp.attachments import service as attachments
from webapp.attachments.commands import Attach, Received
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx
from webapp.incidents import queries, rules
from webapp.incidents.models import Entry, Incident, Person
from webapp.incidents.states import Action, EntryKind, moved

sentences(
    {
        "incident_state": N_("案事件现在的状态不能做这件事。"),
        "incident_existence_only": N_("这个案事件只登记存在，你不能查看内容。"),
    }
)


def about(incident: Incident) -> Subject:
    return Subject(
        kind="incident",
        id=incident.id,
        version=incident.version,
        unit=incident.lead_unit_code,
        number=incident.number,
    )


def told(incident: Incident) -> dict[str, Any]:
    """What every event of an incident carries."""
    level = incident.level
    return {"about": about(incident), "state": incident.state.value, "level": level}


@dataclass(frozen=True)
class Asked:
    """An action on the file `number`, from a page of `version`."""

    number: str
    version: int | None
    action: Action
    permission: Permission = Permission.INCIDENTS_WORK


def opened(tx: Tx, asked: Asked) -> Incident:
    """The file, locked, moved to the action's next state and one version on.

    Raises `NotFound` where the actor may not know of it, `Forbidden` without the permission or where only
    its existence may be known, `OutOfDate` from an old page, `NotAllowedNow` in a state without the action.
    """
    incident_id = queries.id_of(tx.session, tx.actor, tx.now, asked.number)
    incident = tx.lock(Incident, incident_id)
    tx.require(asked.permission, incident.lead_unit_path)
    if not queries.is_readable(tx.session, tx.actor, tx.now, incident_id):
        raise Forbidden("incident_existence_only")
    tx.check_version(incident, asked.version)
    after = moved(incident.state, asked.action)
    if after is None:
        raise NotAllowedNow("incident_state", state=incident.state.value, action=asked.action.value)
    incident.state = after
    incident.version += 1
    return incident


def person_of(tx: Tx, incident: Incident, person_id: UUID) -> Person:
    """A person of this incident. Raises `Invalid` for anybody else's."""
    person = tx.session.get(Person, person_id)
    if person is None or person.incident_id != incident.id:
        raise Invalid(fields={"person_id": [gettext(N_("请从列出的选项中选择。"))]})
    return person


def not_later_than_now(tx: Tx, field: str, at: datetime) -> None:
    """Nothing is recorded as having happened in the future. Raises `Invalid`."""
    if at > tx.now:
        raise Invalid(fields={field: [gettext(N_("时间晚于现在。"))]})


def filed(tx: Tx, incident: Incident, document_type: str, file: Received | None) -> UUID | None:
    """Put an uploaded file into the case; None without one."""
    if file is None:
        return None
    wanted = Attach(
        owner=about(incident), unit_path=incident.lead_unit_path, document_type=document_type, file=file
    )
    row = attachments.attach.within(tx, wanted)
    tx.session.flush()  # lines and receipts refer to it
    return row.id


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line for the record. `heading` is a sentence marked with N_(); `values` fill it, codes as codes."""

    kind: EntryKind
    heading: str
    occurred_at: datetime
    values: dict[str, Any]
    text: str = ""
    source: str = ""
    attachment_id: UUID | None = None


def write(tx: Tx, incident: Incident, line: Line) -> Entry:
    """Add a line to the record, marked as late (补录) when written long after the fact."""
    return tx.add(
        Entry(
            incident_id=incident.id,
            kind=line.kind,
            heading=line.heading,
            values=line.values,
            text=line.text,
            source=line.source,
            occurred_at=line.occurred_at,
            entered_at=tx.now,
            entered_by_id=tx.actor.account_id,
            entered_by=tx.actor.name,
            is_late=rules.entered_late(line.occurred_at, tx.now),
            attachment_id=line.attachment_id,
        )
    )
