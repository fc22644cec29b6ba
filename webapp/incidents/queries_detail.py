"""All that the page of one incident shows, in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts import queries as accounts
from webapp.attachments import queries as attachments
from webapp.core.errors import NotFound
from webapp.core.i18n import gettext
from webapp.core.tx import Actor
from webapp.incidents import queries_clocks, queries_countries, queries_duties, rules
from webapp.incidents.kinds import (
    CATEGORY_LABELS,
    DUTY_LABELS,
    MEANS_LABELS,
    MEASURE_LABELS,
    TILE_LABELS,
    MeasureKind,
)
from webapp.incidents.models import Entry, Incident, Measure, OptOut, Participant, Person, Receipt
from webapp.incidents.queries import known_to, readable_by
from webapp.incidents.queries_duties import Duty
from webapp.incidents.rules import OPT_OUT_REFUSALS, TreatyTerms
from webapp.incidents.rules_clocks import Clocks
from webapp.incidents.states import LEVEL_LABELS, EntryKind


@dataclass(frozen=True)
class ShownPerson:
    """A person with name and passport number masked."""

    id: UUID
    name: str
    country: str
    passport: str
    host_unit: str


@dataclass(frozen=True)
class ShownMeasure:
    id: UUID
    person_id: UUID
    kind: MeasureKind
    started_at: datetime
    authority: str
    terms: TreatyTerms
    days: int | None


@dataclass(frozen=True)
class ShownEntry:
    """A line of the record in the reader's language."""

    kind: EntryKind
    heading: str
    text: str
    source: str
    by: str
    occurred_at: datetime
    entered_at: datetime
    is_late: bool
    note: str
    attachment: Any


@dataclass(frozen=True)
class Detail:
    """One incident. Where only its existence may be known, `readable` is False and the rest is empty."""

    incident: Incident
    readable: bool
    names: dict[UUID, str]
    participants: Sequence[Participant] = ()
    persons: Sequence[ShownPerson] = ()
    measures: Sequence[ShownMeasure] = ()
    entries: Sequence[ShownEntry] = ()
    duties: Sequence[Duty] = ()
    receipts: dict[UUID, Receipt] | None = None
    opt_outs: Sequence[OptOut] = ()
    clocks: Clocks | None = None

    @property
    def lead_name(self) -> str:
        return self.names.get(self.incident.lead_id, "") if self.incident.lead_id else ""

    @property
    def open_duties(self) -> list[Duty]:
        return [duty for duty in self.duties if duty.is_open]


def detail(session: Session, actor: Actor, now: datetime, number: str) -> Detail:
    """The incident by its number. Raises `NotFound`, also where the actor may not know of it."""
    row = session.execute(
        sa.select(Incident, sa.case((readable_by(actor, now), 1), else_=0)).where(
            Incident.number == number, known_to(actor, now)
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    incident: Incident = row[0]
    if not row[1]:
        lead = [incident.lead_id] if incident.lead_id else []
        return Detail(incident=incident, readable=False, names=accounts.names(session, lead))
    named = session.scalars(
        sa.select(Participant)
        .where(Participant.incident_id == incident.id)
        .order_by(Participant.added_at, Participant.id)
    ).all()
    clocks = queries_clocks.clocks(session, incident)
    wanted = {participant.account_id for participant in named}
    wanted |= {account_id for account_id in (incident.lead_id, incident.registered_by_id) if account_id}
    receipts = session.scalars(sa.select(Receipt).where(Receipt.incident_id == incident.id)).all()
    return Detail(
        incident=incident,
        readable=True,
        names=accounts.names(session, wanted),
        participants=named,
        persons=[
            ShownPerson(
                person.id,
                rules.masked_name(person.name),
                person.country,
                person.passport_mask,
                person.host_unit,
            )
            for person in _of(session, Person, incident, Person.added_at)
        ],
        measures=[_measure(row, clocks) for row in _of(session, Measure, incident, Measure.started_at)],
        clocks=clocks,
        entries=_entries(session, incident),
        duties=queries_duties.of_incident(session, incident.id),
        receipts={receipt.deadline_id: receipt for receipt in receipts},
        opt_outs=_of(session, OptOut, incident, OptOut.entered_at),
    )


def _of(session: Session, model: Any, incident: Incident, order: Any) -> Sequence[Any]:
    return session.scalars(
        sa.select(model).where(model.incident_id == incident.id).order_by(order, model.id)
    ).all()


def _measure(row: Measure, clocks: Clocks) -> ShownMeasure:
    terms = rules.thawed_terms(row.terms)
    days = rules.notice_days(terms, clocks)
    return ShownMeasure(row.id, row.person_id, row.kind, row.started_at, row.authority, terms, days)


def _entries(session: Session, incident: Incident) -> list[ShownEntry]:
    """The record, newest fact first."""
    rows = session.scalars(
        sa.select(Entry)
        .where(Entry.incident_id == incident.id)
        .order_by(Entry.occurred_at.desc(), Entry.id.desc())
        .limit(500)
    ).all()
    files = {file.id: file for file in attachments.of_owner(session, "incident", incident.id)}
    return [
        ShownEntry(
            kind=row.kind,
            heading=heading(row),
            text=row.text,
            source=row.source,
            by=row.entered_by,
            occurred_at=row.occurred_at,
            entered_at=row.entered_at,
            is_late=row.is_late,
            note=_note(row),
            attachment=files.get(row.attachment_id) if row.attachment_id else None,
        )
        for row in rows
    ]


def heading(row: Entry) -> str:
    """The line's sentence in the current language, its codes as words."""
    if not row.heading:
        return ""
    return gettext(row.heading, **{name: _word(name, value) for name, value in row.values.items()})


# Codes of a line's values to the words shown for them; the enums are strings and numbers themselves.
_WORDS: Final[dict[str, Mapping[Any, str]]] = {
    "measure": MEASURE_LABELS,
    "duty": DUTY_LABELS,
    "means": MEANS_LABELS,
    "category": CATEGORY_LABELS,
    "level": LEVEL_LABELS,
}


def _word(name: str, value: Any) -> Any:
    if name == "country":
        return queries_countries.country_name(value)
    words = _WORDS.get(name)
    return gettext(words[value]) if words else value


def _note(row: Entry) -> str:
    """What else the line has to say: why a wish was refused, how late a duty was done."""
    for code, sentence in OPT_OUT_REFUSALS.items():
        if row.values.get("refusal") == code:
            return gettext(sentence)
    return ""


def headline(incident: Incident, measures: Sequence[ShownMeasure] = ()) -> str:
    """What happened, in a few words without a name: 日本籍人员 1 名：刑事拘留.

    Until somebody has judged the case its category is a guess: then it is called as it was registered.
    """
    judged = incident.level is not None
    what = gettext(CATEGORY_LABELS[incident.category] if judged else TILE_LABELS[incident.tile][0])
    if measures:
        what = gettext(MEASURE_LABELS[measures[-1].kind])
    if not incident.country:
        return what
    return gettext(
        "%(country)s籍人员 %(n)s 名：%(what)s",
        country=queries_countries.country_name(incident.country),
        n=incident.person_count,
        what=what,
    )
