"""One action is one transaction: all of it or nothing, once however often the button is pressed."""

import threading
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests import factories
from webapp.accounts import queries, service_setup
from webapp.accounts.commands import CreateAccount, KeepUnit
from webapp.accounts.models import Unit
from webapp.accounts.states import UnitKind
from webapp.core.errors import AlreadyDone, OutOfDate
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.core.series import next_number
from webapp.core.tx import Idempotency, command


def counts(call):
    with call.read() as session:
        return tuple(
            session.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (Unit, AuditEntry, OutboxMessage)
        )


def test_a_fault_at_the_end_leaves_nothing_behind(call):
    @command
    def broken(tx):
        service_setup.keep_unit.within(tx, KeepUnit(code="x", name="某局", kind=UnitKind.DEPARTMENT))
        raise ZeroDivisionError

    before = counts(call)
    with pytest.raises(ZeroDivisionError):
        broken(call)
    assert counts(call) == before


def test_the_same_key_is_answered_with_the_first_answer(call):
    home = factories.unit(call)
    key = uuid.uuid4()
    once = replace(
        call, idempotency=Idempotency(key, "accounts.create", lambda row: f"/accounts/{row.login}")
    )
    cmd = CreateAccount(login="a", name="甲", unit_id=home.id)
    service_setup.create_account(once, cmd)
    before = counts(call)
    with pytest.raises(AlreadyDone) as again:
        service_setup.create_account(once, cmd)
    assert again.value.location == "/accounts/a"
    assert counts(call) == before


def test_a_key_used_for_another_form_is_out_of_date(call):
    home = factories.unit(call)
    key = uuid.uuid4()
    first = replace(call, idempotency=Idempotency(key, "one", str))
    service_setup.create_account(first, CreateAccount(login="a", name="甲", unit_id=home.id))
    with pytest.raises(OutOfDate):
        service_setup.create_account(
            replace(call, idempotency=Idempotency(key, "two", str)),
            CreateAccount(login="b", name="乙", unit_id=home.id),
        )


@pytest.mark.race
def test_a_double_click_in_the_same_instant_acts_once(call):
    home = factories.unit(call)
    once = replace(call, idempotency=Idempotency(uuid.uuid4(), "accounts.create", lambda row: row.login))
    barrier = threading.Barrier(4)
    outcomes = []

    def press():
        barrier.wait()
        try:
            service_setup.create_account(once, CreateAccount(login="a", name="甲", unit_id=home.id))
            outcomes.append("done")
        except AlreadyDone as done:
            outcomes.append(done.location)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["a", "a", "a", "done"]
    with call.read() as session:
        assert queries.account_by_login(session, "a")


def test_a_page_of_an_older_version_changes_nothing(call):
    unit = factories.unit(call)
    change = KeepUnit(
        code="swj", name="商务局", kind=UnitKind.DEPARTMENT, unit_id=unit.id, version=unit.version
    )
    service_setup.keep_unit(call, change)
    before = counts(call)
    with pytest.raises(OutOfDate):
        service_setup.keep_unit(call, replace(change, name="别的名"))
    assert counts(call) == before


@pytest.mark.race
def test_numbers_have_no_gap_and_none_is_given_twice(call):
    @command
    def take(tx, *, fail):
        number = next_number(tx, "trip 2026")
        if fail:
            raise ZeroDivisionError
        return number

    taken = []

    def work(fail):
        try:
            taken.append(take(call, fail=fail))
        except ZeroDivisionError:
            taken.append(None)

    threads = [threading.Thread(target=work, args=(n % 3 == 0,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(n for n in taken if n) == list(range(1, 9))


def test_what_a_savepoint_takes_back_leaves_no_log_entry(call):
    @command
    def half(tx):
        service_setup.keep_unit.within(tx, KeepUnit(code="kept", name="留下", kind=UnitKind.DEPARTMENT))
        gone = KeepUnit(code="gone", name="撤回", kind=UnitKind.DEPARTMENT)
        with pytest.raises(ZeroDivisionError):
            fail_after(tx, gone)

    def fail_after(tx, cmd):
        with tx.savepoint():
            service_setup.keep_unit.within(tx, cmd)
            raise ZeroDivisionError

    units, entries, _told = counts(call)
    half(call)
    assert counts(call)[:2] == (units + 1, entries + 1)
