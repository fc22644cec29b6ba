"""Reading side of plans: how a unit's year stands, its items, and who holds what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.core.errors import NotFound
from webapp.plans.models import Allotment, HoldRow, PlanItem
from webapp.plans.states import HoldState, PlanState
from webapp.rulebook.facts import BudgetFacts, PlanItemFacts, QuotaFacts


@dataclass(frozen=True)
class Standing:
    """A unit's year as the rules see it: person-times, delegations, budget; None where nothing limits it."""

    quota: QuotaFacts | None
    delegations: QuotaFacts | None
    budget: BudgetFacts | None


@dataclass(frozen=True)
class Held:
    """Sums of holds by state."""

    used: int = 0
    reserved: int = 0
    used_delegations: int = 0
    reserved_delegations: int = 0
    used_yuan: Decimal = Decimal(0)
    reserved_yuan: Decimal = Decimal(0)


def allotment(session: Session, unit_id: UUID, year: int) -> Allotment | None:
    return session.scalars(
        sa.select(Allotment).where(Allotment.unit_id == unit_id, Allotment.year == year)
    ).one_or_none()


def held(session: Session, allotment_id: UUID, without: UUID | None = None) -> Held:
    """What live requests hold of a unit's year, leaving one request out."""
    return _held(session, [allotment_id], without).get(allotment_id, Held())


def _held(session: Session, allotment_ids: Collection[UUID], without: UUID | None) -> dict[UUID, Held]:
    query = (
        sa.select(
            HoldRow.allotment_id,
            HoldRow.state,
            sa.func.sum(HoldRow.persons),
            sa.func.sum(HoldRow.delegations),
            sa.func.sum(HoldRow.yuan),
        )
        .where(HoldRow.allotment_id.in_(allotment_ids), HoldRow.state != HoldState.RELEASED)
        .group_by(HoldRow.allotment_id, HoldRow.state)
    )
    if without is not None:
        query = query.where(HoldRow.trip_id != without)
    found: dict[UUID, Held] = {}
    for allotment_id, state, persons, delegations, yuan in session.execute(query):
        held_so_far = found.get(allotment_id, Held())
        if state is HoldState.USED:
            found[allotment_id] = replace(
                held_so_far, used=int(persons), used_delegations=int(delegations), used_yuan=Decimal(yuan)
            )
        else:
            found[allotment_id] = replace(
                held_so_far,
                reserved=int(persons),
                reserved_delegations=int(delegations),
                reserved_yuan=Decimal(yuan),
            )
    return found


def standing(session: Session, unit_id: UUID, year: int, *, without: UUID | None = None) -> Standing:
    """Quota and budget of a unit's year, without what the request `without` itself holds."""
    return standings(session, [unit_id], year, without=without)[unit_id]


def standings(
    session: Session, unit_ids: Collection[UUID], year: int, *, without: UUID | None = None
) -> dict[UUID, Standing]:
    """The same for several units at once, every one of them present in the answer."""
    rows = session.scalars(
        sa.select(Allotment).where(Allotment.unit_id.in_(unit_ids), Allotment.year == year)
    ).all()
    sums = _held(session, [row.id for row in rows], without) if rows else {}
    limited = {row.unit_id: _standing(session, row, sums.get(row.id, Held())) for row in rows}
    return {unit_id: limited.get(unit_id, Standing(None, None, None)) for unit_id in unit_ids}


def _standing(session: Session, row: Allotment, sums: Held) -> Standing:
    budget = None
    if row.budget is not None:
        budget = BudgetFacts(
            year=row.year, granted=row.budget, used=sums.used_yuan, reserved=sums.reserved_yuan
        )
    return Standing(
        quota=_quota(session, row, row.quota, sums.used, sums.reserved),
        delegations=_quota(
            session, row, row.delegation_quota, sums.used_delegations, sums.reserved_delegations
        ),
        budget=budget,
    )


def _quota(
    session: Session, row: Allotment, granted: int | None, used: int, reserved: int
) -> QuotaFacts | None:
    if granted is None:
        return None
    unit = accounts.unit(session, row.unit_id)
    return QuotaFacts(
        unit_code=unit.code,
        unit_name=unit.name,
        year=row.year,
        granted=granted,
        used=used,
        reserved=reserved,
    )


def plan_item(session: Session, unit_id: UUID, year: int, number: str) -> PlanItemFacts | None:
    """A plan item as the rules see it, or None."""
    row = _item(session, unit_id, year, number)
    if row is None:
        return None
    return PlanItemFacts(
        number=row.number,
        year=row.year,
        is_approved=row.state is PlanState.APPROVED,
        is_addition=row.is_addition,
    )


def item(session: Session, unit_id: UUID, year: int, number: str) -> PlanItem:
    """Raises `NotFound`."""
    row = _item(session, unit_id, year, number)
    if row is None:
        raise NotFound
    return row


def _item(session: Session, unit_id: UUID, year: int, number: str) -> PlanItem | None:
    return session.scalars(
        sa.select(PlanItem).where(
            PlanItem.unit_id == unit_id, PlanItem.year == year, PlanItem.number == number
        )
    ).one_or_none()


def items(session: Session, unit_id: UUID, year: int) -> Sequence[PlanItem]:
    """The items of a unit's year by number."""
    return session.scalars(
        sa.select(PlanItem)
        .where(PlanItem.unit_id == unit_id, PlanItem.year == year)
        .order_by(PlanItem.number)
    ).all()


def holds(session: Session, allotment_id: UUID) -> Sequence[HoldRow]:
    """What requests hold or held of a unit's year, newest first."""
    return session.scalars(
        sa.select(HoldRow)
        .where(HoldRow.allotment_id == allotment_id)
        .order_by(HoldRow.changed_at.desc(), HoldRow.id.desc())
        .limit(200)
    ).all()


@dataclass(frozen=True)
class UnitYear:
    """One line of the year's table."""

    unit_id: UUID
    code: str
    name: str
    quota: int | None
    delegation_quota: int | None
    budget: Decimal | None
    sums: Held
    item_count: int


def unit_years(session: Session, unit_ids: Sequence[UUID], year: int) -> list[UnitYear]:
    """The year's standing of several units, in four statements however many they are."""
    rows = {
        row.unit_id: row
        for row in session.scalars(
            sa.select(Allotment).where(Allotment.year == year, Allotment.unit_id.in_(unit_ids))
        )
    }
    sums = _held(session, [row.id for row in rows.values()], None)
    counts: dict[UUID, int] = {
        unit_id: int(count)
        for unit_id, count in session.execute(
            sa.select(PlanItem.unit_id, sa.func.count())
            .where(PlanItem.year == year, PlanItem.unit_id.in_(unit_ids))
            .group_by(PlanItem.unit_id)
        )
    }
    found = []
    for unit in accounts.units(session):
        if unit.id not in set(unit_ids):
            continue
        row = rows.get(unit.id)
        found.append(
            UnitYear(
                unit_id=unit.id,
                code=unit.code,
                name=unit.name,
                quota=row.quota if row else None,
                delegation_quota=row.delegation_quota if row else None,
                budget=row.budget if row else None,
                sums=sums.get(row.id, Held()) if row else Held(),
                item_count=counts.get(unit.id, 0),
            )
        )
    return found
