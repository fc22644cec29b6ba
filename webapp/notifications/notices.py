"""Who is told when a mail does not arrive: the system administrators, in the application only.

A mail about a mail that cannot be sent could not be sent either, and would make the next one.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import Role
from webapp.notifications.notice import Notice, Subscriber


def tell_administrators(session: Session, message: OutboxMessage) -> Iterable[Notice]:
    """Everybody who keeps the system running now."""
    payload = message.payload
    for account in accounts.holders(session, Role.SYSTEM_ADMIN, None, message.created_at):
        yield Notice(
            account_id=account.id,
            template="notifications/mail_failed",
            context={"number": payload["number"], "reply": payload["details"]["reply"]},
            link="/mail",
            by_mail=False,
        )


ROUTES: dict[str, tuple[Subscriber, ...]] = {
    "mail.failed": (tell_administrators,),
    "mail.quarantined": (tell_administrators,),
}
