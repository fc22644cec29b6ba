"""Drafting: new trip, sections saved one by one and merged, files, deletion."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from webapp.accounts import queries as accounts
from webapp.attachments import queries as files
from webapp.attachments import service as attachments
from webapp.attachments.commands import Attach, Detach, Download, Received
from webapp.core.clock import local_date
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, OutOfDate, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_, gettext
from webapp.core.ids import new_id
from webapp.core.permissions import Permission
from webapp.core.series import next_number
from webapp.core.tx import Tx, command
from webapp.rulebook import queries as rulebook
from webapp.rulebook.rules_budget import build
from webapp.rulebook.states import BudgetItem
from webapp.trips import facts, queries, sections, service_members
from webapp.trips.commands import DraftTrip, NumberedTrip
from webapp.trips.commands_sections import DocumentType, SaveSection, Section, Transit
from webapp.trips.events import TripDiscarded, TripDrafted, TripEdited
from webapp.trips.models import BudgetLine, Trip
from webapp.trips.rules import draft_number, merge
from webapp.trips.states import TripAction, TripState, move

BY_STANDARD = frozenset({BudgetItem.LODGING, BudgetItem.MEALS, BudgetItem.INCIDENTALS})
sentences(
    {
        "same_field": N_("有人在你之前改了同一处，请选一个保留。其余改动互不影响。"),
        "file_refused": N_("这个文件不能上传。"),
        "action_not_now": N_("团组现在的状态不能做这件事。"),
        "duties_open": N_("回国后的事项还没有办完，不能办结。"),
        "unknown_unit": N_("没有这个单位，请从列表中选择。"),
    }
)


def subject(trip: Trip) -> Subject:
    """The trip as the log and the approval engine name it."""
    return Subject(kind=queries.KIND, id=trip.id, version=trip.version, unit=trip.unit_code, number=trip.ref)


def open_trip(tx: Tx, number: str, action: TripAction, version: int | None = None) -> Trip:
    """The trip, locked, if the actor may see it, may act, and the state allows it now.

    Raises `NotFound`, `OutOfDate`, `NotAllowedNow`, `Forbidden`, in this order.
    """
    trip = tx.lock(Trip, queries.trip_id(tx.session, tx.actor, tx.now, number))
    tx.check_version(trip, version)
    if move(trip.state, action) is None:
        raise NotAllowedNow("action_not_now", state=trip.state.value, action=action.value)
    if action not in queries.actions_of(trip, tx.actor, tx.now):
        raise Forbidden(action=action.value)
    return trip


def touch(tx: Tx, trip: Trip, action: TripAction) -> None:
    """Move the state as the table says and note the change."""
    target = move(trip.state, action)
    assert target is not None
    trip.state = target
    trip.touched_at = tx.now


@command
def create(tx: Tx, cmd: DraftTrip) -> Trip:
    """A new draft of the actor's own unit. Any clerk of the unit may go on with it."""
    tx.require(Permission.TRIPS_DRAFT, tx.actor.unit_path)
    if tx.actor.unit_id is None:
        raise Forbidden(permission=Permission.TRIPS_DRAFT.value)
    unit = accounts.unit(tx.session, tx.actor.unit_id)
    year = local_date(tx.now).year
    trip = Trip(
        draft_no=draft_number(year, next_number(tx, f"trip draft {year}")),
        number=None,
        state=TripState.DRAFT,
        round=0,
        title=cmd.title,
        unit_id=unit.id,
        unit_code=unit.code,
        unit_path=unit.path,
        unit_name=unit.name,
        created_by_id=tx.actor.account_id,
        created_by_name=tx.actor.name,
        created_at=tx.now,
        touched_at=tx.now,
        declarations={},
        explanations={},
        countries=[],
    )
    tx.add(trip)
    tx.session.flush()
    tx.record(TripDrafted(about=subject(trip), title=trip.title))
    return trip


@command
def save_section(tx: Tx, cmd: SaveSection) -> Trip:
    """Save one section. Changes of others to other cells are kept; the same cell asks (`OutOfDate`).

    The error's details hold the clashes (cell, mine, theirs) and the cells as they would be merged.
    """
    trip = open_trip(tx, cmd.number, TripAction.EDIT)
    mine, order = sections.sent(trip, cmd.section, cmd.values)
    merged = merge(cmd.base, mine, sections.stored(trip, cmd.section))
    if merged.clashes:
        raise OutOfDate("same_field", section=cmd.section.value, clashes=merged.clashes, merged=merged.cells)
    if not merged.changed:
        return trip
    chosen = (new for cell, (_, new) in merged.changed.items() if cell.endswith(".person_id") and new)
    service_members.require_in_reach(tx, trip, chosen)
    sections.write(trip, cmd.section, merged.cells, order)
    _derive(tx, trip, cmd.section)
    touch(tx, trip, TripAction.EDIT)
    tx.session.flush()
    tx.record(
        TripEdited(
            about=subject(trip),
            round=trip.round,
            section=cmd.section.value,
            cells=len(merged.changed),
            changes=merged.changed,
        )
    )
    return trip


