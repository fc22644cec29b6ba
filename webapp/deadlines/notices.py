"""Who is told of a deadline: its owner, and the links of the chain above as far as the reminder climbed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.accounts import queries_authority
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import Role
from webapp.deadlines import queries
from webapp.deadlines.models import Deadline
from webapp.deadlines.states import DeadlineState
from webapp.notifications.notice import Notice, Subscriber


def remind(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """Owner and superiors up to the level of the step; nobody when the duty was done before the relay came."""
    figures = message.payload["figures"]
    deadline = queries.by_id(session, UUID(figures["deadline"]))
    if deadline is None or deadline.state is not DeadlineState.OPEN:
        return
    links = deadline.chain[: figures["level"] + 1]
    if message.event == "deadline.escalated":
        links = links[-1:]
    for account_id in _accounts(session, message, links):
        yield _notice(deadline, account_id, "deadlines/reminder", message)


def hand_over(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """The new owner of a running clock, unless they took it themselves."""
    deadline = queries.by_id(session, UUID(message.payload["figures"]["deadline"]))
    if deadline is None or deadline.state is not DeadlineState.OPEN:
        return
    for account_id in _accounts(session, message, deadline.chain[:1]):
        if str(account_id) != message.payload["actor"]:
            yield _notice(deadline, account_id, "deadlines/handed_over", message)


def tell_of_move(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """The owner of a running clock whose end the calendar moved."""
    deadline = queries.by_id(session, UUID(message.payload["figures"]["deadline"]))
    if deadline is None or deadline.state is not DeadlineState.OPEN:
        return
    more = {
        "before": datetime.fromisoformat(message.payload["details"]["before"]),
        "reason": message.payload["reason"],
    }
    for account_id in _accounts(session, message, deadline.chain[:1]):
        notice = _notice(deadline, account_id, "deadlines/moved", message)
        yield replace(notice, context={**notice.context, **more})


def _accounts(session: Session, message: OutboxMessage, links: list[dict[str, Any]]) -> Iterator[UUID]:
    """The accounts behind the links, each once; two statements however long the chain is."""
    by_role = [link for link in links if link["role"] and not link["account_id"]]
    units = queries_authority.units_by_id(
        session, {UUID(link["unit_id"]) for link in by_role if link["unit_id"]}
    )

    def post(link: Mapping[str, Any]) -> tuple[Role, str | None]:
        return Role(link["role"]), units[UUID(link["unit_id"])].path if link["unit_id"] else None

    found = queries_authority.holders_of(session, [post(link) for link in by_role], message.created_at)
    seen: dict[UUID, None] = {}
    for link in links:
        if link["account_id"]:
            seen.setdefault(UUID(link["account_id"]))
        elif link["role"]:
            seen.update(dict.fromkeys(holder.id for holder in found[post(link)]))
    yield from seen


def _notice(deadline: Deadline, account_id: UUID, template: str, message: OutboxMessage) -> Notice:
    return Notice(
        account_id=account_id,
        template=template,
        link=deadline.link,
        is_statutory=deadline.is_statutory,
        context={
            "event": message.event,
            "number": deadline.subject_number,
            "title": deadline.label,
            "end": deadline.timing.end,
            "due_at": deadline.due_at,
            "performer": deadline.performer,
            "source": deadline.legal_source,
            "hours_left": int((deadline.timing.end - message.created_at).total_seconds() // 3600),
            "is_provisional": deadline.provisional,
        },
    )


def tell_of_brake(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """The system administrators: ordinary reminders wait until one of them has looked at the clock."""
    for account in accounts.holders(session, Role.SYSTEM_ADMIN, None, message.created_at):
        yield Notice(
            account_id=account.id,
            template="deadlines/brake",
            context={"waiting": message.payload["figures"]["waiting"]},
            link="/clock",
        )


ROUTES: dict[str, tuple[Subscriber, ...]] = {
    "deadline.approaching": (remind,),
    "deadline.missed": (remind,),
    "deadline.reminded": (remind,),
    "deadline.escalated": (remind,),
    "deadline.readdressed": (hand_over,),
    "deadline.moved": (tell_of_move,),
    "clock.brake_pulled": (tell_of_brake,),
}
