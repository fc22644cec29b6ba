"""Who is told of what happens to an incident. Mails carry its number and what to do, never what happened to whom."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import queries_authority
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import Role
from webapp.incidents import queries
from webapp.incidents.models import Incident
from webapp.incidents.states import Level, Secrecy
from webapp.notifications.notice import Notice, Subscriber

ON_CALL = (Role.DUTY_OFFICER, Role.SECTION_CHIEF, Role.FAO_DIRECTOR)
COMMAND = (Role.SECTION_CHIEF, Role.FAO_DIRECTOR)


def tell_on_call(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """A new incident: duty officer, section chief and director at once, except who registered it."""
    return _tell(session, message, "incidents/registered", ON_CALL)


def tell_command(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """A grave level (Ⅰ or Ⅱ), or a case opened again: section chief and director."""
    level = message.payload["figures"].get("level")
    if message.event == "incident.level_set" and (level is None or level > Level.L2):
        return ()
    return _tell(session, message, "incidents/level_set", COMMAND)


def tell_of_reopening(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    return _tell(session, message, "incidents/reopened", COMMAND)


def tell_lead(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """The new lead, unless they took it themselves."""
    incident, _named = queries.recipients(session, message.subject_id)
    if incident is None or incident.lead_id is None:
        return ()
    return _notices(message, incident, "incidents/handed_over", [incident.lead_id])


def tell_named(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """Whoever was let in, while they still are."""
    incident, named = queries.recipients(session, message.subject_id)
    account_id = UUID(message.payload["details"]["account"])
    return (
        _notices(message, incident, "incidents/person_named", {account_id} & set(named)) if incident else ()
    )


def _tell(
    session: Session, message: OutboxMessage, template: str, roles: tuple[Role, ...]
) -> Iterable[Notice]:
    """Those who hold the roles over the lead unit; of a restricted case only the persons named."""
    incident, named = queries.recipients(session, message.subject_id)
    if incident is None:
        return ()
    if incident.secrecy is not Secrecy.NORMAL:
        return _notices(message, incident, template, named)
    wanted = [(role, incident.lead_unit_path) for role in roles]
    found = queries_authority.holders_of(session, wanted, message.created_at).values()
    ids = dict.fromkeys(holder.id for holders in found for holder in holders)
    return _notices(message, incident, template, ids)


def _notices(
    message: OutboxMessage, incident: Incident, template: str, account_ids: Iterable[UUID]
) -> Iterable[Notice]:
    context = {"number": incident.number, "short": incident.number.split("-")[1], "level": incident.level}
    actor = message.payload.get("actor")
    return [
        Notice(
            account_id=account_id,
            template=template,
            context=context,
            link=f"/incidents/{incident.number}",
            is_statutory=True,
        )
        for account_id in account_ids
        if str(account_id) != actor
    ]


ROUTES: dict[str, tuple[Subscriber, ...]] = {
    "incident.registered": (tell_on_call,),
    "incident.level_set": (tell_command,),
    "incident.lead_changed": (tell_lead,),
    "incident.person_named": (tell_named,),
    "incident.reopened": (tell_of_reopening,),
}
