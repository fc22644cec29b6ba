"""How the check of the log reads the incidents as they stand."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from webapp.audit.reconcile import LiveRow, Reconciler
from webapp.incidents import queries


def _rows(session: Session) -> Iterable[LiveRow]:
    for live in queries.live_states(session):
        yield LiveRow(
            key=str(live.id),
            version=live.version,
            fields={
                "figures.state": live.state,
                "figures.level": live.level,
                "figures.category": live.category,
                "figures.secrecy": live.secrecy,
                "lead": live.lead_id,
            },
            name=live.number,
        )


RECONCILERS = (Reconciler("incident", _rows, kind="incident"),)
