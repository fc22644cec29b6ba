"""Tables of deadlines, the steps their ladders took, and the clock's own mark."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, CodeEnum, JsonDict, Keyed
from webapp.deadlines.calendar import Term
from webapp.deadlines.ladders import Timing
from webapp.deadlines.states import (
    STATUTORY_LADDERS,
    Confidence,
    DeadlineState,
    Ladder,
    StepState,
    TimeUnit,
)

LEAD = timedelta(seconds=6)
"""How long a clock process leads without saying so again."""

_OPEN = sa.text("state = 'open'")


class Deadline(Keyed, Base):
    """Something to be done by a moment. `next_step_at` is when the clock has to look at it again; `closed_at` when
    it ended, or since when it stands paused.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        # One clock of a kind (and item) runs for a subject at a time; closed ones stay as history.
        sa.Index(
            "uq_deadline_running",
            "subject_id",
            "kind",
            "item",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        sa.Index("ix_deadline_next_step_at", "next_step_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("ix_deadline_due_at", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("ix_deadline_subject_id_due_at", "subject_id", "due_at"),
        sa.CheckConstraint("target_at IS NULL OR target_at <= due_at", name="target_before_due"),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_when_not_open"),
    )

    subject_kind: Mapped[str] = mapped_column(sa.String(30))
    subject_id: Mapped[UUID]
    subject_number: Mapped[str] = mapped_column(sa.String(60), default="")
    subject_unit: Mapped[str] = mapped_column(sa.String(80), default="")
    kind: Mapped[str] = mapped_column(sa.String(60))
    item: Mapped[str] = mapped_column(sa.String(80), default="")
    label: Mapped[str] = mapped_column(sa.String(80))
    link: Mapped[str] = mapped_column(sa.String(200))

    ladder: Mapped[Ladder] = mapped_column(CodeEnum(Ladder))
    unit: Mapped[TimeUnit] = mapped_column(CodeEnum(TimeUnit))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    target_at: Mapped[datetime | None]
    # How the end was counted, where the calendar can move it; hours and instants have none and never move.
    counted_from: Mapped[date | None] = mapped_column(sa.Date())
    counted_count: Mapped[int | None]
    is_rolled: Mapped[bool] = mapped_column(default=False)
    # The end before the calendar last moved it, and how often it did.
    moved_from_at: Mapped[datetime | None]
    move_count: Mapped[int] = mapped_column(default=0)
    calendar_version: Mapped[str] = mapped_column(sa.String(40), default="")
    provisional: Mapped[bool] = mapped_column(default=False)

    owner_account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    owner_role: Mapped[str | None] = mapped_column(sa.String(40))
    owner_unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    chain: Mapped[list[dict[str, Any]]] = mapped_column(JsonDict)
    performer: Mapped[str] = mapped_column(sa.String(120), default="")
    legal_source: Mapped[str] = mapped_column(sa.String(300), default="")
    confidence: Mapped[Confidence] = mapped_column(CodeEnum(Confidence), default=Confidence.UNVERIFIED)
    waivable: Mapped[bool] = mapped_column(default=False)

    state: Mapped[DeadlineState] = mapped_column(CodeEnum(DeadlineState), default=DeadlineState.OPEN)
    next_step_at: Mapped[datetime]
    stepped_at: Mapped[datetime]
    level: Mapped[int] = mapped_column(default=0)
    watched_event_id: Mapped[UUID | None]
    watch_until: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]

    opened_at: Mapped[datetime]
    met_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    @property
    def term(self) -> Term | None:
        if self.counted_from is None or self.counted_count is None:
            return None
        return Term(start=self.counted_from, count=self.counted_count, unit=self.unit, roll=self.is_rolled)

    @property
    def timing(self) -> Timing:
        return Timing(self.ladder, self.due_at, self.target_at)

    @property
    def is_statutory(self) -> bool:
        return self.ladder in STATUTORY_LADDERS


class ReminderStep(Keyed, Base):
    """One step of a ladder, once: sent, or skipped because a later one was already due.

    `folded` counts still older steps that a very long outage swallowed and that have no row of their own.
    """

    __tablename__ = "reminder_step"
    __table_args__ = (sa.UniqueConstraint("deadline_id", "step"),)

    deadline_id: Mapped[UUID] = mapped_column(sa.ForeignKey("deadline.id"), index=True)
    step: Mapped[str] = mapped_column(sa.String(20))
    step_at: Mapped[datetime]
    state: Mapped[StepState] = mapped_column(CodeEnum(StepState))
    level: Mapped[int] = mapped_column(default=0)
    recorded_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    folded: Mapped[int] = mapped_column(default=0)


class ClockMark(Keyed, Base):
    """The latest moment any clock process has seen (one row), and the brake against a clock accident."""

    __tablename__ = "clock_mark"

    name: Mapped[str] = mapped_column(sa.String(20), unique=True)
    high_water_at: Mapped[datetime]
    leader: Mapped[str] = mapped_column(sa.String(80), default="")
    leader_until: Mapped[datetime | None]
    stepped_back_at: Mapped[datetime | None]
    braked_at: Mapped[datetime | None]
    braked_count: Mapped[int] = mapped_column(default=0)

    def is_led_by_another(self, holder: str, now: datetime) -> bool:
        """Whether somebody else's lease runs; one that ends later than a lease can was taken by a wrong clock."""
        held = self.leader_until is not None and now < self.leader_until <= now + LEAD
        return held and self.leader != holder


IS_OPEN = Deadline.state == sa.literal_column("'open'")
"""That a clock runs, in the words of the indexes of running ones: SQLite uses them for no other words."""
