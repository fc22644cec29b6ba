"""Canary numbers go in through the pages; afterwards no byte the office keeps or gives away holds one in the open.

Looked through: the database's own files and what is written ahead of them, every column of every table, mails, exports,
the evidence package with bodies, the stored files, a backup, the log of the process. The broker carries no arguments at
all (`tests/arch/test_tasks.py`).
"""

import base64
import logging
import os
import subprocess
import tarfile
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests import cases
from tests.trip_stories import Office, Plan, draft, explain
from webapp.accounts.models import Account
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.core.clock import SHANGHAI
from webapp.core.permissions import Role
from webapp.digests import package, service
from webapp.notifications.service_deliver import drain
from webapp.operations import dumps
from webapp.operations.backup import backup
from webapp.people.rules import is_id_number
from webapp.runtime import make_mailer, make_post

CORES = {"handed out": "73519024", "registered": "86420957", "of a detained person": "59137248"}
ID = next(n for last in "0123456789X" if is_id_number(n := f"99999919010129483{last}"))
CANARIES = [*CORES.values(), ID]


INCIDENT = {
    "tile": "detained", "measure": "criminal_detention", "country": "JP", "started_at": "2026-03-02T08:00",
    "person_count": "1", "place": "滨河路派出所", "reporter": "王警官", "reporter_phone": "0000-110", "account": "",
}  # fmt: skip


