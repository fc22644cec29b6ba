"""What is asked of the register, as values."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from webapp.people.states import Custody, PassportKind
from webapp.rulebook.states import Employment, Rank


@dataclass(frozen=True, kw_only=True)
class KeepPerson:
    """A traveller; new when `person_id` is None. An empty `id_number` leaves what is held."""

    unit_id: UUID
    name: str
    post: str
    rank: Rank
    employment: Employment
    id_number: str = ""
    is_active: bool = True
    person_id: UUID | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class KeepPassport:
    person_id: UUID
    kind: PassportKind
    number: str
    expires_on: date


@dataclass(frozen=True, kw_only=True)
class CheckOut:
    """Handed to its holder for a journey; `due_on` is the last day in time for its return, when known."""

    passport_id: UUID
    on: date
    trip_number: str
    due_on: date | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    passport_id: UUID
    on: date
    note: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class MarkGone:
    """Lost or cancelled."""

    passport_id: UUID
    custody: Custody
    on: date
    note: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class RecordTravel:
    """A journey that was made, kept once per person and request."""

    person_id: UUID
    trip_number: str
    exit_on: date
    entry_on: date
    countries: tuple[str, ...]
