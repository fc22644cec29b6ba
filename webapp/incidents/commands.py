"""What can be asked of incidents, as values. All instants are aware; `version` is the page's, None for none."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from webapp.attachments.commands import Received
from webapp.core.events import Subject
from webapp.incidents.kinds import Category, DutyKind, Means, MeasureKind, Tile
from webapp.incidents.states import Action, IncidentState, Level, Secrecy


@dataclass(frozen=True, kw_only=True)
class Register:
    """The seven fields: what happened (with the measure), nationality, since when, who, where, who said so, text.

    `received_at` is when word reached the office (default: now); the first report's clock runs from it.
    """

    tile: Tile
    country: str
    started_at: datetime
    place: str
    reporter: str
    reporter_phone: str = ""
    measure: MeasureKind | None = None
    person_count: int = 1
    person_name: str = ""
    account: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SetLevel:
    """`named`: accounts let in by name at once; a case that is not normal needs somebody who may know of it."""

    number: str
    version: int | None
    level: Level
    is_sensitive: bool
    secrecy: Secrecy
    category: Category
    reason: str
    named: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AddPerson:
    """`passport_no` is sealed before it is stored and appears in no log."""

    number: str
    version: int | None
    country: str
    name: str = ""
    passport_no: str = ""
    host_unit: str = ""
    measure: MeasureKind | None = None
    started_at: datetime | None = None
    authority: str = ""


@dataclass(frozen=True, kw_only=True)
class AddMeasure:
    number: str
    version: int | None
    person_id: UUID
    measure: MeasureKind
    started_at: datetime
    authority: str = ""


@dataclass(frozen=True, kw_only=True)
class CorrectMeasure:
    """The measure began at another time than was written down: its open clocks are computed anew."""

    number: str
    version: int | None
    measure_id: UUID
    started_at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class AddNote:
    number: str
    version: int | None
    text: str
    occurred_at: datetime
    source: str = ""
    file: Received | None = None


@dataclass(frozen=True, kw_only=True)
class FileReport:
    """A first report, follow-up, final report or the lessons went out at `sent_at` to `told`."""

    number: str
    version: int | None
    duty: DutyKind
    sent_at: datetime
    told: str
    means: Means
    text: str = ""
    document_no: str = ""
    file: Received | None = None


@dataclass(frozen=True, kw_only=True)
class RecordNotice:
    """A duty towards police or consulate was done, often by others: `performer` did it, `source` told us."""

    number: str
    version: int | None
    deadline_id: UUID
    done_at: datetime
    told: str
    means: Means
    performer: str = ""
    source: str = ""
    document_no: str = ""
    text: str = ""
    file: Received | None = None


@dataclass(frozen=True, kw_only=True)
class RecordOptOut:
    """The person signed a wish that the consulate be not told; `statement` is the signed paper."""

    number: str
    version: int | None
    person_id: UUID
    signed_at: datetime
    statement: Received | None


@dataclass(frozen=True, kw_only=True)
class RequestVisit:
    """A mission asked at `requested_at` to visit the person of a measure."""

    number: str
    version: int | None
    measure_id: UUID
    requested_at: datetime


@dataclass(frozen=True, kw_only=True)
class Step:
    """A plain move: await a reply, resume, close, reopen."""

    number: str
    version: int | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class EndHandling:
    """The handling ended at `ended_at`: the final report and the lessons begin to be owed."""

    number: str
    version: int | None
    ended_at: datetime
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class NamePerson:
    """Somebody is let in by name, or (`remove`) no longer."""

    number: str
    version: int | None
    login: str
    remove: bool = False


@dataclass(frozen=True, kw_only=True)
class HandOver:
    number: str
    version: int | None
    login: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Unmask:
    """Show names and passport numbers in full, for a reason that is logged."""

    number: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class BeginObserved:
    """A case of a foreign log comes in with its first event."""

    about: Subject
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class TakeObserved:
    """An event of a foreign case: it stands at `state` now, or `action` was done while it stayed where it was.

    `is_taken_over`: whoever acts answers for the case from now on.
    """

    subject_id: UUID
    occurred_at: datetime
    text: str
    source: str
    state: IncidentState | None = None
    action: Action | None = None
    is_taken_over: bool = False
