"""Removing what has ended: keys of old forms, sessions, links and tries to sign in."""

from datetime import timedelta

import sqlalchemy as sa

from webapp.accounts.models import OneTimeLink, SignInAttempt, UserSession
from webapp.core.tx import Tx, UsedKey, command

KEYS_KEPT = timedelta(days=7)
ENDED_KEPT = timedelta(days=30)
TRIES_KEPT = timedelta(days=1)


@command
def purge(tx: Tx) -> int:
    """Delete rows nobody may use any more; returns how many. What happened stays in the log."""
    now = tx.now
    statements = (
        sa.delete(UsedKey).where(UsedKey.used_at < now - KEYS_KEPT),
        sa.delete(UserSession).where(UserSession.seen_at < now - ENDED_KEPT),
        sa.delete(OneTimeLink).where(OneTimeLink.expires_at < now - ENDED_KEPT),
        sa.delete(SignInAttempt).where(SignInAttempt.at < now - TRIES_KEPT),
    )
    done = [tx.session.execute(one, execution_options={"synchronize_session": False}) for one in statements]
    return sum(result.rowcount for result in done)  # type: ignore[attr-defined]
