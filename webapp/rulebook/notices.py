"""Who is told of the rulebook: those who may put a proposed table of fee standards in force."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from webapp.accounts import queries_authority
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import ROLE_PERMISSIONS, Permission
from webapp.notifications.notice import Notice, Routes

KEEPERS = [role for role, given in ROLE_PERMISSIONS.items() if Permission.RULES_KEEP in given]


def tell_reviewers(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Everybody who keeps the rules, but who read the table in."""
    posts = queries_authority.holders_of(session, [(role, None) for role in KEEPERS], message.created_at)
    for account_id in dict.fromkeys(holder.id for holders in posts.values() for holder in holders):
        if str(account_id) != message.payload["actor"]:
            yield Notice(
                account_id=account_id,
                template="rulebook/fees_proposed",
                context={
                    "document": message.payload["details"]["document"],
                    "figures": dict(message.payload["figures"]),
                },
                link=f"/rules/fees/proposals/{message.payload['number']}",
            )


ROUTES: Routes = {
    "fee_standards.proposed": (tell_reviewers,),
}
