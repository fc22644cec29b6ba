"""Tables of annual plans: items, allotments of a unit's year, and what each request holds of them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, CodeEnum, Keyed
from webapp.plans.states import HoldState, PlanState

_AMOUNT = sa.Numeric(14, 2)


class PlanItem(Keyed, Base):
    """A planned delegation of a unit's year."""

    __tablename__ = "plan_item"
    __table_args__ = (sa.UniqueConstraint("unit_id", "year", "number"),)

    unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    year: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(40))
    title: Mapped[str] = mapped_column(sa.String(200))
    countries: Mapped[list[str]]
    person_count: Mapped[int]
    day_count: Mapped[int] = mapped_column(default=0)
    planned_month: Mapped[int | None]
    cost: Mapped[Decimal] = mapped_column(_AMOUNT, default=Decimal(0))
    state: Mapped[PlanState] = mapped_column(CodeEnum(PlanState), default=PlanState.PROPOSED)
    is_addition: Mapped[bool] = mapped_column(default=False)
    document: Mapped[str] = mapped_column(sa.String(120), default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class Allotment(Keyed, Base):
    """Person-times, delegations and yuan granted to a unit for a year. Its row is locked while anybody takes of it."""

    __tablename__ = "plan_allotment"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "year"),
        sa.CheckConstraint("quota IS NULL OR quota >= 0", name="quota_not_negative"),
        sa.CheckConstraint("budget IS NULL OR budget >= 0", name="budget_not_negative"),
    )

    unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    year: Mapped[int]
    quota: Mapped[int | None]
    delegation_quota: Mapped[int | None]
    budget: Mapped[Decimal | None] = mapped_column(_AMOUNT)
    document: Mapped[str] = mapped_column(sa.String(120), default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class HoldRow(Keyed, Base):
    """What one request holds of one unit's year."""

    __tablename__ = "plan_hold"
    __table_args__ = (
        sa.UniqueConstraint("trip_id", "allotment_id"),
        sa.CheckConstraint("persons >= 0 AND yuan >= 0", name="not_negative"),
    )

    allotment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_allotment.id"), index=True)
    trip_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(sa.String(40))
    persons: Mapped[int]
    delegations: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    yuan: Mapped[Decimal] = mapped_column(_AMOUNT)
    state: Mapped[HoldState] = mapped_column(CodeEnum(HoldState))
    changed_at: Mapped[datetime]
