"""Tables of travellers, passports and journeys made. Document numbers are sealed; pages show the mask."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, CodeEnum, Keyed
from webapp.core.vault import sealed
from webapp.people.states import Custody, PassportKind
from webapp.rulebook.states import Employment, Rank


class Person(Keyed, Base):
    """Somebody who may be sent. `number` is what addresses and people call the record."""

    __tablename__ = "person"
    __table_args__ = (sa.UniqueConstraint("id_number_index"), sa.Index("ix_person_name", "name"))

    number: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), unique=True)
    post: Mapped[str] = mapped_column(sa.String(120), default="")
    rank: Mapped[Rank] = mapped_column(CodeEnum(Rank), default=Rank.NONE)
    employment: Mapped[Employment] = mapped_column(CodeEnum(Employment), default=Employment.SERVING)
    id_number_sealed: Mapped[str | None] = mapped_column(
        sa.String(200), info=sealed("person.id_number", "id_number_index")
    )
    id_number_index: Mapped[str | None] = mapped_column(sa.String(64))
    id_number_mask: Mapped[str] = mapped_column(sa.String(20), default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class Passport(Keyed, Base):
    """A document for official travel and where it is (PST-01)."""

    __tablename__ = "passport"

    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[PassportKind] = mapped_column(CodeEnum(PassportKind))
    number_sealed: Mapped[str] = mapped_column(sa.String(200), info=sealed("passport.number", "number_index"))
    number_index: Mapped[str] = mapped_column(sa.String(64), unique=True)
    number_mask: Mapped[str] = mapped_column(sa.String(20))
    expires_on: Mapped[date] = mapped_column(sa.Date())
    custody: Mapped[Custody] = mapped_column(CodeEnum(Custody), default=Custody.KEPT)
    out_on: Mapped[date | None] = mapped_column(sa.Date())
    due_on: Mapped[date | None] = mapped_column(sa.Date(), index=True)
    trip_number: Mapped[str] = mapped_column(sa.String(40), default="")
    errand_id: Mapped[UUID | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class CustodyMove(Keyed, Base):
    """One move of a passport: out, in, lost, cancelled. `errand_id` is whom of a journey it was moved for."""

    __tablename__ = "passport_move"

    passport_id: Mapped[UUID] = mapped_column(sa.ForeignKey("passport.id"), index=True)
    custody: Mapped[Custody] = mapped_column(CodeEnum(Custody))
    moved_on: Mapped[date] = mapped_column(sa.Date())
    trip_number: Mapped[str] = mapped_column(sa.String(40), default="")
    errand_id: Mapped[UUID | None] = mapped_column(index=True)
    late_days: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    entered_by: Mapped[str] = mapped_column(sa.String(80))
    entered_at: Mapped[datetime]


class Journey(Keyed, Base):
    """A journey made on a request: what frequency rules and the form's 上次出访时间 look at."""

    __tablename__ = "journey"
    __table_args__ = (sa.UniqueConstraint("person_id", "trip_number"),)

    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    trip_number: Mapped[str] = mapped_column(sa.String(40))
    exit_on: Mapped[date] = mapped_column(sa.Date())
    entry_on: Mapped[date] = mapped_column(sa.Date())
    countries: Mapped[list[str]]
