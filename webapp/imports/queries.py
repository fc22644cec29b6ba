"""Reading side of imports: runs, what was refused, where each case ended."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.imports.models import ImportRefusal, ImportRun, ObservedSubject


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


def subjects(session: Session, run_id: UUID) -> Sequence[ObservedSubject]:
    return session.scalars(
        sa.select(ObservedSubject).where(ObservedSubject.run_id == run_id).order_by(ObservedSubject.case_id)
    ).all()


def refusals(session: Session, run_id: UUID) -> Sequence[ImportRefusal]:
    """Every event the engine would not take, in the order of the file."""
    return session.scalars(
        sa.select(ImportRefusal)
        .where(ImportRefusal.run_id == run_id)
        .order_by(ImportRefusal.case_id, ImportRefusal.position)
    ).all()
