"""Who is told of what the administrators do: whom it concerns, and the administrators who did not do it.

Two administrators who act together are seen by the third (separation of duties, trust of the office).
It stands here, above the accounts, since accounts know nothing of notices.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.accounts import queries_authority
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import ADMINS, ROLE_LABELS, Role
from webapp.notifications.notice import Notice, Subscriber


def _administrators(session: Session, message: OutboxMessage) -> set[UUID]:
    """The holders of the three posts at the moment of the act, without the one who acted."""
    posts = queries_authority.holders_of(session, [(role, None) for role in ADMINS], message.created_at)
    found = {holder.id for holders in posts.values() for holder in holders}
    return {account_id for account_id in found if str(account_id) != message.payload["actor"]}


def tell_of_account(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """A new account: to the administrators who did not make it."""
    for account_id in _administrators(session, message):
        yield Notice(
            account_id=account_id,
            template="console/account_created",
            context={"login": message.payload["number"]},
            link=f"/settings/accounts/{message.payload['number']}",
        )


def tell_of_role(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """A right given or taken: to its holder and to the other administrators."""
    label = ROLE_LABELS[Role(message.payload["figures"]["granted_role"])]
    context = {"login": message.payload["number"], "role": label, "event": message.event}
    for account_id in {message.subject_id} | _administrators(session, message):
        is_own = account_id == message.subject_id
        yield Notice(
            account_id=account_id,
            template="console/role_changed",
            context=context,
            link="/me" if is_own else f"/settings/accounts/{message.payload['number']}",
        )


def tell_substitute(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """A substitution: to the one who is to sign."""
    yield Notice(
        account_id=UUID(message.payload["figures"]["substitute"]),
        template="console/substitute_set",
        context={"principal": accounts.names(session, [message.subject_id]).get(message.subject_id, "")},
        link="/inbox",
    )


ROUTES: dict[str, tuple[Subscriber, ...]] = {
    "account.created": (tell_of_account,),
    "role.granted": (tell_of_role,),
    "role.revoked": (tell_of_role,),
    "substitute.set": (tell_substitute,),
}
