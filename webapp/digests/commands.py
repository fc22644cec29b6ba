"""What people ask of digests."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Subscribe:
    """`account_id` is to get the digests of `scope` (a unit's code; empty: the whole office) by mail."""

    account_id: UUID
    scope: str = ""
