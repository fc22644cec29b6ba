"""Custody of documents: out for a journey, back, lost, cancelled (PST-01), and a look at the whole number."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts import queries as accounts
from webapp.core.clock import local_date
from webapp.core.errors import Invalid, NotAllowedNow, sentences
from webapp.core.events import Event
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command
from webapp.people import rules
from webapp.people.commands import CheckIn, CheckOut, MarkGone
from webapp.people.events import PassportCheckedIn, PassportCheckedOut, PassportMarked, PassportUnmasked
from webapp.people.models import CustodyMove, Passport, Person
from webapp.people.service import PASSPORT_PLACE, about
from webapp.people.states import Custody

sentences(
    {
        "passport_not_here": N_("这本证照不在保管中，不能领出。"),
        "passport_not_out": N_("这本证照没有领出，不需要收回。"),
        "passport_on_errand": N_("这本证照是为一个团组领出的，请在“证照领还”里登记。"),
    }
)


@command
def check_out(tx: Tx, cmd: CheckOut) -> Passport:
    """Hand a document to its holder for a journey."""
    row, person, code = _passport(tx, cmd.passport_id, Permission.PASSPORTS_KEEP)
    tx.check_version(row, cmd.version)
    _not_in_future(tx, cmd.on)
    if not rules.may_check_out(row.custody):
        raise NotAllowedNow("passport_not_here")
    row.custody, row.out_on, row.due_on = Custody.OUT, cmd.on, cmd.due_on
    row.errand_id, row.trip_number = cmd.errand.id, cmd.errand.number
    _move(
        tx,
        row,
        CustodyMove(moved_on=cmd.on, note=cmd.note),
        PassportCheckedOut(
            about=about(person, code),
            trip=row.trip_number,
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
    _for_its_errand(row, cmd.errand_id)
    if row.out_on is not None and cmd.on < row.out_on:
        raise Invalid(fields={"on": [gettext(N_("归还日期早于领出日期。"))]})
    late = rules.days_late(row.due_on, cmd.on)
    row.custody = Custody.KEPT
    _move(
        tx,
        row,
        CustodyMove(moved_on=cmd.on, late_days=late, note=cmd.note),
        PassportCheckedIn(
            about=about(person, code),
            trip=row.trip_number,
            on_day=cmd.on.isoformat(),
            late_days=late,
            holder=person.name,
        ),
    )
    _at_rest(row)
    return row


@command
def mark_gone(tx: Tx, cmd: MarkGone) -> Passport:
    """Lost or cancelled: it can be handed out no more."""
    row, person, code = _passport(tx, cmd.passport_id, Permission.PASSPORTS_KEEP)
    tx.check_version(row, cmd.version)
    _not_in_future(tx, cmd.on)
    if cmd.custody not in (Custody.LOST, Custody.CANCELLED):
        raise Invalid(fields={"custody": [gettext(N_("请从列出的选项中选择。"))]})
    _for_its_errand(row, cmd.errand_id)
    row.custody = cmd.custody
    _move(
        tx,
        row,
        CustodyMove(moved_on=cmd.on, note=cmd.note),
        PassportMarked(
            about=about(person, code),
            custody=cmd.custody.value,
            on_day=cmd.on.isoformat(),
            holder=person.name,
            reason=cmd.note,
        ),
    )
    _at_rest(row)
    return row


@command
def set_due(tx: Tx, errand_id: UUID, due_on: date) -> None:
    """The last day in time is known now: whoever it was handed out for came back."""
    for row in tx.session.scalars(sa.select(Passport).where(Passport.errand_id == errand_id)):
        row.due_on = due_on


@command
def unmask(tx: Tx, passport_id: UUID) -> str:
    """The whole number, for those who fill in visa forms. Every look is logged."""
    row, person, code = _passport(tx, passport_id, Permission.PASSPORTS_UNMASK)
    number = tx.call.ports.need_vault().open(row.number_sealed, f"{PASSPORT_PLACE}:{row.id}")
    tx.record(PassportUnmasked(about=about(person, code), holder=person.name))
    return number


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


def _for_its_errand(row: Passport, errand_id: UUID | None) -> None:
    """A document that is out for a journey comes back through that journey, whose duty ends with it."""
    if row.custody is Custody.OUT and row.errand_id != errand_id:
        raise NotAllowedNow("passport_on_errand")


def _at_rest(row: Passport) -> None:
    row.out_on, row.due_on, row.errand_id, row.trip_number = None, None, None, ""


def _move(tx: Tx, row: Passport, move: CustodyMove, event: Event) -> None:
    """Keep the move with what the document is, or was until now, out for."""
    move.passport_id, move.custody = row.id, row.custody
    move.errand_id, move.trip_number = row.errand_id, row.trip_number
    move.entered_by, move.entered_at = tx.actor.name, tx.now
    tx.add(move)
    tx.record(event)
