"""Tables of trips. Private to this package; others go through its services and queries."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.db import Base, CodeEnum, JsonDict, Keyed
from webapp.core.prefixes import PATTERN_OPS
from webapp.rulebook.states import BudgetItem, DelegationClass, Employment, Half, Rank, RouteKind
from webapp.trips.commands_sections import CostBearer, MemberRole, Transit
from webapp.trips.states import TemplateState, TripState

MONEY = sa.Numeric(14, 2)


class Trip(Keyed, Base):
    __tablename__ = "trip"
    __table_args__ = (
        sa.CheckConstraint("exit_on <= entry_on", name="dates_in_order"),
        sa.CheckConstraint("state <> 'approved' OR permit_no IS NOT NULL", name="permit_when_approved"),
        sa.Index("ix_trip_unit_path", "unit_path", postgresql_ops={"unit_path": PATTERN_OPS}),
        sa.Index("ix_trip_state_touched", "state", "touched_at"),
        sa.Index("ix_trip_touched", "touched_at", "id"),
    )

    draft_no: Mapped[str] = mapped_column(sa.String(20), unique=True)
    number: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    state: Mapped[TripState] = mapped_column(CodeEnum(TripState), default=TripState.DRAFT)
    round: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit_code: Mapped[str] = mapped_column(sa.String(80))
    unit_path: Mapped[str] = mapped_column(sa.String(200))
    unit_name: Mapped[str] = mapped_column(sa.String(120))
    created_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    created_by_name: Mapped[str] = mapped_column(sa.String(80))
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    is_waiting: Mapped[bool] = mapped_column(default=False)

    title: Mapped[str] = mapped_column(sa.String(200))
    delegation_class: Mapped[DelegationClass] = mapped_column(
        CodeEnum(DelegationClass), default=DelegationClass.GENERAL
    )
    route_kind: Mapped[RouteKind] = mapped_column(CodeEnum(RouteKind), default=RouteKind.FOREIGN)
    purpose: Mapped[str] = mapped_column(sa.Text, default="")
    is_urgent: Mapped[bool] = mapped_column(default=False)
    is_poorly_connected: Mapped[bool] = mapped_column(default=False)
    plan_item: Mapped[str] = mapped_column(sa.String(80), default="")
    fund_source: Mapped[str] = mapped_column(sa.String(200), default="")
    contact: Mapped[str] = mapped_column(sa.String(120), default="")
    declarations: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict)
    explanations: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict)

    # Derived from the legs when they are saved, so that lists and other units' rules need no join.
    exit_on: Mapped[date | None] = mapped_column(index=True)
    entry_on: Mapped[date | None]
    countries: Mapped[list[str]] = mapped_column(JsonDict, default=list)
    members_count: Mapped[int] = mapped_column(default=0)
    total_cny: Mapped[Decimal] = mapped_column(MONEY, default=Decimal(0))

    permit_no: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    permit_authority: Mapped[str] = mapped_column(sa.String(120), default="")
    permit_on: Mapped[date | None]
    left_on: Mapped[date | None]
    back_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own declaration

    legs: Mapped[list["Leg"]] = relationship(order_by="Leg.position", cascade="all, delete-orphan")
    slots: Mapped[list["Slot"]] = relationship(order_by="Slot.position", cascade="all, delete-orphan")
    invitations: Mapped[list["Invitation"]] = relationship(
        order_by="Invitation.position", cascade="all, delete-orphan"
    )
    members: Mapped[list["Member"]] = relationship(order_by="Member.position", cascade="all, delete-orphan")
    budget: Mapped[list["BudgetLine"]] = relationship(
        order_by="BudgetLine.position", cascade="all, delete-orphan"
    )
    notices: Mapped[list["Notice"]] = relationship(order_by="Notice.posted_on")
    waivers: Mapped[list["Waiver"]] = relationship(order_by="Waiver.asked_at")
    rounds: Mapped[list["Round"]] = relationship(order_by="Round.number")

    @property
    def ref(self) -> str:
        """What people call it: its number, or the draft's until it is submitted."""
        return self.number or self.draft_no


