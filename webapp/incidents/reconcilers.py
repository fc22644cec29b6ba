"""How the check of the log reads the incidents as they stand."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from webapp.audit.reconcile import LiveRow, Reconciler
from webapp.incidents import events, queries


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
    for case_id, number, version, state in queries.observed_states(session):
        yield LiveRow(key=str(case_id), version=version, fields={"figures.state": state}, name=number)


# An incident's clocks write entries about it too, and have a `level` of their own: how far up the chain they rang.
_OWN = frozenset(
    event.name
    for event in vars(events).values()
    if isinstance(event, type) and issubclass(event, events.IncidentEvent) and "name" in vars(event)
)

# Entries by what they tell, not by the class of their object: cases of foreign logs have classes of their own.
RECONCILERS = (Reconciler("incident", _rows, actions=_OWN),)
