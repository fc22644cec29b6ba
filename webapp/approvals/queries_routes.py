"""Reading side of routes: which versions there are, which one is in force, what waits for a second person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.approvals import queries, route_text
from webapp.approvals.models import ApprovalRequest, ApprovalRoute, RouteProposal
from webapp.approvals.route import Route, RouteKind
from webapp.approvals.states import ENDED, ProposalState
from webapp.core.errors import NotFound

_CONFIGURED = ApprovalRoute.kind == RouteKind.CONFIGURED


def newest(session: Session, code: str) -> ApprovalRoute | None:
    """The highest version, in force already or not."""
    return session.scalar(_of(code).limit(1))


def in_force(session: Session, code: str, today: date) -> ApprovalRoute | None:
    """The highest version whose day has come."""
    begun = sa.or_(ApprovalRoute.valid_from.is_(None), ApprovalRoute.valid_from <= today)
    return session.scalar(_of(code).where(begun).limit(1))


def _of(code: str) -> sa.Select[ApprovalRoute]:
    return sa.select(ApprovalRoute).where(ApprovalRoute.code == code).order_by(ApprovalRoute.version.desc())


@dataclass(frozen=True)
class Listed:
    """A route of the office: the version in force, those that come, and how many requests run on any version."""

    code: str
    route: Route
    row: ApprovalRoute | None
    coming: tuple[ApprovalRoute, ...]
    versions: int
    running: int


def routes(session: Session, today: date) -> list[Listed]:
    """All configured routes; a shipped one nobody has used yet is not in the database. Three statements."""
    rows = session.scalars(
        sa.select(ApprovalRoute).where(_CONFIGURED).order_by(ApprovalRoute.code, ApprovalRoute.version)
    ).all()
    running = _running(session)
    by_code: dict[str, list[ApprovalRoute]] = {code: [] for code in route_text.shipped()}
    for row in rows:
        by_code.setdefault(row.code, []).append(row)
    return [_listed(session, code, own, running, today) for code, own in sorted(by_code.items())]


def _listed(
    session: Session, code: str, rows: list[ApprovalRoute], running: dict[str, int], today: date
) -> Listed:
    begun = [row for row in rows if row.valid_from is None or row.valid_from <= today]
    row = begun[-1] if begun else None
    shipped = route_text.shipped().get(code)
    if shipped is not None and (row is None or (row.set_by_id is None and row.version < shipped.version)):
        row, route = None, shipped
    else:
        assert row is not None or rows
        route = queries.route_of(session, (row or rows[-1]).id)
    coming = tuple(other for other in rows if other not in begun)
    return Listed(code, route, row, coming, max(len(rows), 1), running.get(code, 0))


def _running(session: Session) -> dict[str, int]:
    found = session.execute(
        sa.select(ApprovalRoute.code, sa.func.count())
        .join(ApprovalRequest, ApprovalRequest.route_id == ApprovalRoute.id)
        .where(_CONFIGURED, ApprovalRequest.state.not_in(ENDED))
        .group_by(ApprovalRoute.code)
    )
    return {row[0]: row[1] for row in found}


def versions(session: Session, code: str) -> Sequence[ApprovalRoute]:
    """All versions of a configured route, newest first."""
    return session.scalars(_of(code).where(_CONFIGURED)).all()


def before(session: Session, code: str, version: int) -> Route | None:
    """The version before this one, with its test cases; None for the first."""
    row = session.scalar(_of(code).where(_CONFIGURED, ApprovalRoute.version < version).limit(1))
    shipped = route_text.shipped().get(code)
    if row is None:
        return shipped if shipped is not None and shipped.version < version else None
    return route_text.parse(row.text) if row.text else queries.route_of(session, row.id)


@dataclass(frozen=True)
class Version:
    """One version as its page shows it. `row` is None for a shipped text nobody has used yet."""

    route: Route
    text: str
    row: ApprovalRoute | None


def version(session: Session, code: str, number: int) -> Version:
    """Raises `NotFound`."""
    row = session.scalar(_of(code).where(_CONFIGURED, ApprovalRoute.version == number))
    shipped = route_text.shipped().get(code)
    if row is None and shipped is not None and shipped.version == number:
        return Version(shipped, route_text.shipped_texts()[code], None)
    if row is None:
        raise NotFound
    # the text knows the test cases, which a running process has no use for
    route = route_text.parse(row.text) if row.text else queries.route_of(session, row.id)
    return Version(route, row.text, row)


def proposals(session: Session) -> Sequence[RouteProposal]:
    """What was handed in, newest first, what waits before all others."""
    waits = sa.case((RouteProposal.state == ProposalState.PROPOSED, 0), else_=1)
    return session.scalars(
        sa.select(RouteProposal).order_by(waits, RouteProposal.number.desc()).limit(50)
    ).all()


def proposal(session: Session, number: int) -> RouteProposal:
    """Raises `NotFound`."""
    found = session.scalar(sa.select(RouteProposal).where(RouteProposal.number == number))
    if found is None:
        raise NotFound
    return found


def in_force_for(session: Session, subject: str, today: date) -> list[Route]:
    """The routes of a kind of subject in force today, in the order they are asked. One statement and kept routes."""
    rows = session.execute(
        sa.select(
            ApprovalRoute.id,
            ApprovalRoute.code,
            ApprovalRoute.version,
            ApprovalRoute.valid_from,
            ApprovalRoute.set_by_id,
        )
        .where(_CONFIGURED)
        .order_by(ApprovalRoute.version)
    ).all()
    newest = dict(route_text.shipped())
    for row in rows:
        shipped = route_text.shipped().get(row.code)
        is_older = row.set_by_id is None and shipped is not None and row.version < shipped.version
        if not is_older and (row.valid_from is None or row.valid_from <= today):
            newest[row.code] = queries.route_of(session, row.id)
    found = [route for route in newest.values() if route.subject == subject]
    return sorted(found, key=lambda route: (route.rank, route.code))
