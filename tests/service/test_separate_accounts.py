"""PostgreSQL with separate accounts: the office adds to the log and cannot change it, the sequencer alone numbers.

Each account connects as itself and tries what it must not; then the office works with them.
"""

import uuid
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from tests.conftest import PG, admin
from tests.trip_stories import Office, draft, explain
from webapp.audit import queries as log
from webapp.audit.keys import LogKeys
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.audit.service_check import check
from webapp.audit.service_keys import add_key
from webapp.console import facts, health
from webapp.console.rules import Verdict
from webapp.core.db import Base, Database
from webapp.core.errors import NotAllowedNow
from webapp.digests import service as digests
from webapp.operations import rights
from webapp.trips.states import TripState

pytestmark = [
    pytest.mark.own_database,
    pytest.mark.skipif(not PG, reason="no PostgreSQL: accounts are its own"),
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
]

LOG_TABLES = ("audit_entry", "audit_salt", "audit_pending", "audit_check")
TREE_TABLES = ("audit_leaf", "audit_tile", "audit_head", "audit_checkpoint")


@pytest.fixture
def accounts(database):
    made = rights.Accounts(f"t{uuid.uuid4().hex[:8]}")
    rights.lay_down(database, made)
    yield made
    owner = database.engine
    with owner.begin() as connection:
        for name in made.every:
            connection.exec_driver_sql(f'DROP OWNED BY "{name}"')
    for name in made.every:
        admin(f'DROP ROLE "{name}"')


@pytest.fixture
def connect(database, accounts):
    """`connect('web')`: the office's database as that account sees it."""
    opened = []

    def as_account(name):
        db = Database(
            database.url.set(username=f"{accounts.prefix}_{name}").render_as_string(hide_password=False)
        )
        opened.append(db)
        return db

    yield as_account
    for db in opened:
        db.dispose()


def refused(db, statement):
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        db.engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement)
    return True


def column(table):
    return next(iter(Base.metadata.tables[table].columns)).name


@pytest.mark.parametrize("name", ["web", "worker"])
def test_the_office_s_accounts_add_to_the_log_and_change_nothing_in_it(connect, name):
    db = connect(name)
    for table in (*LOG_TABLES, *TREE_TABLES):
        assert refused(db, f"DELETE FROM {table}")
        assert refused(db, f"UPDATE {table} SET {column(table)} = {column(table)}")
        assert refused(db, f"TRUNCATE {table} CASCADE")
        assert refused(db, f"DROP TABLE {table} CASCADE")
        assert refused(db, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for table in TREE_TABLES:
        assert refused(db, f"INSERT INTO {table} SELECT * FROM {table}")
    assert refused(db, "CREATE TABLE mine (id int)")
    assert refused(db, "UPDATE alembic_version SET version_num = '0001'")


def test_the_sequencer_s_account_sees_no_business_and_rewrites_no_entry(connect):
    db = connect("log")
    for table in ("trip", "incident", "account", "passport", "mail"):
        if table in Base.metadata.tables:
            assert refused(db, f"SELECT * FROM {table}")
    assert refused(db, "UPDATE audit_entry SET unit = unit")
    assert refused(db, "DELETE FROM audit_entry")
    assert refused(db, "TRUNCATE audit_leaf")


def test_the_office_works_with_them(call, connect, make_actor, clock, runtime):
    """A submission and a decision as the web's account, numbers and signed heads as the sequencer's."""
    web, worker, sequencer = (replace(call, db=connect(name)) for name in ("web", "worker", "log"))
    office = Office(web, make_actor)
    trip = draft(office.clerk)
    explain(office.clerk, trip.ref, "PLN-01")
    trip = office.submit(trip)
    assert sequence(web) == 0
    assert sequence(worker) == 0
    assert sign_head(worker, at_once=True) is None
    assert sequence(sequencer) > 0
    note = sign_head(sequencer, at_once=True)
    assert note is not None
    assert sign_head(web, at_once=True) == note
    office.notice(trip, date(2026, 3, 2))
    clock.set(clock.now().replace(day=10))
    office.confirm_notice(trip)
    office.sign(office.lead, trip)
    assert office.read(trip).state is TripState.IN_REVIEW
    assert sequence(sequencer) > 0
    assert check(worker, runtime.reconcilers()).problems == ()
    clock.set(clock.now().replace(month=4, day=1))
    sequence(sequencer)
    signed = sign_head(sequencer, at_once=True)
    digest = digests.build(worker, "2026-03")
    assert f"\n{digest.tree_size}\n" in signed, "the worker builds from the newest signed head"


def test_doctor_and_the_digests_page_know_which_guarantee_holds(call, connect, tmp_path, app):
    office = replace(call, db=connect("web"))
    keys = LogKeys(tmp_path / "log")
    keys.signers()
    site = facts.Site(tmp_path, tmp_path / "keys", tmp_path / "log")
    with office.read() as session:
        seen = log.guard(session, keys)
        assert not seen.may_change_entries
        assert not seen.may_write_tree
    with call.read() as session:
        assert not log.guard(session, keys).holds
    found = {check.key: check for check in health.checks(facts.collect(call.db, call.clock.now(), site))}
    assert found["guard"].verdict is Verdict.LOOK


def test_an_account_that_may_not_number_cannot_change_the_key(call, connect, tmp_path):
    web = replace(call, db=connect("web"))
    with pytest.raises(NotAllowedNow, match="not_the_sequencer"):
        add_key(web)


def test_rights_may_be_laid_down_again_while_the_office_works(database, accounts, connect):
    web = connect("web")
    with web.engine.connect() as connection:
        before = connection.scalar(sa.text("SELECT count(*) FROM audit_entry"))
        rights.lay_down(database, accounts)
        assert connection.scalar(sa.text("SELECT count(*) FROM audit_entry")) == before
    assert refused(web, "DELETE FROM audit_entry")
