"""Keeping the register: people, documents, custody (PST-01), journeys made."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts import queries as accounts
from webapp.core.clock import local_date
from webapp.core.errors import Invalid, NotAllowedNow, NotFound, sentences
from webapp.core.events import Event, Subject
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.series import next_number
from webapp.core.tx import Tx, command
from webapp.people import rules
from webapp.people.commands import CheckIn, CheckOut, KeepPassport, KeepPerson, MarkGone, RecordTravel
from webapp.people.events import (
    PassportCheckedIn,
    PassportCheckedOut,
    PassportKept,
    PassportMarked,
    PassportUnmasked,
    PersonKept,
    TravelRecorded,
)
from webapp.people.models import CustodyMove, Journey, Passport, Person
from webapp.people.states import Custody

PASSPORT_PLACE = "passport.number"
ID_PLACE = "person.id_number"
sentences(
    {
        "passport_not_here": N_("这本证照不在保管中，不能领出。"),
        "passport_not_out": N_("这本证照没有领出，不需要收回。"),
    }
)


@command
def keep_person(tx: Tx, cmd: KeepPerson) -> Person:
    """Enter or change a traveller of a unit in the actor's reach. The ID number is optional and sealed."""
    unit = accounts.unit(tx.session, cmd.unit_id)
    tx.require(Permission.PEOPLE_KEEP, unit.path)
    if cmd.person_id is None:
        row = tx.add(Person(number=next_number(tx, "person"), name=cmd.name, unit_id=unit.id))
    else:
        row = tx.lock(Person, cmd.person_id)
        tx.require(Permission.PEOPLE_KEEP, accounts.unit(tx.session, row.unit_id).path)
        tx.check_version(row, cmd.version)
    before = {"post": row.post, "unit": str(row.unit_id), "is_active": row.is_active}
    row.name, row.unit_id, row.post, row.is_active = cmd.name, unit.id, cmd.post, cmd.is_active
    row.rank, row.employment = cmd.rank, cmd.employment
    id_number = rules.tidy(cmd.id_number)
    if id_number:
        _seal_id_number(tx, row, id_number)
    after = {"post": row.post, "unit": str(row.unit_id), "is_active": row.is_active}
    tx.session.flush()
    tx.record(
        PersonKept(
            about=_about(row, unit.code),
            person_name=row.name,
            id_number=id_number or None,
            changes={name: (before[name], after[name]) for name in before if before[name] != after[name]},
        )
    )
    return row


def _seal_id_number(tx: Tx, row: Person, number: str) -> None:
    if not rules.is_id_number(number):
        raise Invalid(fields={"id_number": [gettext(N_("身份证号应为 18 位，校验位不对请核对。"))]})
    vault = tx.call.ports.need_vault()
    index = vault.index(number, ID_PLACE)
    taken = tx.session.scalar(
        sa.select(Person.id).where(Person.id_number_index == index, Person.id != row.id)
    )
    if taken is not None:
        raise Invalid(fields={"id_number": [gettext(N_("已有另一人登记了这个号码。"))]})
    row.id_number_sealed = vault.seal(number, f"{ID_PLACE}:{row.id}")
    row.id_number_index, row.id_number_mask = index, rules.masked(number)


@command
def keep_passport(tx: Tx, cmd: KeepPassport) -> Passport:
    """Register a document of a traveller; its number is sealed and found again by a keyed hash only."""
    person = tx.lock(Person, cmd.person_id)
    unit = accounts.unit(tx.session, person.unit_id)
    tx.require(Permission.PEOPLE_KEEP, unit.path)
    number = rules.tidy(cmd.number)
    if not rules.is_passport_number(number):
        raise Invalid(fields={"number": [gettext(N_("证照号码应以字母开头，6 到 12 位字母和数字。"))]})
    vault = tx.call.ports.need_vault()
    index = vault.index(number, PASSPORT_PLACE)
    if tx.session.scalar(sa.select(Passport.id).where(Passport.number_index == index)) is not None:
        raise Invalid(fields={"number": [gettext(N_("这个号码已经登记过。"))]})
    row = Passport(
        person_id=person.id,
        kind=cmd.kind,
        number_sealed="",
        number_index=index,
        number_mask=rules.masked(number),
        expires_on=cmd.expires_on,
        custody=Custody.KEPT,
    )
    tx.add(row)
    row.number_sealed = vault.seal(number, f"{PASSPORT_PLACE}:{row.id}")
    tx.record(
        PassportKept(
            about=_about(person, unit.code), kind=cmd.kind.value, holder=person.name, passport_number=number
        )
    )
    return row


@command
def unmask(tx: Tx, passport_id: UUID) -> str:
    """The whole number, for those who fill in visa forms. Every look is logged."""
    row, person, code = _passport(tx, passport_id, Permission.PASSPORTS_UNMASK)
    number = tx.call.ports.need_vault().open(row.number_sealed, f"{PASSPORT_PLACE}:{row.id}")
    tx.record(PassportUnmasked(about=_about(person, code), holder=person.name))
    return number


