"""How permits are numbered, by whom it was confirmed, and what became of every number of a year (DOC-07)."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.core.series import last_number
from webapp.rulebook.states import RouteKind
from webapp.trips.models import PermitTemplate, Trip
from webapp.trips.rules import TEMPLATES, permit_number, permit_series
from webapp.trips.states import TemplateState, TripState


def in_force(session: Session, route_kind: RouteKind) -> tuple[str, str]:
    """Template and authority that number the next permit; the shipped template while none was confirmed."""
    row = session.scalars(_newest(route_kind, TemplateState.CONFIRMED)).first()
    return (row.template, row.authority) if row is not None else (TEMPLATES[route_kind], "")


def waiting(session: Session, route_kind: RouteKind) -> PermitTemplate | None:
    """The proposal that waits for a second person."""
    return session.scalars(_newest(route_kind, TemplateState.PROPOSED)).first()


def _newest(route_kind: RouteKind, state: TemplateState) -> sa.Select[PermitTemplate]:
    return (
        sa.select(PermitTemplate)
        .where(PermitTemplate.route_kind == route_kind, PermitTemplate.state == state)
        .order_by(PermitTemplate.proposed_at.desc(), PermitTemplate.id.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class YearOfNumbers:
    """What became of one year's numbers: `unexplained` is what is neither a permit nor skipped with a reason."""

    last: int
    issued: int
    revoked: int
    skipped: int

    @property
    def unexplained(self) -> int:
        return self.last - self.issued - self.skipped


@dataclass(frozen=True)
class Numbering:
    """One authority's numbering for the page. `following` is what the next permit would be called."""

    route_kind: RouteKind
    template: str
    authority: str
    is_confirmed: bool
    following: str
    year: YearOfNumbers
    waiting: PermitTemplate | None
    history: Sequence[PermitTemplate]


def numberings(session: Session, year: int) -> list[Numbering]:
    """All authorities in the order of destinations, with the year's numbers."""
    rows = session.scalars(
        sa.select(PermitTemplate).order_by(PermitTemplate.proposed_at.desc(), PermitTemplate.id.desc())
    ).all()
    found = []
    for kind in RouteKind:
        own = [row for row in rows if row.route_kind is kind]
        current = next((row for row in own if row.state is TemplateState.CONFIRMED), None)
        template = current.template if current is not None else TEMPLATES[kind]
        numbers = _year(session, kind, year, own)
        found.append(
            Numbering(
                route_kind=kind,
                template=template,
                authority=current.authority if current is not None else "",
                is_confirmed=current is not None,
                following=permit_number(template, year, numbers.last + 1),
                year=numbers,
                waiting=next((row for row in own if row.state is TemplateState.PROPOSED), None),
                history=own,
            )
        )
    return found


def _year(session: Session, kind: RouteKind, year: int, templates: Sequence[PermitTemplate]) -> YearOfNumbers:
    of_year = sa.and_(
        Trip.route_kind == kind,
        Trip.permit_no.is_not(None),
        sa.extract("year", Trip.permit_on) == year,
    )
    issued, revoked = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((Trip.state == TripState.REVOKED, 1), else_=0)), 0),
        ).where(of_year)
    ).one()
    skipped = sum(
        row.skipped_until - row.skipped_from + 1
        for row in templates
        if row.skipped_from is not None
        and row.skipped_until is not None
        and row.decided_at is not None
        and row.skipped_year == year
    )
    return YearOfNumbers(
        last=last_number(session, permit_series(kind, year)),
        issued=issued,
        revoked=revoked,
        skipped=skipped,
    )


def is_taken(session: Session, number: str) -> bool:
    """Whether a trip bears this permit number already."""
    return session.scalar(sa.select(Trip.id).where(Trip.permit_no == number)) is not None
