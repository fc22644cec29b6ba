"""Signs of life of processes that nobody talks to: each writes when it last worked, the system page reads it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.core.db import Base


class Heartbeat(Base):
    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    beat_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(sa.String(200), default="")


def beat(session: Session, name: str, now: datetime, detail: str = "") -> None:
    """Note that the process `name` ('clock', 'worker') worked at `now`; the caller's transaction commits it.

    One statement, so that two clocks that start together do not stumble over each other's first row.
    """
    values = {"beat_at": now, "detail": detail[:200]}
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(Heartbeat).values(name=name, **values)
    session.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))


def latest(session: Session) -> dict[str, datetime]:
    """When each process last worked (UTC)."""
    rows = session.execute(sa.select(Heartbeat.name, Heartbeat.beat_at))
    return {row.name: row.beat_at for row in rows}