def _derive(tx: Tx, trip: Trip, section: Section) -> None:
    """Keep the trip's own columns in step with the section just saved."""
    if section is Section.LEGS:
        days = [day for leg in trip.legs for day in (leg.depart_on, leg.arrive_on) if day is not None]
        trip.exit_on, trip.entry_on = (min(days), max(days)) if days else (None, None)
        visited = [leg.to_country for leg in trip.legs if leg.transit is Transit.BUSINESS and leg.to_country]
        trip.countries = list(dict.fromkeys(visited))
    elif section is Section.MEMBERS:
        trip.members_count = len(trip.members)
        service_members.fill_from_register(tx, trip)
        _place_members(tx, trip)
        service_members.link(tx, trip)
        service_members.recognise(tx, trip)
    elif section is Section.BUDGET:
        fees = rulebook.edition(tx.session, local_date(tx.now)).fees
        rates = rulebook.rates(tx.session, local_date(tx.now))
        for line in trip.budget:
            line.rate = Decimal(1) if line.currency == "CNY" else line.rate or rates.get(line.currency)
            cap = fees.find(line.country, line.city) if line.item in BY_STANDARD else None
            line.standard = getattr(cap, line.item.value) if cap is not None else None
        amounts = (line.claimed * line.persons * line.quantity * (line.rate or 0) for line in trip.budget)
        trip.total_cny = sum(amounts, start=Decimal(0)).quantize(Decimal("0.01"))


def _place_members(tx: Tx, trip: Trip) -> None:
    """Fill in each member's unit from its code; an empty code is the organising unit."""
    units = {unit.code: unit for unit in accounts.units(tx.session)}
    for member in trip.members:
        unit = units.get(member.unit_code or trip.unit_code)
        if unit is None:
            raise Invalid(
                "unknown_unit",
                fields={f"members-{member.position}-unit_code": [gettext("没有这个单位，请从列表中选择。")]},
            )
        member.unit_code, member.unit_path, member.unit_name = unit.code, unit.path, unit.name


@command
def lay_budget(tx: Tx, number: str) -> Trip:
    """Make lodging, meals and incidentals anew from the journey, the people and the standards in force.

    What the clerk claimed per person stays where the same line comes again; fares and other costs stay.
    """
    trip = open_trip(tx, number, TripAction.EDIT)
    if trip.exit_on is None or trip.entry_on is None or not trip.members:
        raise Invalid(fields={"_": [gettext("先排好行程、列好人员，再算预算。")]})
    edition = rulebook.edition(tx.session, local_date(tx.now))
    rates = rulebook.rates(tx.session, local_date(tx.now)) | {
        line.currency: line.rate for line in trip.budget if line.rate is not None
    }
    laid = build(
        facts.stays(trip),
        exit_on=trip.exit_on,
        entry_on=trip.entry_on,
        people=len(trip.members),
        fees=edition.fees,
        rates=rates,
    )
    claimed = {(line.item, line.country, line.city): line.claimed for line in trip.budget}
    kept = [line for line in trip.budget if line.item not in BY_STANDARD]
    trip.budget[:] = [
        BudgetLine(
            id=new_id(tx.now),
            item=row.item,
            country=row.country,
            city=row.city,
            currency=row.currency,
            persons=row.people,
            quantity=row.units,
            claimed=claimed.get((row.item, row.country, row.city), row.rate or Decimal(0)),
            standard=row.rate,
            rate=rates.get(row.currency),
        )
        for row in laid
    ] + kept
    for position, line in enumerate(trip.budget):
        line.position = position
    _derive(tx, trip, Section.BUDGET)
    touch(tx, trip, TripAction.EDIT)
    tx.session.flush()
    tx.record(
        TripEdited(about=subject(trip), round=trip.round, section=Section.BUDGET.value, cells=len(laid))
    )
    return trip


@command
def discard(tx: Tx, cmd: NumberedTrip) -> Trip:
    """Delete a draft that was never submitted. Its number is not given out again."""
    trip = open_trip(tx, cmd.number, TripAction.DISCARD, cmd.version)
    touch(tx, trip, TripAction.DISCARD)
    tx.session.flush()
    tx.record(TripDiscarded(about=subject(trip)))
    return trip


@command
def add_file(
    tx: Tx, number: str, document_type: DocumentType, received: Received, replaces: UUID | None = None
) -> attachments.StoredFile:
    """Put a checked file to the draft, as a new document or as the next version of one."""
    trip = open_trip(tx, number, TripAction.EDIT)
    touch(tx, trip, TripAction.EDIT)
    tx.session.flush()
    return attachments.attach.within(
        tx,
        Attach(
            owner=subject(trip),
            unit_path=trip.unit_path,
            document_type=document_type.value,
            file=received,
            replaces=replaces,
        ),
    )


@command
def remove_file(tx: Tx, number: str, attachment_id: UUID) -> Trip:
    """Take a document out of the draft."""
    trip = open_trip(tx, number, TripAction.EDIT)
    touch(tx, trip, TripAction.EDIT)
    tx.session.flush()
    attachments.detach.within(tx, Detach(owner=subject(trip), attachment_id=attachment_id))
    return trip


@command
def download_file(tx: Tx, number: str, attachment_id: UUID) -> attachments.StoredFile:
    """Hand out a file of a trip the actor may see; every download is logged."""
    return attachments.download.within(tx, _wanted(tx, number, attachment_id))


@command
def view_file(tx: Tx, number: str, attachment_id: UUID) -> attachments.Shown:
    """The pages of such a file as pictures; opening them is logged too."""
    return attachments.view.within(tx, _wanted(tx, number, attachment_id))


def _wanted(tx: Tx, number: str, attachment_id: UUID) -> Download:
    trip = tx.session.get_one(Trip, queries.trip_id(tx.session, tx.actor, tx.now, number))
    return Download(owner=subject(trip), attachment_id=attachment_id)


def file_content(tx: Tx, trip: Trip) -> list[dict[str, Any]]:
    """The trip's current documents as the content hash counts them."""
    rows = files.of_owner(tx.session, queries.KIND, trip.id)
    return [{"type": row.document_type, "sha256": row.sha256} for row in rows]
