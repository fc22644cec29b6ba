"""The office of these tests: people in all seats, furnished once and copied; a subject in the registry."""

import uuid
from dataclasses import replace

import pytest

from tests.conftest import START, admin, pg_url
from tests.service.approvals.acting import Acting
from tests.service.approvals.office import KIND, Office, RememberingSubject, furnish
from webapp.core.clock import FixedClock
from webapp.core.db import Database
from webapp.core.ports import Ports
from webapp.core.tx import SYSTEM, Call
from webapp.core.vault import Vault


def _furnished(url, keys):
    db = Database(url)
    furnish(Call(db=db, clock=FixedClock(START), actor=SYSTEM, ports=Ports(vault=Vault.at(keys))))
    if db.is_sqlite:
        with db.engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.dispose()


@pytest.fixture(scope="session")
def sqlite_template(sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("approvals_office")
    path = folder / "office.db"
    path.write_bytes(sqlite_template.read_bytes())
    _furnished(f"sqlite:///{path}", folder / "keys")
    return path


@pytest.fixture(scope="session")
def pg_template(pg_template, tmp_path_factory):
    name = f"waishi_office_{uuid.uuid4().hex[:8]}"
    admin(f'CREATE DATABASE "{name}" TEMPLATE "{pg_template}"')
    _furnished(pg_url(name), tmp_path_factory.mktemp("approvals_office_pg") / "keys")
    return name


@pytest.fixture
def subject():
    return RememberingSubject()


@pytest.fixture
def office(call, subject):
    ports = replace(call.ports, subjects={KIND: subject})
    return Office(replace(call, ports=ports), subject)


@pytest.fixture
def at_review(office, clock):
    """A request whose notice has run its days: the unit's foreign-affairs lead and finance are next."""
    subject_id = office.submit()
    office.confirm_notice(subject_id, clock)
    return subject_id


@pytest.fixture
def acting(office, clock, at_review):
    """The people around one request whose notice has run its days."""
    return Acting(office, clock, at_review)
