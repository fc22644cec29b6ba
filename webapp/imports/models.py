"""Tables of imports: the run, the subjects it made, what the engine refused."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, Keyed


class ImportRun(Keyed, Base):
    """One log file read with one mapping; begun again it goes on where it stopped."""

    __tablename__ = "import_run"
    __table_args__ = (sa.UniqueConstraint("log_sha256", "mapping_sha256"),)

    log_sha256: Mapped[str] = mapped_column(sa.String(64))
    mapping_sha256: Mapped[str] = mapped_column(sa.String(64))
    file_name: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[str] = mapped_column(sa.String(30))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    case_count: Mapped[int] = mapped_column(default=0)
    event_count: Mapped[int] = mapped_column(default=0)
    accepted_count: Mapped[int] = mapped_column(default=0)
    refused_count: Mapped[int] = mapped_column(default=0)
    ignored_count: Mapped[int] = mapped_column(default=0)


class ObservedSubject(Keyed, Base):
    """A case of a foreign log as a subject of a generic kind; judged by the rule edition `observed`."""

    __tablename__ = "observed_subject"
    __table_args__ = (sa.UniqueConstraint("run_id", "case_id"),)

    run_id: Mapped[UUID] = mapped_column(sa.ForeignKey("import_run.id"))
    case_id: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(30))
    number: Mapped[str] = mapped_column(sa.String(60))
    rule_edition: Mapped[str] = mapped_column(sa.String(20), default="observed")
    is_submitted: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class ImportRefusal(Keyed, Base):
    """An event the engine would not take, by case, place in the case, name and reason."""

    __tablename__ = "import_refusal"

    run_id: Mapped[UUID] = mapped_column(sa.ForeignKey("import_run.id"), index=True)
    case_id: Mapped[str] = mapped_column(sa.String(120))
    position: Mapped[int]
    event: Mapped[str] = mapped_column(sa.String(200))
    occurred_at: Mapped[datetime | None]
    code: Mapped[str] = mapped_column(sa.String(60))
