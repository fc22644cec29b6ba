"""Passports of a delegation: handed out before it leaves, taken back after, each with what it means for the trip.

The register of people keeps the one record of where a document is; here its moves meet the trip. The duty to hand
a document back (PST-01) ends in the transaction that takes it back, and with the last one overdue the unit may
submit again (PST-02), since that rule asks for duties that still run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from webapp.accounts import queries as accounts
from webapp.core.clock import local_date
from webapp.core.errors import Invalid, NotAllowedNow, NotFound
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.tx import Tx, command
from webapp.deadlines import service as deadlines
from webapp.deadlines.calendar import last_day
from webapp.deadlines.commands import CancelDeadlines
from webapp.deadlines.queries import running
from webapp.deadlines.queries_calendar import work_calendar
from webapp.people import queries as people
from webapp.people import queries_custody
from webapp.people import service as register
from webapp.people import service_custody as custody
from webapp.people.commands import CheckIn, CheckOut, Errand, KeepPassport, KeepPerson, MarkGone
from webapp.people.rules import bare
from webapp.people.states import Custody
from webapp.rulebook import queries as rulebook
from webapp.rulebook import rules_dues
from webapp.trips import queries
from webapp.trips.commands import MovePassport
from webapp.trips.models import Member, Trip
from webapp.trips.service_draft import touch
from webapp.trips.service_review import days_of
from webapp.trips.service_travel import meet_duty, not_future
from webapp.trips.states import PASSPORT_DUTY, TripAction, TripState, move

BACKFILLED = N_("补记领出")


# The register's commands name fields as its own page does; here they lie beside those of the trip.
_FIELDS = {"on": "on_day", "number": "passport_number"}


@contextmanager
def _fields_of_this_page() -> Iterator[None]:
    try:
        yield
    except Invalid as error:
        fields = {_FIELDS.get(name, name): texts for name, texts in error.fields.items()}
        raise Invalid(error.code, fields=fields) from error


@command
def hand_out(tx: Tx, cmd: MovePassport) -> Trip:
    """A member's document leaves custody for the journey; only with the permit issued (DOC-06)."""
    trip, member = _opened(tx, cmd, TripAction.HAND_OUT_PASSPORT)
    if _still_out(tx, member) is not None:
        raise NotAllowedNow("passport_not_here")
    with _fields_of_this_page():
        _check_out(tx, trip, member, _document(tx, member, cmd), cmd.on_day)
    _touched(tx, trip, TripAction.HAND_OUT_PASSPORT)
    return trip


@command
def take_back(tx: Tx, cmd: MovePassport) -> Trip:
    """A member's document is back in custody, and the duty to hand it back ends with it.

    One whose going out was never entered is entered as out from the day of departure first.
    """
    trip, member = _opened(tx, cmd, TripAction.RETURN_PASSPORT)
    if trip.state is TripState.BACK and trip.back_on is not None and cmd.on_day < trip.back_on:
        raise Invalid(fields={"on_day": [gettext("日期早于入境日期。")]})
    out = _still_out(tx, member)
    if out is None and member.id in queries_custody.handovers(tx.session, [member.id]):
        raise NotAllowedNow("passport_not_out")
    with _fields_of_this_page():
        if out is None:
            left = trip.left_on or trip.permit_on or cmd.on_day
            out = _check_out(tx, trip, member, _document(tx, member, cmd), left, note=gettext(BACKFILLED))
        custody.check_in.within(
            tx, CheckIn(passport_id=out, on=cmd.on_day, note=cmd.note, errand_id=member.id)
        )
    meet_duty(tx, trip, PASSPORT_DUTY, cmd.on_day, member.key)
    _touched(tx, trip, TripAction.RETURN_PASSPORT)
    return trip


@command
def lose(tx: Tx, cmd: MovePassport) -> Trip:
    """A document handed out is lost: it cannot be handed back, so the clock stops with the reason."""
    trip, member = _opened(tx, cmd, TripAction.RETURN_PASSPORT)
    out = _still_out(tx, member)
    if out is None:
        raise NotAllowedNow("passport_not_out")
    if not cmd.note:
        raise Invalid(fields={"note": [gettext(N_("请写明在哪里、怎样遗失的。"))]})
    lost = MarkGone(passport_id=out, custody=Custody.LOST, on=cmd.on_day, note=cmd.note, errand_id=member.id)
    with _fields_of_this_page():
        custody.mark_gone.within(tx, lost)
    deadlines.cancel.within(
        tx,
        CancelDeadlines(subject_id=trip.id, reason=cmd.note, kinds=(PASSPORT_DUTY,), item=member.key),
    )
    _touched(tx, trip, TripAction.RETURN_PASSPORT)
    return trip


