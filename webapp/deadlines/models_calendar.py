"""Tables of the working-day calendar: years, their exceptional days, and the editions that came of changes."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, CodeEnum, Keyed
from webapp.deadlines.calendar import DayKind, YearState


class CalendarYear(Keyed, Base):
    """A year the office has days for. Provisional until its notice is in."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(unique=True)
    state: Mapped[YearState] = mapped_column(CodeEnum(YearState))
    source: Mapped[str] = mapped_column(sa.String(200))
    is_from_library: Mapped[bool] = mapped_column(default=True)
    edition: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class CalendarDay(Keyed, Base):
    """An exceptional day; a day without a row is what its weekday says."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(sa.Date(), unique=True)
    kind: Mapped[DayKind] = mapped_column(CodeEnum(DayKind))
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    source: Mapped[str] = mapped_column(sa.String(200))


class CalendarEdition(Keyed, Base):
    """Each change of any day or year makes the next edition: deadlines keep the one they were computed by."""

    __tablename__ = "calendar_edition"

    number: Mapped[int] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    made_by: Mapped[str] = mapped_column(sa.String(80))
    reason: Mapped[str] = mapped_column(sa.String(300))