@command
def check_out(tx: Tx, cmd: CheckOut) -> Passport:
    """Hand a document to its holder for a journey."""
    row, person, code = _passport(tx, cmd.passport_id, Permission.PASSPORTS_KEEP)
    tx.check_version(row, cmd.version)
    _not_in_future(tx, cmd.on)
    if not rules.may_check_out(row.custody):
        raise NotAllowedNow("passport_not_here")
    row.custody, row.out_on, row.due_on, row.trip_number = Custody.OUT, cmd.on, cmd.due_on, cmd.trip_number
    _move(
        tx,
        row,
        CustodyMove(moved_on=cmd.on, trip_number=cmd.trip_number),
        PassportCheckedOut(
            about=_about(person, code),
            trip=cmd.trip_number,
            on_day=cmd.on.isoformat(),
            due_on=cmd.due_on.isoformat() if cmd.due_on else None,
            holder=person.name,
        ),
    )
    return row


@command
def check_in(tx: Tx, cmd: CheckIn) -> Passport:
    """Take a document back; how many days late it is stays on record."""
    row, person, code = _passport(tx, cmd.passport_id, Permission.PASSPORTS_KEEP)
    tx.check_version(row, cmd.version)
    _not_in_future(tx, cmd.on)
    if not rules.may_check_in(row.custody):
        raise NotAllowedNow("passport_not_out")
    if row.out_on is not None and cmd.on < row.out_on:
        raise Invalid(fields={"on": [gettext(N_("归还日期早于领出日期。"))]})
    late, trip = rules.days_late(row.due_on, cmd.on), row.trip_number
    row.custody, row.out_on, row.due_on, row.trip_number = Custody.KEPT, None, None, ""
    _move(
        tx,
        row,
        CustodyMove(moved_on=cmd.on, trip_number=trip, late_days=late, note=cmd.note),
        PassportCheckedIn(
            about=_about(person, code),
            trip=trip,
            on_day=cmd.on.isoformat(),
            late_days=late,
            holder=person.name,
        ),
    )
    return row


@command
def mark_gone(tx: Tx, cmd: MarkGone) -> Passport:
    """Lost or cancelled: it can be handed out no more."""
    row, person, code = _passport(tx, cmd.passport_id, Permission.PASSPORTS_KEEP)
    tx.check_version(row, cmd.version)
    _not_in_future(tx, cmd.on)
    if cmd.custody not in (Custody.LOST, Custody.CANCELLED):
        raise Invalid(fields={"custody": [gettext(N_("请从列出的选项中选择。"))]})
    row.custody, row.due_on = cmd.custody, None
    _move(
        tx,
        row,
        CustodyMove(moved_on=cmd.on, note=cmd.note),
        PassportMarked(
            about=_about(person, code),
            custody=cmd.custody.value,
            on_day=cmd.on.isoformat(),
            holder=person.name,
            reason=cmd.note,
        ),
    )
    return row


@command
def record_travel(tx: Tx, cmd: RecordTravel) -> Journey:
    """Keep a journey in somebody's history; recorded again with better dates it is corrected, not doubled."""
    person = tx.session.get(Person, cmd.person_id)
    if person is None:
        raise NotFound
    row = tx.session.scalars(
        sa.select(Journey).where(Journey.person_id == person.id, Journey.trip_number == cmd.trip_number)
    ).one_or_none()
    if row is None:
        row = tx.add(Journey(person_id=person.id, trip_number=cmd.trip_number))
    row.exit_on, row.entry_on, row.countries = cmd.exit_on, cmd.entry_on, list(cmd.countries)
    tx.record(
        TravelRecorded(
            about=_about(person, accounts.unit(tx.session, person.unit_id).code),
            trip=cmd.trip_number,
            exit_on=cmd.exit_on.isoformat(),
            entry_on=cmd.entry_on.isoformat(),
            holder=person.name,
        )
    )
    return row


def _passport(tx: Tx, passport_id: UUID, permission: Permission) -> tuple[Passport, Person, str]:
    """The document, locked, with its holder and the unit's code; the actor may do this in that unit."""
    row = tx.lock(Passport, passport_id)
    person = tx.session.get_one(Person, row.person_id)
    unit = accounts.unit(tx.session, person.unit_id)
    tx.require(permission, unit.path)
    return row, person, unit.code


def _not_in_future(tx: Tx, on: date) -> None:
    if on > local_date(tx.now):
        raise Invalid(fields={"on": [gettext(N_("日期在将来。"))]})


def _move(tx: Tx, row: Passport, move: CustodyMove, event: Event) -> None:
    move.passport_id, move.custody = row.id, row.custody
    move.entered_by, move.entered_at = tx.actor.name, tx.now
    tx.add(move)
    tx.record(event)


def _about(person: Person, unit_code: str) -> Subject:
    return Subject(
        kind="person", id=person.id, version=person.version or 1, unit=unit_code, number=str(person.number)
    )
