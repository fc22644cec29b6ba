"""What people ask of a trip, as values: every action but the saving of a section."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from webapp.people.states import PassportKind
from webapp.rulebook.states import RouteKind


@dataclass(frozen=True)
class DraftTrip:
    title: str


@dataclass(frozen=True)
class NumberedTrip:
    """An action on a trip that needs nothing but the trip and the version the page showed."""

    number: str
    version: int | None = None


@dataclass(frozen=True)
class WithdrawTrip:
    number: str
    reason: str
    version: int | None = None


@dataclass(frozen=True)
class PostNotice:
    """A unit's posting of the notice. ``unit_code`` must be the organising or a sending unit."""

    number: str
    unit_code: str
    posted_on: date
    place: str
    has_objection: bool = False
    objection_finding: str = ""


@dataclass(frozen=True)
class AskWaiver:
    number: str
    rule_id: str
    reason: str
    file_id: UUID | None = None


@dataclass(frozen=True)
class DecideWaiver:
    number: str
    rule_id: str
    is_granted: bool
    reason: str


@dataclass(frozen=True)
class RecordCrossing:
    """The exit by the border record, date of Beijing."""

    number: str
    on_day: date
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class RecordEntry:
    """The entry by the border record, date of Beijing, and where the delegation really was (none: as permitted).

    `is_red_eye`: it crossed the border before midnight for a flight that left after it.
    """

    number: str
    on_day: date
    countries: tuple[str, ...] = ()
    is_red_eye: bool = False
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class MovePassport:
    """A member's document handed out, taken back or lost. `place` is the member's on the list, from 1.

    Which document: one of the register by `passport_id`, or one in the custodian's hand by its number, which
    is registered with it; nothing where only one can be meant.
    """

    number: str
    place: int
    on_day: date
    passport_id: UUID | None = None
    kind: PassportKind = PassportKind.PUBLIC_AFFAIRS
    passport_number: str = ""
    expires_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class FileReport:
    """The report's fixed sections (PST-04)."""

    number: str
    actual_schedule: str
    results: str
    effect: str
    follow_up: str
    problems: str = ""


@dataclass(frozen=True)
class RecordPublication:
    number: str
    published_on: date
    place: str


@dataclass(frozen=True)
class ExplainReturn:
    """The unit's words about what differs from the permit or was done late (PST-01, 03 to 05)."""

    number: str
    statement: str


@dataclass(frozen=True, kw_only=True)
class RecordReimbursement:
    """The claim as settled: yuan, for how many days, people and countries, with which papers (PST-06)."""

    number: str
    claimed_on: date
    amount: Decimal
    days: int
    people: int
    countries: tuple[str, ...]
    has_border_record: bool = False
    is_in_chinese: bool = False
    has_head_signature: bool = False
    is_paid_by_transfer: bool = False
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ProposeTemplate:
    """Another way to number an authority's permits. `first_number` goes on after numbers given out on paper."""

    route_kind: RouteKind
    authority: str
    template: str
    reason: str
    first_number: int | None = None


@dataclass(frozen=True, kw_only=True)
class DecideTemplate:
    """What another person says to the proposal that waits."""

    route_kind: RouteKind
    is_confirmed: bool
    version: int | None = None
