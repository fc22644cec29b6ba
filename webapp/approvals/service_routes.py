"""Versions of routes in the database: shipped ones on first use, the office's own, observed ones once a sequence."""

import hashlib
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from webapp.approvals import queries, queries_routes, route_text, route_write
from webapp.approvals.models import ApprovalRoute
from webapp.approvals.route import Route, RouteKind
from webapp.core.clock import local_date
from webapp.core.errors import NotFound
from webapp.core.ids import new_id
from webapp.core.tx import Tx

# A round that never came to an end is waiting for something the log does not show.
OPEN_END = "open_end"


def current_route(tx: Tx, code: str) -> tuple[UUID, Route]:
    """The version of a configured route in force today. Raises `NotFound` for an unknown code."""
    keep_shipped(tx, code)
    row = queries_routes.in_force(tx.session, code, local_date(tx.now))
    if row is None:
        raise NotFound
    return row.id, queries.route_of(tx.session, row.id)


def keep_shipped(tx: Tx, code: str) -> None:
    """A newer shipped text comes into force by itself only where the office has made no version of its own."""
    shipped = route_text.shipped().get(code)
    if shipped is None:
        return
    newest = queries_routes.newest(tx.session, code)
    if newest is None or (newest.set_by_id is None and newest.version < shipped.version):
        keep(tx, shipped, text=route_text.shipped_texts()[code])


def observed_route(tx: Tx, subject: str, stages: tuple[str, ...], *, is_finished: bool) -> tuple[UUID, Route]:
    """The route read from a round's own events, made once per distinct sequence of stages."""
    sequence = [*stages] if is_finished else [*stages, OPEN_END]
    code = f"observed-{hashlib.sha256('|'.join(sequence).encode()).hexdigest()[:24]}"
    row = queries_routes.newest(tx.session, code)
    if row is None:
        data = {
            "code": code,
            "version": 1,
            "title": " → ".join(sequence)[:80] or OPEN_END,
            "subject": subject,
            "kind": RouteKind.OBSERVED.value,
            "stages": [
                {"code": f"{place}-{name}"[:60], "title": name[:80], "seats": [_nobody(name)]}
                for place, name in enumerate(sequence, start=1)
            ],
        }
        row = keep(tx, route_text.from_data(data, source=code), data=data)
    return row.id, queries.route_of(tx.session, row.id)


def _nobody(name: str) -> dict[str, Any]:
    """A seat of an observed route: the log names a role, not a person or a post of this office."""
    return {"code": "seen", "title": name[:80]}


def keep(
    tx: Tx, route: Route, *, text: str = "", data: dict[str, Any] | None = None, **how: Any
) -> ApprovalRoute:
    """Insert unless somebody else just did: two first submissions may meet here."""
    values = {
        "id": new_id(tx.now),
        "code": route.code,
        "version": route.version,
        "kind": route.kind,
        "title": route.title,
        "definition": data or route_write.stored(route),
        "text": text,
        "created_at": tx.now,
        **how,
    }
    dialect = tx.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    tx.session.execute(insert(ApprovalRoute).values(**values).on_conflict_do_nothing())
    return tx.session.scalars(
        sa.select(ApprovalRoute).where(
            ApprovalRoute.code == route.code, ApprovalRoute.version == route.version
        )
    ).one()
