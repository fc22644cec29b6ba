"""Who is told of the rulebook: those who may put a proposed table of fee standards in force."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import ROLE_PERMISSIONS, Permission
from webapp.notifications.notice import Notice, Routes

KEEPERS = [role for role, given in ROLE_PERMISSIONS.items() if Permission.RULES_KEEP in given]


def tell_reviewers(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Everybody who keeps the rules, but who read the table in."""
    told = set()
    for role in sorted(KEEPERS):
        for holder in accounts.holders(session, role, None, message.created_at):
            if holder.id in told or str(holder.id) == message.payload["actor"]:
                continue
            told.add(holder.id)
            yield Notice(
                account_id=holder.id,
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
