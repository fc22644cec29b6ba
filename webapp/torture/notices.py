"""Who is told of a drill: the account it names."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.core.ledger import OutboxMessage
from webapp.notifications.notice import Notice, Subscriber


def tell(session: Session, message: OutboxMessage) -> Iterable[Notice]:  # noqa: ARG001
    """The one account the drill names."""
    figures = message.payload["figures"]
    yield Notice(
        account_id=UUID(figures["account"]),
        template="torture/drill",
        context={"turn": figures["turn"]},
        link="/me",
    )


ROUTES: dict[str, tuple[Subscriber, ...]] = {"drill.called": (tell,)}
