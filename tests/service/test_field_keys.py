"""The key of passport and ID numbers changes while the office reads and writes: no read fails, nothing is lost."""

import json
import threading
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests import factories
from webapp.core.errors import Invalid, NotAllowedNow
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.core.tx import Tx
from webapp.core.vault import Ring, Vault, prefix
from webapp.operations import field_keys
from webapp.operations.field_keys import sealed_columns
from webapp.people import service as people
from webapp.people.commands import KeepPassport, KeepPerson
from webapp.people.models import Passport, Person
from webapp.people.service import PASSPORT_PLACE, find_passport
from webapp.people.states import PassportKind
from webapp.rulebook.states import Employment, Rank

ROWS = 500
KIND = next(iter(PassportKind))


@pytest.fixture
def custodian(call, make_actor):
    return call.as_actor(make_actor(Role.PASSPORT_CUSTODIAN, unit="swj"))


def keep(custodian, number, id_number=""):
    person = people.keep_person(
        custodian,
        KeepPerson(
            unit_id=custodian.actor.unit_id,
            name="赵一帆",
            post="科员",
            rank=Rank.NONE,
            employment=Employment.SERVING,
            id_number=id_number,
        ),
    )
    return people.keep_passport(
        custodian,
        KeepPassport(person_id=person.id, kind=KIND, number=number, expires_on=date(2030, 1, 1)),
    )


def sealed_values(call):
    with call.read() as session:
        return [
            value
            for place in sealed_columns()
            for value in session.scalars(sa.select(place.column).where(place.column.is_not(None)))
        ]


def blind_indexes(call):
    with call.read() as session:
        numbers = session.scalars(sa.select(Passport.number_index)).all()
        return {
            *numbers,
            *session.scalars(sa.select(Person.id_number_index).where(Person.id_number_index != "")),
        }


def bulk(call, rows):
    """Many passports at once, sealed as the service seals them: only their number matters here."""
    vault = call.ports.need_vault()
    with call.db.write() as session:
        first = session.scalars(sa.select(Passport)).one()
        for number in range(rows):
            row_id = UUID(int=(7 << 64) + number)
            text = f"PE{number:07d}"
            sealed = vault.seal(text, f"{PASSPORT_PLACE}:{row_id}")
            session.add(
                Passport(
                    id=row_id,
                    person_id=first.person_id,
                    kind=KIND,
                    number_sealed=sealed,
                    number_index=vault.index(text, PASSPORT_PLACE, sealed),
                    number_mask="PE*****",
                    expires_on=date(2030, 1, 1),
                )
            )
        session.commit()


class Reader(threading.Thread):
    """Another process of the office: its own view of the key ring, opening every number it meets and finding some."""

    def __init__(self, call, folder):
        super().__init__()
        self._call, self._vault = call, Vault.at(folder)
        self.reads, self.failures, self.enough = 0, [], threading.Event()

    def run(self):
        while not self.enough.is_set():
            with self._call.read() as session:
                rows = session.execute(sa.select(Passport.id, Passport.number_sealed)).all()
            for row_id, sealed in rows:
                try:
                    self._vault.open(sealed, f"{PASSPORT_PLACE}:{row_id}")
                except Exception as error:  # noqa: BLE001 - every failure counts
                    self.failures.append(repr(error))
                self.reads += 1
            self._find("PE0000000", f"PE{ROWS - 1:07d}", "PE9999999")

    def _find(self, *numbers):
        for number in numbers:
            indexes = self._vault.indexes(number, PASSPORT_PLACE)
            with self._call.read() as session:
                if session.scalar(sa.select(Passport.id).where(Passport.number_index.in_(indexes))) is None:
                    self.failures.append(f"{number} not found")


def test_five_hundred_numbers_change_their_key_while_others_read_and_no_read_fails(call, custodian, tmp_path):
    keep(custodian, "PE9999999", id_number="11010519491231002X")
    bulk(call, ROWS)
    before = blind_indexes(call)
    reader = Reader(call, tmp_path / "keys")
    reader.start()
    try:
        assert field_keys.add_key(call) == "k2"
        keep(custodian, "PE8888888")  # the office goes on
        done = field_keys.reseal(call)
    finally:
        reader.enough.set()
        reader.join()
    assert (done.rows, done.unreadable) == (ROWS + 2, 0)
    assert reader.failures == []
    assert reader.reads > 0
    assert {value.split(".")[1] for value in sealed_values(call)} == {"k2"}
    after = blind_indexes(call)
    assert len(after) == len(before) + 1
    assert not after & before


