"""Reading side of imports: runs, what was refused, where each case ended."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.approvals import queries as approvals
from webapp.imports.models import ImportRefusal, ImportRun, ObservedSubject
from webapp.incidents import queries as incidents

PAGE = 500


def run_of(session: Session, log_sha256: str, mapping_sha256: str) -> ImportRun | None:
    return session.scalar(
        sa.select(ImportRun).where(
            ImportRun.log_sha256 == log_sha256, ImportRun.mapping_sha256 == mapping_sha256
        )
    )


def known_cases(session: Session, run_id: UUID, case_ids: Iterable[str]) -> set[str]:
    """Which of these cases an earlier start of this run has already brought in."""
    return set(
        session.scalars(
            sa.select(ObservedSubject.case_id).where(
                ObservedSubject.run_id == run_id, ObservedSubject.case_id.in_(list(case_ids))
            )
        )
    )


def outcomes(session: Session, run_id: UUID) -> Iterator[tuple[str, str]]:
    """(case, the state its request or case ended in), `never` where nothing was ever begun, in the file's order."""
    last: UUID | None = None
    while True:
        query = sa.select(ObservedSubject).where(ObservedSubject.run_id == run_id)
        if last is not None:
            query = query.where(ObservedSubject.id > last)
        page = session.scalars(query.order_by(ObservedSubject.id).limit(PAGE)).all()
        ids = [row.id for row in page]
        states = {**approvals.states_of(session, ids), **incidents.observed_states_of(session, ids)}
        for row in page:
            yield row.case_id, states.get(row.id, "never")
        if len(page) < PAGE:
            return
        last = ids[-1]


def refusals(session: Session, run_id: UUID) -> Sequence[ImportRefusal]:
    """Every event the engine would not take, in the order of the file."""
    return session.scalars(
        sa.select(ImportRefusal)
        .where(ImportRefusal.run_id == run_id)
        .order_by(ImportRefusal.case_id, ImportRefusal.position)
    ).all()


def runs(session: Session) -> Sequence[ImportRun]:
    """Every import begun, the oldest first."""
    return session.scalars(sa.select(ImportRun).order_by(ImportRun.started_at, ImportRun.id)).all()