class _Part(Keyed):
    position: Mapped[int] = mapped_column(default=0)

    @property
    def key(self) -> str:
        return str(self.id)


class Leg(_Part, Base):
    __tablename__ = "trip_leg"

    trip_id: Mapped[UUID] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    depart_on: Mapped[date | None]
    arrive_on: Mapped[date | None]
    from_city: Mapped[str] = mapped_column(sa.String(80), default="")
    to_country: Mapped[str] = mapped_column(sa.String(2), default="")
    to_city: Mapped[str] = mapped_column(sa.String(80), default="")
    mode: Mapped[str] = mapped_column(sa.String(20), default="flight")
    transit: Mapped[Transit] = mapped_column(CodeEnum(Transit), default=Transit.BUSINESS)


class Slot(_Part, Base):
    __tablename__ = "trip_slot"

    trip_id: Mapped[UUID] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    on_day: Mapped[date | None]
    half: Mapped[Half] = mapped_column(CodeEnum(Half), default=Half.AM)
    what: Mapped[str] = mapped_column(sa.String(300), default="")
    is_official: Mapped[bool] = mapped_column(default=True)


class Invitation(_Part, Base):
    __tablename__ = "trip_invitation"

    trip_id: Mapped[UUID] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    inviter: Mapped[str] = mapped_column(sa.String(200), default="", index=True)
    countries: Mapped[str] = mapped_column(sa.String(60), default="")
    profile: Mapped[str] = mapped_column(sa.Text, default="")
    signatory: Mapped[str] = mapped_column(sa.String(120), default="")
    purpose: Mapped[str] = mapped_column(sa.String(300), default="")
    dated_on: Mapped[date | None]
    stay_from: Mapped[date | None]
    stay_until: Mapped[date | None]
    cost_bearer: Mapped[CostBearer] = mapped_column(CodeEnum(CostBearer), default=CostBearer.OWN)
    is_via_intermediary: Mapped[bool] = mapped_column(default=False)


class Member(_Part, Base):
    __tablename__ = "trip_member"
    __table_args__ = (
        sa.Index("ix_trip_member_unit_path", "unit_path", postgresql_ops={"unit_path": PATTERN_OPS}),
    )

    trip_id: Mapped[UUID] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    unit_code: Mapped[str] = mapped_column(sa.String(80), default="")
    unit_path: Mapped[str] = mapped_column(sa.String(200), default="")
    unit_name: Mapped[str] = mapped_column(sa.String(120), default="")
    post: Mapped[str] = mapped_column(sa.String(120), default="")
    rank: Mapped[Rank] = mapped_column(CodeEnum(Rank), default=Rank.NONE)
    role: Mapped[MemberRole] = mapped_column(CodeEnum(MemberRole), default=MemberRole.MEMBER)
    employment: Mapped[Employment] = mapped_column(CodeEnum(Employment), default=Employment.SERVING)


class BudgetLine(_Part, Base):
    __tablename__ = "trip_budget_line"

    trip_id: Mapped[UUID] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    item: Mapped[BudgetItem] = mapped_column(CodeEnum(BudgetItem), default=BudgetItem.OTHER)
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    city: Mapped[str] = mapped_column(sa.String(80), default="")
    currency: Mapped[str] = mapped_column(sa.String(3), default="CNY")
    persons: Mapped[int] = mapped_column(default=0)
    quantity: Mapped[int] = mapped_column(default=0)
    claimed: Mapped[Decimal] = mapped_column(MONEY, default=Decimal(0))
    host_provides: Mapped[bool] = mapped_column(default=False)
    car_hired: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    standard: Mapped[Decimal | None] = mapped_column(MONEY)
    rate: Mapped[Decimal | None] = mapped_column(sa.Numeric(14, 6))


