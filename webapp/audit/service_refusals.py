"""What was refused is logged like what was done: who tried, where, and why not."""

from datetime import timedelta
from uuid import UUID

from webapp.audit import queries
from webapp.audit.events import RequestRefused
from webapp.core.errors import sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_
from webapp.core.problems import Refusal
from webapp.core.tx import Tx, command

NOBODY = UUID(int=0)
# Who has not signed in can send as much as the line carries; the log must not grow with it.
STRANGERS_A_MINUTE = 60
UNTOLD = "further_refusals_untold"
sentences({UNTOLD: N_("一分钟内未登录的请求被拒绝得太多，这一分钟内其余的不再逐条记录。")})


@command
def note_refusal(tx: Tx, refusal: Refusal) -> None:
    """Write down a refused request; its object is the account that tried, or nobody.

    Of people who have not signed in at most `STRANGERS_A_MINUTE`; then one entry says that further ones are not told.
    """
    code = refusal.code
    if tx.actor.account_id is None:
        told = queries.entries_since(
            tx.session, NOBODY, tx.now - timedelta(minutes=1), STRANGERS_A_MINUTE + 1
        )
        if told > STRANGERS_A_MINUTE:
            return
        code = UNTOLD if told == STRANGERS_A_MINUTE else code
    tx.record(
        RequestRefused(
            about=Subject(kind="request", id=tx.actor.account_id or NOBODY, unit=tx.actor.unit_code),
            result="refused",
            status=refusal.status,
            code=code,
            endpoint=refusal.endpoint,
            path=refusal.path,
            address=refusal.address,
        )
    )
