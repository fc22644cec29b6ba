"""Time-ordered identifiers, so that a new row lands at the end of every index."""

import os
import threading
from datetime import datetime
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62
_COUNTER_MOST = 0xFFF
_lock = threading.Lock()
_last: list[int] = [0, 0]


def new_id(now: datetime) -> UUID:
    """A version 7 UUID (RFC 9562, section 5.7): 48 bits of milliseconds, a counter, 62 random bits.

    Two ids made by one process in one millisecond keep their order, so that several rows written by
    one action sort as they were written.
    """
    millis = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    with _lock:
        counter = 0
        if millis <= _last[0]:
            full = _last[1] >= _COUNTER_MOST  # then the next millisecond is begun early
            millis, counter = (_last[0] + 1, 0) if full else (_last[0], _last[1] + 1)
        _last[:] = millis, counter
    return UUID(int=(millis << 80) | _VERSION_7 | (counter << 64) | _VARIANT | _random62())


def _random62() -> int:
    return int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
