"""Where documents are and were: the one record of what went out for whom and what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.people.models import CustodyMove, Passport, Person
from webapp.people.states import Custody, PassportKind


def moves(session: Session, passport_ids: Sequence[UUID]) -> Sequence[CustodyMove]:
    """All moves of these passports, newest first."""
    return session.scalars(
        sa.select(CustodyMove)
        .where(CustodyMove.passport_id.in_(passport_ids))
        .order_by(CustodyMove.moved_on.desc(), CustodyMove.id.desc())
    ).all()


@dataclass(frozen=True)
class Handover:
    """The document handed out for an errand and what became of it. `ended_on` None: it is still out."""

    passport_id: UUID
    person_number: int
    kind: PassportKind
    mask: str
    out_on: date
    due_on: date | None
    custody: Custody
    ended_on: date | None = None
    late_days: int = 0


def handovers(session: Session, errand_ids: Iterable[UUID]) -> dict[UUID, Handover]:
    """The latest document of each errand, from its moves: the one record of what went out and came back."""
    wanted = set(errand_ids)
    if not wanted:
        return {}
    rows = session.execute(
        sa.select(CustodyMove.errand_id, CustodyMove, Passport, Person.number)
        .join(Passport, Passport.id == CustodyMove.passport_id)
        .join(Person, Person.id == Passport.person_id)
        .where(CustodyMove.errand_id.in_(wanted))
        .order_by(
            CustodyMove.entered_at,
            # out and back entered in one step bear one instant
            sa.case((CustodyMove.custody == Custody.OUT, 0), else_=1),
        )
    )
    found: dict[UUID, Handover] = {}
    for errand, move, held, number in rows:
        assert errand is not None
        if move.custody is Custody.OUT:
            found[errand] = Handover(
                passport_id=held.id,
                person_number=number,
                kind=held.kind,
                mask=held.number_mask,
                out_on=move.moved_on,
                due_on=held.due_on,
                custody=Custody.OUT,
            )
        else:
            found[errand] = replace(
                found[errand], custody=move.custody, ended_on=move.moved_on, late_days=move.late_days
            )
    return found


@dataclass(frozen=True)
class Kept:
    """A document in custody that may be handed out."""

    id: UUID
    kind: PassportKind
    mask: str
    expires_on: date


def kept_of(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, list[Kept]]:
    """Documents in custody of each of these people, the longest valid first."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = session.scalars(
        sa.select(Passport)
        .where(Passport.person_id.in_(wanted), Passport.custody == Custody.KEPT)
        .order_by(Passport.expires_on.desc(), Passport.id)
    )
    found: dict[UUID, list[Kept]] = {}
    for row in rows:
        kept = Kept(id=row.id, kind=row.kind, mask=row.number_mask, expires_on=row.expires_on)
        found.setdefault(row.person_id, []).append(kept)
    return found
