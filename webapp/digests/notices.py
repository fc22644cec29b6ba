"""Who gets a digest: the subscribers of its scope who may still see it."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.core.ledger import OutboxMessage
from webapp.digests import queries
from webapp.notifications.notice import Notice, Subscriber


def send_digest(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """One mail each, with the signed head of the log: the reader's own proof later."""
    figures, details = message.payload["figures"], message.payload["details"]
    scope = figures["scope"]
    readers = accounts.actors_of(session, queries.subscribers(session, scope))
    for account_id, reader in readers.items():
        if queries.may_see_scope(session, reader, message.created_at, scope):
            yield Notice(
                account_id=account_id,
                template="digests/digest",
                context={
                    "period": figures["period"],
                    "scope": scope,
                    "edition": figures["edition"],
                    "exceptions": figures["exceptions"],
                    "checkpoint": details["checkpoint"],
                    "lines": details["lines"],
                },
                link=queries.path_of(figures["period"], scope, figures["edition"]),
            )


ROUTES: dict[str, tuple[Subscriber, ...]] = {"digest.published": (send_digest,)}
