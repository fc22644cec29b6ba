"""Gap-free numbers people quote (CG-2026-118, 案 2026-019, permit numbers): taken inside the action's transaction."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.core.db import Base
from webapp.core.tx import Tx


class NumberSeries(Base):
    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    last: Mapped[int]


def next_number(tx: Tx, name: str) -> int:
    """The next number of a series such as `trip 2026`, from 1. A rolled-back action gives its number back;
    a second taker waits for the first, so that a year has no gap and no number twice (DOC-07).
    """
    insert = sqlite.insert if tx.call.db.is_sqlite else postgresql.insert
    statement = (
        insert(NumberSeries)
        .values(name=name, last=1)
        .on_conflict_do_update(index_elements=["name"], set_={"last": NumberSeries.last + 1})
        .returning(NumberSeries.last)
    )
    return int(tx.session.execute(statement).scalar_one())


def last_number(session: Session, name: str) -> int:
    """The number given out last, 0 before the first."""
    return session.scalar(sa.select(NumberSeries.last).where(NumberSeries.name == name)) or 0


def skip_to(tx: Tx, name: str, last: int) -> int:
    """Go on after `last`, numbers given out elsewhere; the caller writes down why. Returns the first one skipped."""
    first = next_number(tx, name)  # takes the row's lock: whoever wants a number meanwhile waits
    tx.session.execute(sa.update(NumberSeries).where(NumberSeries.name == name).values(last=last))
    return first
