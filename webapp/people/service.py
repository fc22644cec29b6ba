"""Keeping the register: people with their accounts, documents, journeys made."""

from uuid import UUID

import sqlalchemy as sa

from webapp.accounts import queries as accounts
from webapp.accounts.queries_identity import accounts_named
from webapp.core.errors import Invalid, NotFound
from webapp.core.events import Subject
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.core.series import next_number
from webapp.core.tx import Tx, command
from webapp.people import rules
from webapp.people.commands import KeepPassport, KeepPerson, RecordTravel
from webapp.people.events import (
    PassportKept,
    PersonKept,
    TravelRecorded,
)
from webapp.people.models import Journey, Passport, Person
from webapp.people.states import Custody

PASSPORT_PLACE = "passport.number"
ID_PLACE = "person.id_number"


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
    before, was_called = _traits(row), row.name
    row.name, row.unit_id, row.post, row.is_active = cmd.name, unit.id, cmd.post, cmd.is_active
    row.rank, row.employment = cmd.rank, cmd.employment
    row.account_id = _account_of(tx, row, cmd, was_called)
    id_number = rules.tidy(cmd.id_number)
    if id_number:
        _seal_id_number(tx, row, id_number)
    after = _traits(row)
    tx.session.flush()
    tx.record(
        PersonKept(
            about=about(row, unit.code),
            person_name=row.name,
            id_number=id_number or None,
            changes={name: (before[name], after[name]) for name in before if before[name] != after[name]},
        )
    )
    return row


def _traits(row: Person) -> dict[str, object]:
    return {
        "post": row.post,
        "unit": str(row.unit_id),
        "is_active": row.is_active,
        "account": str(row.account_id or ""),
    }


def _account_of(tx: Tx, row: Person, cmd: KeepPerson, was_called: str) -> UUID | None:
    """The account the person signs in with: it bears the person's name, and is nobody else's.

    Who is on a delegation's list never decides on it; so an account must not be given to a person of another
    name, which would leave its real owner free to sign.
    """
    fitting = accounts_named(tx.session, [(row.name, row.unit_id)])[row.name, row.unit_id]
    wanted = cmd.account_id
    if wanted is None:
        sole = fitting[0] if cmd.person_id is None and len(fitting) == 1 else None
        return None if sole is None or _linked_elsewhere(tx, row, sole) else sole
    stays = wanted == row.account_id and rules.bare(was_called) == rules.bare(row.name)
    if wanted not in fitting and not stays:
        raise Invalid(fields={"account_id": [gettext(N_("这个账号的姓名或单位和此人不符。"))]})
    if _linked_elsewhere(tx, row, wanted):
        raise Invalid(fields={"account_id": [gettext(N_("这个账号已经属于登记册里的另一人。"))]})
    return wanted


def _linked_elsewhere(tx: Tx, row: Person, account_id: UUID) -> bool:
    other = sa.select(Person.id).where(Person.account_id == account_id, Person.id != row.id)
    return tx.session.scalar(other) is not None


def _seal_id_number(tx: Tx, row: Person, number: str) -> None:
    if not rules.is_id_number(number):
        raise Invalid(fields={"id_number": [gettext(N_("身份证号应为 18 位，校验位不对请核对。"))]})
    vault = tx.call.ports.need_vault()
    held = Person.id_number_index.in_(vault.indexes(number, ID_PLACE))
    taken = tx.session.scalar(sa.select(Person.id).where(held, Person.id != row.id))
    if taken is not None:
        raise Invalid(fields={"id_number": [gettext(N_("已有另一人登记了这个号码。"))]})
    row.id_number_sealed = vault.seal(number, f"{ID_PLACE}:{row.id}")
    row.id_number_index = vault.index(number, ID_PLACE, row.id_number_sealed)
    row.id_number_mask = rules.masked(number)


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
    held = Passport.number_index.in_(vault.indexes(number, PASSPORT_PLACE))
    if tx.session.scalar(sa.select(Passport.id).where(held)) is not None:
        raise Invalid(fields={"number": [gettext(N_("这个号码已经登记过。"))]})
    row = Passport(
        person_id=person.id,
        kind=cmd.kind,
        number_sealed="",
        number_index="",
        number_mask=rules.masked(number),
        expires_on=cmd.expires_on,
        custody=Custody.KEPT,
    )
    tx.add(row)
    row.number_sealed = vault.seal(number, f"{PASSPORT_PLACE}:{row.id}")
    row.number_index = vault.index(number, PASSPORT_PLACE, row.number_sealed)
    tx.record(
        PassportKept(
            about=about(person, unit.code), kind=cmd.kind.value, holder=person.name, passport_number=number
        )
    )
    return row


def find_passport(tx: Tx, number: str) -> tuple[UUID, Person] | None:
    """The document with this number and its holder, for whoever has the document in hand. None: not registered."""
    indexes = tx.call.ports.need_vault().indexes(rules.tidy(number), PASSPORT_PLACE)
    row = tx.session.scalar(sa.select(Passport).where(Passport.number_index.in_(indexes)))
    return None if row is None else (row.id, tx.session.get_one(Person, row.person_id))


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
            about=about(person, accounts.unit(tx.session, person.unit_id).code),
            trip=cmd.trip_number,
            exit_on=cmd.exit_on.isoformat(),
            entry_on=cmd.entry_on.isoformat(),
            holder=person.name,
        )
    )
    return row


def about(person: Person, unit_code: str) -> Subject:
    """The person as the log names them."""
    return Subject(
        kind="person", id=person.id, version=person.version or 1, unit=unit_code, number=str(person.number)
    )
