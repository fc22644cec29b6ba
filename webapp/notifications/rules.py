"""Pure rules of delivery: how long a lease lasts, when a failed mail is tried again, when it is given up."""

import hashlib
import re
from datetime import timedelta
from uuid import UUID

LEASE = timedelta(seconds=15)
"""Longer than the whole SMTP dialogue of one mail, so that a slow server alone never makes a second copy."""

SMTP_TIMEOUT_SECONDS = 10.0
SENDING_SECONDS = LEASE.total_seconds() - SMTP_TIMEOUT_SECONDS
"""How long after a claim a worker may still begin a mail: its dialogue must end before the lease does."""

A_BATCH_SECONDS = 0.1
FIRST_BATCH, LARGEST_BATCH = 10, 100
MAX_UNSETTLED = 20
"""How many mails may have been handed over without the database knowing it yet: what a death costs in copies."""

MAX_EXPIRED_LEASES = 5
"""A mail whose worker died this often is taken to be the reason, and is put aside for a person to look at."""

_FIRST_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 2 * 60, 5 * 60, 10 * 60, 30 * 60))
_HOURLY = timedelta(hours=1)
_PATIENCE = timedelta(hours=72)
MAX_ATTEMPTS = len(_FIRST_PAUSES) + (_PATIENCE - sum(_FIRST_PAUSES, timedelta())) // _HOURLY + 1
"""Attempts, not hours, end the patience of 72 hours: a clock that leaps must not kill every waiting mail."""

FARTHEST = timedelta(hours=2)
"""No due time lies farther ahead than this; one that does was set by a wrong clock and counts as due."""


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after the n-th failed attempt; None when it was the last one."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return _FIRST_PAUSES[attempts - 1] if attempts <= len(_FIRST_PAUSES) else _HOURLY


def batch_size(sent: int, seconds: float) -> int:
    """How many mails to claim next, when the last `sent` took so long: about a tenth of a second's work.

    Few enough that a worker's death holds up few until their leases end and that others share a slow server's
    queue; enough that claiming costs little beside sending.
    """
    if not sent:
        return FIRST_BATCH
    return min(max(FIRST_BATCH, round(A_BATCH_SECONDS * sent / max(seconds, 0.001))), LARGEST_BATCH)


def message_id(event_id: UUID, account_id: UUID, domain: str) -> str:
    """The same for every attempt, so that a second copy can be told by the receiver (RFC 5322, 3.6.4)."""
    digest = hashlib.sha256(f"{event_id}|{account_id}".encode()).hexdigest()[:32]
    return f"<{digest}@{domain}>"


def one_line(text: str, limit: int = 160) -> str:
    """A text fit for a header: no line breaks, not longer than anybody reads."""
    return " ".join(text.split())[:limit]


_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
)


def may_be_mailed(address: str) -> bool:
    """Whether SMTP can carry the address as it is: ASCII, one @, nothing that could end a header line."""
    return _ADDRESS.fullmatch(address) is not None


def relay_pause(failures: int) -> timedelta:
    """How long an outbox row that could not be turned into messages waits: 1 s, then twice as long, up to 10 min."""
    return min(timedelta(seconds=2 ** min(failures - 1, 20)), timedelta(minutes=10))