class PermitTemplate(Keyed, Base):
    """How an authority numbers its permits from a day on, proposed by one person and confirmed by another (DOC-07)."""

    __tablename__ = "permit_template"
    __table_args__ = (
        sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="four_eyes"),
        sa.CheckConstraint("first_number IS NULL OR first_number > 0", name="positive"),
    )

    route_kind: Mapped[RouteKind] = mapped_column(CodeEnum(RouteKind), index=True)
    authority: Mapped[str] = mapped_column(sa.String(120))
    template: Mapped[str] = mapped_column(sa.String(60))
    first_number: Mapped[int | None]
    reason: Mapped[str] = mapped_column(sa.String(300))
    state: Mapped[TemplateState] = mapped_column(CodeEnum(TemplateState), default=TemplateState.PROPOSED)
    proposed_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    proposed_by: Mapped[str] = mapped_column(sa.String(80))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    decided_by: Mapped[str] = mapped_column(sa.String(80), default="")
    decided_at: Mapped[datetime | None]
    skipped_year: Mapped[int | None]
    skipped_from: Mapped[int | None]
    skipped_until: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Round(Keyed, Base):
    """One submission: what was signed for and what the rules found, frozen."""

    __tablename__ = "trip_round"
    __table_args__ = (sa.UniqueConstraint("trip_id", "number"),)

    trip_id: Mapped[UUID] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    number: Mapped[int]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[str] = mapped_column(sa.String(80))
    content: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    findings: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    outcome: Mapped[str] = mapped_column(sa.String(20), default="")
    outcome_reason: Mapped[str] = mapped_column(sa.Text, default="")
    outcome_at: Mapped[datetime | None]


class Notice(Keyed, Base):
    """One unit's posting of the notice before the trip (DOC-02)."""

    __tablename__ = "trip_notice"
    __table_args__ = (sa.UniqueConstraint("trip_id", "unit_code"),)

    trip_id: Mapped[UUID] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    unit_code: Mapped[str] = mapped_column(sa.String(80))
    unit_name: Mapped[str] = mapped_column(sa.String(120))
    posted_on: Mapped[date]
    place: Mapped[str] = mapped_column(sa.String(200))
    published: Mapped[str] = mapped_column(sa.String(64))  # hash of the published fields
    has_objection: Mapped[bool] = mapped_column(default=False)
    objection_finding: Mapped[str] = mapped_column(sa.Text, default="")
    recorded_by: Mapped[str] = mapped_column(sa.String(80))
    recorded_at: Mapped[datetime]


class Waiver(Keyed, Base):
    """A request for an exception to one rule, and the named authority's answer."""

    __tablename__ = "trip_waiver"
    __table_args__ = (sa.UniqueConstraint("trip_id", "rule_id"),)

    trip_id: Mapped[UUID] = mapped_column(sa.ForeignKey("trip.id"), index=True)
    rule_id: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.Text)
    file_id: Mapped[UUID | None]
    asked_by: Mapped[str] = mapped_column(sa.String(80))
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(10), default="open")  # open, granted, refused
    decided_by: Mapped[str] = mapped_column(sa.String(80), default="")
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(sa.Text, default="")


class AfterTrip(Keyed, Base):
    """What was filed after the return, and what the rules found when it was confirmed and the claim settled.

    One row per trip. `visited` are the countries of the border record, `claimed_days` those paid for.
    """

    __tablename__ = "trip_after"

    trip_id: Mapped[UUID] = mapped_column(sa.ForeignKey("trip.id"), unique=True)
    report: Mapped[dict[str, Any] | None] = mapped_column(JsonDict)
    reported_on: Mapped[date | None]
    published_on: Mapped[date | None]
    published_at: Mapped[str] = mapped_column(sa.String(200), default="")
    visited: Mapped[list[str] | None] = mapped_column(JsonDict)
    is_red_eye: Mapped[bool | None]
    statement: Mapped[str | None] = mapped_column(sa.Text)
    stated_on: Mapped[date | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(sa.String(80))
    return_findings: Mapped[dict[str, Any] | None] = mapped_column(JsonDict)
    claimed_on: Mapped[date | None]
    claimed_cny: Mapped[Decimal | None] = mapped_column(MONEY)
    claimed_days: Mapped[int | None]
    claimed_people: Mapped[int | None]
    claimed_countries: Mapped[list[str] | None] = mapped_column(JsonDict)
    claim_reason: Mapped[str | None] = mapped_column(sa.Text)
    claim_findings: Mapped[dict[str, Any] | None] = mapped_column(JsonDict)