def test_a_number_registered_under_the_older_key_is_known_during_the_change_and_after_it(
    call, custodian, clock
):
    first = keep(custodian, "PE1234567", id_number="11010519491231002X")
    field_keys.add_key(call)

    def is_known():
        with pytest.raises(Invalid):
            keep(custodian, "PE1234567")
        with pytest.raises(Invalid):
            keep(custodian, "PE7654321", id_number="11010519491231002X")
        with call.db.write() as session:
            found = find_passport(Tx(custodian, session), "pe 1234567")
        assert found is not None
        assert found[0] == first.id

    is_known()
    field_keys.reseal(call)
    is_known()
    clock.set(clock.now() + timedelta(minutes=11))
    field_keys.drop_older_keys(call)
    is_known()
    assert list(call.ports.need_vault().ring.indexes) == ["k2"]


def test_a_ring_from_before_blind_indexes_changed_their_key_finds_what_it_always_found(tmp_path):
    key, index = "11" * 32, "22" * 32
    old = {"current": "k2", "since": None, "keys": {"k1": key, "k2": key}, "index": index}
    ring = Ring.parse(json.dumps(old))
    assert ring.indexes == {"k1": bytes.fromhex(index), "k2": bytes.fromhex(index)}
    assert Ring.parse(ring.dump()) == ring


def test_every_kind_of_sealed_value_opens_after_the_change(call, custodian, clock):
    passport = keep(custodian, "PE1234567")
    account = factories.account(call, "signer", Role.FINANCE)
    vault = call.ports.need_vault()
    with call.db.write() as session:
        session.execute(
            sa.update(type(account)).values(totp_sealed=vault.seal("SECRET", f"account.totp:{account.id}"))
            .where(type(account).id == account.id)
        )  # fmt: skip
        session.commit()
    field_keys.add_key(call)
    assert field_keys.reseal(call).rows == 2
    clock.set(clock.now() + timedelta(minutes=11))
    assert field_keys.drop_older_keys(call) == ["k1"]
    with call.read() as session:
        row = session.get(Passport, passport.id)
        secret = session.scalar(sa.select(type(account).totp_sealed).where(type(account).id == account.id))
    assert vault.open(row.number_sealed, f"{PASSPORT_PLACE}:{row.id}") == "PE1234567"
    assert vault.open(secret, f"account.totp:{account.id}") == "SECRET"


def test_an_older_key_is_not_forgotten_while_anything_may_need_it(call, custodian, clock):
    keep(custodian, "PE1234567")
    with pytest.raises(NotAllowedNow, match="no_older_keys"):
        field_keys.drop_older_keys(call)
    field_keys.add_key(call)
    with pytest.raises(NotAllowedNow, match="key_change_too_fresh"):
        field_keys.drop_older_keys(call)
    clock.set(clock.now() + timedelta(minutes=11))
    with pytest.raises(NotAllowedNow, match="values_with_older_keys"):
        field_keys.drop_older_keys(call)
    field_keys.reseal(call)
    assert field_keys.drop_older_keys(call) == ["k1"]


def test_a_value_that_does_not_open_is_left_and_counted(call, custodian):
    passport = keep(custodian, "PE1234567")
    damaged = prefix("k1") + "AAAA"
    with call.db.write() as session:
        session.execute(sa.update(Passport).values(number_sealed=damaged))
        session.commit()
    field_keys.add_key(call)
    done = field_keys.reseal(call)
    assert (done.rows, done.unreadable) == (0, 1)
    with call.read() as session:
        assert session.get(Passport, passport.id).number_sealed == damaged


def test_the_log_tells_of_the_change_and_holds_no_key(call, custodian):
    keep(custodian, "PE1234567")
    field_keys.add_key(call)
    field_keys.reseal(call)
    ring = call.ports.need_vault().ring
    with call.read() as session:
        entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.object_class == "system")).all()
    assert sorted(entry.action for entry in entries) == ["field_key.added", "fields.resealed"]
    told = "".join(f"{entry.public}{entry.body}" for entry in entries)
    assert not any(key.hex() in told for key in ring.keys.values())
