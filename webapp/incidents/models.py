"""Tables of incidents: the case, the persons in it, the measures against them, who may know, what was written.

The clocks themselves are rows of the feature `deadlines`: their subject is the incident, their `item` names
the measure or the number of the report.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, CodeEnum, JsonDict, Keyed
from webapp.core.vault import sealed
from webapp.incidents.kinds import Category, DutyKind, Means, MeasureKind, Tile
from webapp.incidents.rules import OptOutRefusal
from webapp.incidents.states import EntryKind, IncidentState, Level, Part, Secrecy


class Incident(Keyed, Base):
    """A foreign-related case or incident (涉外案事件). `version` rises by one with every action."""

    __tablename__ = "incident"
    __table_args__ = (
        sa.CheckConstraint("level IS NULL OR level BETWEEN 1 AND 4", name="level_of_four"),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_its_time"),
        sa.CheckConstraint(
            "state NOT IN ('ended', 'closed') OR ended_at IS NOT NULL", name="ended_has_its_time"
        ),
        sa.Index("ix_incident_state_received_at", "state", "received_at"),
    )

    number: Mapped[str] = mapped_column(sa.String(12), unique=True)
    state: Mapped[IncidentState] = mapped_column(CodeEnum(IncidentState), default=IncidentState.REGISTERED)
    tile: Mapped[Tile] = mapped_column(CodeEnum(Tile))
    category: Mapped[Category] = mapped_column(CodeEnum(Category))
    secrecy: Mapped[Secrecy] = mapped_column(CodeEnum(Secrecy), default=Secrecy.NORMAL)
    level: Mapped[int | None]
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    person_count: Mapped[int] = mapped_column(default=1)
    place: Mapped[str] = mapped_column(sa.String(200))
    reporter: Mapped[str] = mapped_column(sa.String(120))
    reporter_phone: Mapped[str] = mapped_column(sa.String(40), default="")
    account: Mapped[str] = mapped_column(sa.Text(), default="")
    occurred_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    registered_at: Mapped[datetime]
    registered_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    lead_unit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    lead_unit_path: Mapped[str] = mapped_column(sa.String(400))
    lead_unit_code: Mapped[str] = mapped_column(sa.String(40))
    lead_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    report_count: Mapped[int] = mapped_column(default=0)
    # The rules its clocks run by, as they stood when it was registered; absent in cases older than this column.
    rules: Mapped[dict[str, Any] | None] = mapped_column(JsonDict)
    ended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    # One action is one version, whatever it writes: the service counts, not the mapper.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012

    @property
    def severity(self) -> Level | None:
        return None if self.level is None else Level(self.level)


class ObservedCase(Keyed, Base):
    """A case of a foreign log: its id is its subject's. It knows the states of our cases, but no duties, no clocks
    and no persons; it stands on no board. `lead_id` is the account of the role that answers for it.
    """

    __tablename__ = "observed_case"

    number: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[str] = mapped_column(sa.String(30))
    state: Mapped[IncidentState] = mapped_column(CodeEnum(IncidentState))
    lead_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    received_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    origin: Mapped[str] = mapped_column(sa.String(80))
    version: Mapped[int] = mapped_column(default=1)
    # One event is one version, as with our own cases; the import holds its run's lock while it changes them.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class Participant(Keyed, Base):
    """Somebody who may know, by name."""

    __tablename__ = "incident_participant"
    __table_args__ = (sa.UniqueConstraint("incident_id", "account_id"),)

    incident_id: Mapped[UUID] = mapped_column(sa.ForeignKey("incident.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    part: Mapped[Part] = mapped_column(CodeEnum(Part))
    added_at: Mapped[datetime]
    added_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)


class Person(Keyed, Base):
    """A person in the incident. The passport number is sealed; the mask shows its ends."""

    __tablename__ = "incident_person"

    incident_id: Mapped[UUID] = mapped_column(sa.ForeignKey("incident.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(120), default="")
    country: Mapped[str] = mapped_column(sa.String(2))
    passport_sealed: Mapped[str | None] = mapped_column(
        sa.String(300), info=sealed("incident_person.passport_sealed")
    )
    passport_mask: Mapped[str] = mapped_column(sa.String(20), default="")
    host_unit: Mapped[str] = mapped_column(sa.String(120), default="")
    added_at: Mapped[datetime]

    @property
    def passport_place(self) -> str:
        """Where the sealed number belongs; a value moved to another row does not open."""
        return f"incident_person.passport_sealed:{self.id}"


class Measure(Keyed, Base):
    """What was done to a person, or befell them, with the treaty terms its clocks were computed from."""

    __tablename__ = "incident_measure"

    incident_id: Mapped[UUID] = mapped_column(sa.ForeignKey("incident.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("incident_person.id"), index=True)
    kind: Mapped[MeasureKind] = mapped_column(CodeEnum(MeasureKind))
    started_at: Mapped[datetime]
    authority: Mapped[str] = mapped_column(sa.String(120), default="")
    terms: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    added_at: Mapped[datetime]


class Entry(Keyed, Base):
    """One line of the incident's record; the time of the fact and the time of writing are both kept."""

    __tablename__ = "incident_entry"
    __table_args__ = (sa.Index("ix_incident_entry_shown", "incident_id", "occurred_at"),)

    incident_id: Mapped[UUID] = mapped_column(sa.ForeignKey("incident.id"))
    kind: Mapped[EntryKind] = mapped_column(CodeEnum(EntryKind))
    # The sentence is translated when shown; its values are codes, never finished Chinese.
    heading: Mapped[str] = mapped_column(sa.String(120))
    values: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    text: Mapped[str] = mapped_column(sa.Text(), default="")
    source: Mapped[str] = mapped_column(sa.String(120), default="")
    occurred_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    entered_by: Mapped[str] = mapped_column(sa.String(80))
    is_late: Mapped[bool] = mapped_column(default=False)
    attachment_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("attachment.id"), index=True)


class Receipt(Keyed, Base):
    """That a duty was done: when, to whom, how, by whom, and who told us."""

    __tablename__ = "incident_receipt"

    incident_id: Mapped[UUID] = mapped_column(sa.ForeignKey("incident.id"), index=True)
    deadline_id: Mapped[UUID] = mapped_column(sa.ForeignKey("deadline.id"), unique=True)
    duty: Mapped[DutyKind] = mapped_column(CodeEnum(DutyKind))
    done_at: Mapped[datetime]
    told: Mapped[str] = mapped_column(sa.String(120))
    means: Mapped[Means] = mapped_column(CodeEnum(Means))
    performer: Mapped[str] = mapped_column(sa.String(120))
    source: Mapped[str] = mapped_column(sa.String(120), default="")
    document_no: Mapped[str] = mapped_column(sa.String(80), default="")
    late_minutes: Mapped[int] = mapped_column(default=0)
    attachment_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("attachment.id"), index=True)
    entered_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    entered_at: Mapped[datetime]


class OptOut(Keyed, Base):
    """A person's own written wish that their consulate be not told, and what became of it."""

    __tablename__ = "incident_opt_out"

    incident_id: Mapped[UUID] = mapped_column(sa.ForeignKey("incident.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("incident_person.id"), index=True)
    signed_at: Mapped[datetime]
    refusal: Mapped[OptOutRefusal | None] = mapped_column(CodeEnum(OptOutRefusal))
    attachment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attachment.id"), index=True)
    entered_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    entered_at: Mapped[datetime]
