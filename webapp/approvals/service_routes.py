"""Versions of routes in the database: the shipped ones on first use, observed ones once per sequence."""

import hashlib
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from webapp.approvals import queries, route_text
from webapp.approvals.models import ApprovalRoute
from webapp.approvals.route import Route, RouteKind
from webapp.core.errors import NotFound
from webapp.core.ids import new_id
from webapp.core.tx import Tx

# A round that never came to an end is waiting for something the log does not show.
OPEN_END = "open_end"


def current_route(tx: Tx, code: str) -> tuple[UUID, Route]:
    """The newest version of a configured route. Raises `NotFound` for an unknown code."""
    shipped = route_text.shipped().get(code)
    row = queries.newest_route(tx.session, code)
    if shipped is not None and (row is None or row.version < shipped.version):
        row = _keep(tx, shipped, route_text.shipped_data()[code])
    if row is None:
        raise NotFound
    return row.id, queries.route_of(tx.session, row.id)


def observed_route(tx: Tx, subject: str, stages: tuple[str, ...], *, is_finished: bool) -> tuple[UUID, Route]:
    """The route read from a round's own events, made once per distinct sequence of stages."""
    sequence = [*stages] if is_finished else [*stages, OPEN_END]
    code = f"observed-{hashlib.sha256('|'.join(sequence).encode()).hexdigest()[:24]}"
    row = queries.newest_route(tx.session, code)
    if row is None:
        data = {
            "code": code,
            "version": 1,
            "title": " → ".join(sequence)[:120] or OPEN_END,
            "subject": subject,
            "kind": RouteKind.OBSERVED.value,
            "stages": [
                {"code": f"{place}-{name}"[:60], "title": name[:80], "seats": [_nobody(name)]}
                for place, name in enumerate(sequence, start=1)
            ],
        }
        row = _keep(tx, route_text.from_data(data, source=code), data)
    return row.id, queries.route_of(tx.session, row.id)


def _nobody(name: str) -> dict[str, Any]:
    """A seat of an observed route: the log names a role, not a person or a post of this office."""
    return {"code": "seen", "title": name[:80]}


def _keep(tx: Tx, route: Route, data: dict[str, Any]) -> ApprovalRoute:
    """Insert unless somebody else just did: two first submissions may meet here."""
    values = {
        "id": new_id(tx.now),
        "code": route.code,
        "version": route.version,
        "kind": route.kind,
        "title": route.title,
        "definition": data,
        "created_at": tx.now,
    }
    dialect = tx.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    tx.session.execute(insert(ApprovalRoute).values(**values).on_conflict_do_nothing())
    return tx.session.scalars(
        sa.select(ApprovalRoute).where(
            ApprovalRoute.code == route.code, ApprovalRoute.version == route.version
        )
    ).one()