def _opened(tx: Tx, cmd: MovePassport, action: TripAction) -> tuple[Trip, Member]:
    """The trip, locked, and its member at a place of the list, for the custodian of the member's unit."""
    trip = tx.lock(Trip, queries.trip_id(tx.session, tx.actor, tx.now, cmd.number))
    if not 1 <= cmd.place <= len(trip.members):
        raise NotFound
    member = trip.members[cmd.place - 1]
    tx.require(Permission.PASSPORTS_KEEP, member.unit_path)
    if move(trip.state, action) is None:
        raise NotAllowedNow("action_not_now", state=trip.state.value, action=action.value)
    not_future(tx, "on_day", cmd.on_day)
    return trip, member


def _still_out(tx: Tx, member: Member) -> UUID | None:
    held = queries_custody.handovers(tx.session, [member.id]).get(member.id)
    return held.passport_id if held is not None and held.ended_on is None else None


def _check_out(tx: Tx, trip: Trip, member: Member, passport_id: UUID, on: date, note: str = "") -> UUID:
    cmd = CheckOut(
        passport_id=passport_id,
        on=on,
        errand=Errand(member.id, trip.ref),
        due_on=_due_on(tx, trip, member),
        note=note,
    )
    custody.check_out.within(tx, cmd)
    return passport_id


def _due_on(tx: Tx, trip: Trip, member: Member) -> date | None:
    """The last day in time: the running duty's, else by the approved day of entry until the real one is known."""
    for duty in running(tx.session, PASSPORT_DUTY, {trip.id}):
        if duty.item == member.key:
            return last_day(duty.due_at)
    if trip.entry_on is None:
        return None
    edition = rulebook.edition(tx.session, local_date(tx.now))
    return rules_dues.passport_return_due(
        trip.entry_on,
        edition,
        work_calendar(tx.session),
        exit_on=trip.exit_on,
        approved_days=days_of(trip),
    ).on


def _document(tx: Tx, member: Member, cmd: MovePassport) -> UUID:
    """Which document is meant; one in the custodian's hand that nobody registered yet is registered now."""
    if cmd.passport_number:
        return _by_number(tx, member, cmd)
    person_id = _person(tx, member)
    kept = (
        queries_custody.kept_of(tx.session, [person_id]).get(person_id, []) if person_id is not None else []
    )
    if cmd.passport_id is not None:
        kept = [row for row in kept if row.id == cmd.passport_id]
    if len(kept) != 1:
        raise Invalid(fields={"passport_number": [gettext(N_("请选择证照，或填写证照号码。"))]})
    return kept[0].id


def _by_number(tx: Tx, member: Member, cmd: MovePassport) -> UUID:
    held = register.find_passport(tx, cmd.passport_number)
    if held is not None:
        passport_id, holder = held
        if holder.id != member.person_id and bare(holder.name) != bare(member.name):
            raise Invalid(fields={"passport_number": [gettext(N_("这本证照登记在另一人名下。"))]})
        return passport_id
    if cmd.expires_on is None:
        raise Invalid(fields={"expires_on": [gettext(N_("登记新的证照，请填写有效期。"))]})
    person_id = _person(tx, member)
    if person_id is None:
        unit = accounts.unit_by_code(tx.session, member.unit_code)
        person = KeepPerson(
            unit_id=unit.id,
            name=member.name,
            post=member.post,
            rank=member.rank,
            employment=member.employment,
        )
        person_id = register.keep_person.within(tx, person).id
    kept = KeepPassport(
        person_id=person_id, kind=cmd.kind, number=cmd.passport_number, expires_on=cmd.expires_on
    )
    return register.keep_passport.within(tx, kept).id


def _person(tx: Tx, member: Member) -> UUID | None:
    """The member in the register: as linked, else the only one of the unit who bears the name."""
    if member.person_id is not None:
        return member.person_id
    unit = accounts.unit_by_code(tx.session, member.unit_code)
    fitting = people.bearing(tx.session, [(member.name, unit.id)]).get((bare(member.name), unit.id), [])
    if len(fitting) > 1:
        raise Invalid(fields={"passport_number": [gettext(N_("登记册里有几个同名的人，请填写证照号码。"))]})
    return fitting[0].id if fitting else None


def _touched(tx: Tx, trip: Trip, action: TripAction) -> None:
    touch(tx, trip, action)
    tx.session.flush()