def disguises(number):
    """The number's bytes in the open: plain, both UTF-16, hexadecimal, base64 at each of its three places."""
    plain = number.encode()
    yield plain
    yield number.encode("utf-16-le")
    yield number.encode("utf-16-be")
    yield plain.hex().encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        # What stands beside it colours the characters at both ends.
        yield coded[(0, 2, 3)[shift] : (shift + len(plain)) * 8 // 6]


MARKS = {mark: number for number in CANARIES for mark in disguises(number)}


def found_in(data):
    return sorted({number for mark, number in MARKS.items() if mark in data})


def leaks(places):
    return {name: found for name, data in places if (found := found_in(data))}


def below(folder):
    return ((str(path), path.read_bytes()) for path in sorted(Path(folder).rglob("*")) if path.is_file())


def every_column(database):
    with database.engine.connect() as connection:
        for table in sa.inspect(database.engine).get_table_names():
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()
            yield table, b"\n".join(str(value).encode() for row in rows for value in row)
            raw = [value for row in rows for value in row if isinstance(value, bytes | memoryview)]
            yield f"{table}, bytes", b"\n".join(bytes(value) for value in raw)


def own_files(database, began):
    """What the server keeps on disk of this database, with the log written ahead since the test began."""
    if database.is_sqlite:
        for tail in ("", "-wal"):
            yield f"database{tail}", Path(f"{database.url.database}{tail}").read_bytes()
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
        home = Path(connection.exec_driver_sql("SHOW data_directory").scalar())
        number = connection.exec_driver_sql(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).scalar()
        last = connection.exec_driver_sql("SELECT pg_walfile_name(pg_current_wal_lsn())").scalar()
    if os.access(home, os.R_OK | os.X_OK):  # a server of our own, on this machine
        yield from below(home / "base" / str(number))
        for segment in sorted((home / "pg_wal").glob("[0-9A-F]*")):
            if began <= segment.name <= last and segment.is_file():
                yield segment.name, segment.read_bytes()


@pytest.fixture
def began(database):
    if database.is_sqlite:
        return ""
    with database.engine.connect() as connection:
        return connection.exec_driver_sql("SELECT pg_walfile_name(pg_current_wal_lsn())").scalar()


def typed_in(call, client, make_actor, clock):
    """Every page that takes a number takes one, a refused one too; the last answer that shows it is masked."""
    office = Office(call, make_actor)
    ready = draft(office.clerk, Plan(members=2, exit_on=date(2026, 4, 13), entry_on=date(2026, 4, 17)))
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    clerk, custodian = client(Role.CLERK, login="canaryclerk"), client(Role.PASSPORT_CUSTODIAN)
    with call.read() as session:
        unit_id = session.scalars(sa.select(Account.unit_id).where(Account.login == "canaryclerk")).one()
    person = {
        "name": "林致远", "unit_id": str(unit_id), "post": "处长", "rank": "division", "employment": "serving",
        "id_number": ID, "is_active": "true",
    }  # fmt: skip
    address = clerk.post("/people", data=person).location
    passport = {"kind": "public_affairs", "number": f"PE{CORES['registered']}", "expires_on": "2030-01-01"}
    assert clerk.post(f"{address}/passports", data=passport).status_code == 303
    assert clerk.post(f"{address}/passports", data=passport | {"expires_on": "tomorrow"}).status_code == 422
    assert clerk.post("/people", data=person | {"name": ""}).status_code == 422
    assert not found_in(clerk.get(address).data)
    cases.office(call)
    duty = client(Role.INCIDENT_LEAD, unit="wb")
    number = duty.post("/incidents", data=INCIDENT).location.rpartition("/")[2]
    stranger = {"country": "US", "name": "Mary Ann", "passport_no": CORES["of a detained person"]}
    assert duty.post(f"/incidents/{number}/persons", data=stranger | {"country": ""}).status_code == 422
    assert duty.post(f"/incidents/{number}/persons", data=stranger).status_code == 303
    page = duty.get(f"/incidents/{number}")
    assert "59****48" in page.text
    assert not found_in(page.data)
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    office.through_the_unit(trip)
    office.through_the_office(trip)
    clock.set(datetime(2026, 4, 10, 10, tzinfo=SHANGHAI))
    custodian = client(Role.PASSPORT_CUSTODIAN)
    out = {"on_day": "2026-04-10", "passport_number": f"pe {CORES['handed out']}", "expires_on": "2030-01-01"}
    assert custodian.post(f"/passports/{trip.ref}/1/out", data=out).status_code == 303
    assert not found_in(custodian.get("/passports").data)


def carried_on(call, runtime, client, clock):
    """What happens of itself afterwards: mails, numbers in the log, a digest; and what people take away."""
    drain(call, make_post(runtime.settings), make_mailer(runtime.settings))
    clock.set(datetime(2026, 5, 1, 2, tzinfo=SHANGHAI))
    digest = service.build(call, "2026-04")
    sequence(call)
    sign_head(call, at_once=True)
    drain(call, make_post(runtime.settings), make_mailer(runtime.settings))
    return digest


def test_no_passport_or_id_number_lies_anywhere_in_the_open(
    call, client, make_actor, runtime, tmp_path, caplog, began
):
    caplog.set_level(logging.DEBUG)
    database, clock = call.db, call.clock
    typed_in(call, client, make_actor, clock)
    digest = carried_on(call, runtime, client, clock)
    taken = tmp_path / "taken"
    taken.mkdir()
    with (taken / "package.zip").open("wb") as out:
        package.write(call, digest, out, bodies=True)
    with zipfile.ZipFile(taken / "package.zip") as made:
        made.extractall(taken / "package")
    auditor = client(Role.AUDITOR)
    for kind in ("csv", "json", "html"):
        answer = auditor.post("/audit/digests/2026-04/download", data={"file": kind, "edition": "1"})
        (taken / f"digest.{kind}").write_bytes(answer.data)
    url = database.url.render_as_string(hide_password=False)
    backup(
        taken / "b.tar.gz", database_url=url, data_dir=tmp_path, now=clock.now(), environment=dict(os.environ)
    )
    with tarfile.open(taken / "b.tar.gz") as tar:
        tar.extractall(taken / "backup", filter="data")
    if not database.is_sqlite:  # the dump is packed: what it says is read as its own tool unpacks it
        dump = taken / "backup" / dumps.POSTGRES_NAME
        (taken / "dump.sql").write_bytes(
            subprocess.check_output([dumps._find("pg_restore"), "--file=-", dump])
        )
    assert len(list((tmp_path / "mail").rglob("*.eml"))) > 0
    assert leaks(below(tmp_path)) == {}
    assert leaks(every_column(database)) == {}
    assert leaks(own_files(database, began)) == {}
    assert found_in(caplog.text.encode()) == []
    with database.write() as session:  # and one laid open there would have been found
        session.execute(sa.text("UPDATE unit SET name = :number"), {"number": f"单位 {CANARIES[0]}"})
        session.commit()
    assert leaks(every_column(database)) == {"unit": [CANARIES[0]]}
    assert not database.is_sqlite or leaks(own_files(database, began))


def test_the_search_itself_finds_a_number_in_every_disguise():
    for number in CANARIES:
        held = {mark: found_in(b"\xff" + mark + b"\xff") for mark in disguises(number)}
        assert set(map(tuple, held.values())) == {(number,)}
        for before in (b"", b"x", b"xy"):
            assert found_in(base64.b64encode(before + number.encode() + b"zz")) == [number]
