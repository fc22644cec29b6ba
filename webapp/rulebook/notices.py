"""Who is told of the rulebook: those who may put in force what another has proposed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from webapp.accounts import queries_authority
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import ROLE_PERMISSIONS, Permission
from webapp.notifications.notice import Notice, Routes

KEEPERS = [role for role, given in ROLE_PERMISSIONS.items() if Permission.RULES_KEEP in given]


def tell_reviewers(session: Session, message: OutboxMessage) -> Iterator[Notice]:
    """Everybody who keeps the rules, but who made the proposal."""
    template, page, context = _WHAT[message.event](message.payload)
    posts = queries_authority.holders_of(session, [(role, None) for role in KEEPERS], message.created_at)
    for account_id in dict.fromkeys(holder.id for holders in posts.values() for holder in holders):
        if str(account_id) != message.payload["actor"]:
            yield Notice(
                account_id=account_id,
                template=template,
                context=context,
                link=f"/rules/{page}/proposals/{message.payload['number']}",
            )


def _fees(payload: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    context = {"document": payload["details"]["document"], "figures": dict(payload["figures"])}
    return "rulebook/fees_proposed", "fees", context


def _treaty(payload: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    return "rulebook/treaty_proposed", "treaties", {"code": payload["figures"]["nationality"]}


_WHAT: dict[str, Callable[[Mapping[str, Any]], tuple[str, str, dict[str, Any]]]] = {
    "fee_standards.proposed": _fees,
    "treaty.proposed": _treaty,
}
"""What an event's letter is called, where the proposal stands, and what the letter names."""

ROUTES: Routes = {
    "fee_standards.proposed": (tell_reviewers,),
    "treaty.proposed": (tell_reviewers,),
}
