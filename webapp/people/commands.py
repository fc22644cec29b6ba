"""What is asked of the register, as values."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from webapp.people.states import Custody, PassportKind
from webapp.rulebook.states import Employment, Rank


@dataclass(frozen=True, kw_only=True)
class KeepPerson:
    """A traveller; new when `person_id` is None. An empty `id_number` leaves what is held.

    `account_id` is the account the person signs in with; a new person's is found by name and unit.
    """

    unit_id: UUID
    name: str
    post: str
    rank: Rank
    employment: Employment
    id_number: str = ""
    is_active: bool = True
    account_id: UUID | None = None
    person_id: UUID | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class KeepPassport:
    person_id: UUID
    kind: PassportKind
    number: str
    expires_on: date


@dataclass(frozen=True)
class Errand:
    """What a document is out for: one member of one journey. Whoever handed it out for it takes it back for it."""

    id: UUID
    number: str


@dataclass(frozen=True, kw_only=True)
class CheckOut:
    """Handed to its holder for a journey; `due_on` is the last day in time for its return, as far as known."""

    passport_id: UUID
    on: date
    errand: Errand
    due_on: date | None = None
    note: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """Back in custody. `errand_id` is what it was out for; without, a lost document that turned up."""

    passport_id: UUID
    on: date
    note: str = ""
    errand_id: UUID | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class MarkGone:
    """Lost or cancelled, on an errand or while it was kept."""

    passport_id: UUID
    custody: Custody
    on: date
    note: str
    errand_id: UUID | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class RecordTravel:
    """A journey that was made, kept once per person and request."""

    person_id: UUID
    trip_number: str
    exit_on: date
    entry_on: date
    countries: tuple[str, ...]
