"""What was refused is logged like what was done: who tried, where, and why not."""

from uuid import UUID

from webapp.audit.events import RequestRefused
from webapp.core.events import Subject
from webapp.core.problems import Refusal
from webapp.core.tx import Tx, command

NOBODY = UUID(int=0)


@command
def note_refusal(tx: Tx, refusal: Refusal) -> None:
    """Write down a refused request; its object is the account that tried, or nobody."""
    tx.record(
        RequestRefused(
            about=Subject(kind="request", id=tx.actor.account_id or NOBODY, unit=tx.actor.unit_code),
            result="refused",
            status=refusal.status,
            code=refusal.code,
            endpoint=refusal.endpoint,
            path=refusal.path,
            address=refusal.address,
        )
    )
