"""Who is what towards a trip: pure questions to an actor's grants."""

from collections.abc import Iterable
from datetime import datetime

from webapp.core.permissions import OFFICE, GrantView, Permission, Role, allowed
from webapp.trips.rules import Standing

# Roles that see every submitted trip of the units their grant covers (the office's covers the city).
SEE_UNIT = frozenset({Role.CLERK, Role.UNIT_HEAD, Role.PASSPORT_CUSTODIAN, Role.AUDITOR}) | OFFICE
# A draft is the unit's own affair until it is submitted.
SEE_DRAFTS = frozenset({Role.CLERK})


def paths(grants: Iterable[GrantView], roles: frozenset[Role], now: datetime) -> tuple[str, ...]:
    """Unit paths in which one of the roles is held now; '' is the whole city. Shortest covering ones only."""
    held = sorted({g.unit_path for g in grants if g.role in roles and g.holds(now)}, key=len)
    kept: list[str] = []
    for path in held:
        if not any(path.startswith(wider) for wider in kept):
            kept.append(path)
    return tuple(kept)


def standing(
    grants: tuple[GrantView, ...], now: datetime, *, unit_path: str, sending_paths: Iterable[str]
) -> Standing:
    """What the holder of the grants is towards a trip of the unit with members from the sending units."""
    drafts = allowed(grants, Permission.TRIPS_DRAFT, now, unit_path)
    return Standing(
        drafts=drafts,
        posts_notice=drafts or any(allowed(grants, Permission.TRIPS_DRAFT, now, p) for p in sending_paths),
        travels=allowed(grants, Permission.TRIPS_TRAVEL, now, unit_path),
        settles=allowed(grants, Permission.TRIPS_SETTLE, now, unit_path),
    )
