"""A backup brings back the whole office, and nothing that was altered on the way."""

import os
import shutil
import tarfile
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests import factories
from tests.conftest import admin, pg_url
from webapp.accounts import queries
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.audit.service_check import check
from webapp.audit.states import Fault
from webapp.core.clock import SystemClock
from webapp.core.db import Database
from webapp.core.permissions import Role
from webapp.core.vault import Vault
from webapp.operations import archive, dumps
from webapp.operations.backup import backup, restore


@pytest.fixture
def office(call, database, tmp_path):
    """An office with an account, an attachment on disk, and a sealed value only its own keys open."""
    home = tmp_path / "home"
    home.mkdir()
    factories.account(call, "linyue", Role.CLERK)
    sealed = Vault.at(home / "keys").seal("E12345678", "passport.number:1")
    (home / "files" / "ab").mkdir(parents=True)
    (home / "files" / "ab" / "abcdef").write_bytes(b"%PDF-1.7 invitation")
    (home / "logs").mkdir()
    (home / "logs" / "web.log").write_text("not part of a backup")
    return home, database.url.render_as_string(hide_password=False), sealed


@pytest.fixture
def empty_database(database, tmp_path):
    """Where the office comes back to: a database of the same kind without tables."""
    if database.is_sqlite:
        yield f"sqlite:///{tmp_path / 'back' / 'waishi.db'}"
        return
    name = f"waishi_{uuid.uuid4().hex[:12]}"
    admin(f'CREATE DATABASE "{name}"')
    yield pg_url(name)
    admin(f'DROP DATABASE "{name}" WITH (FORCE)')


def save(office, target):
    home, url, _ = office
    return backup(
        target, database_url=url, data_dir=home, now=SystemClock().now(), environment=dict(os.environ)
    )


def bring_back(source, url, folder):
    return restore(source, database_url=url, data_dir=folder, environment=dict(os.environ))


def test_an_office_comes_back_whole(office, empty_database, tmp_path):
    saved = save(office, tmp_path / "office.tar.gz")
    back = tmp_path / "back"
    assert bring_back(tmp_path / "office.tar.gz", empty_database, back) == saved

    db = Database(empty_database)
    with db.read() as session:
        assert queries.account_by_login(session, "linyue").email == "linyue@example.invalid"
        assert session.scalar(sa.text("SELECT count(*) FROM audit_entry")) > 0
    db.dispose()
    assert (back / "files" / "ab" / "abcdef").read_bytes() == b"%PDF-1.7 invitation"
    assert Vault.at(back / "keys").open(office[2], "passport.number:1") == "E12345678"
    assert not (back / "logs").exists()


def test_the_log_of_a_restored_office_holds_and_an_older_copy_is_found(
    office, call, runtime, empty_database, tmp_path
):
    home = office[0]
    living = replace(call, ports=replace(call.ports, key_dir=home / "keys"))
    sequence(living)
    before = sign_head(living, at_once=True)
    save(office, tmp_path / "office.tar.gz")
    factories.account(living, "late", Role.CLERK)
    sequence(living)
    after = sign_head(living, at_once=True)

    bring_back(tmp_path / "office.tar.gz", empty_database, tmp_path / "back")
    db = Database(empty_database)
    restored = replace(call, db=db, ports=replace(call.ports, key_dir=tmp_path / "back" / "keys"))
    whole = check(restored, runtime.reconcilers(), [before])
    assert whole.size > 0
    assert whole.problems == ()
    # An auditor who holds a newer checkpoint sees that a day is missing.
    assert Fault.CUT_OFF in {problem.fault for problem in check(restored, (), [after]).problems}
    db.dispose()


def test_a_checkpoint_signed_while_the_backup_runs_does_not_make_the_log_look_cut_off(
    office, call, empty_database, tmp_path, monkeypatch
):
    home = office[0]
    living = replace(call, ports=replace(call.ports, key_dir=home / "keys"))
    sequence(living)
    sign_head(living, at_once=True)
    copy = dumps.dump

    def dump_and_go_on(*words):
        done = copy(*words)
        factories.account(living, "late", Role.CLERK)
        sequence(living)
        sign_head(living, at_once=True)
        return done

    monkeypatch.setattr(dumps, "dump", dump_and_go_on)  # the office works on between the parts of the backup
    save(office, tmp_path / "office.tar.gz")
    bring_back(tmp_path / "office.tar.gz", empty_database, tmp_path / "back")
    db = Database(empty_database)
    restored = replace(call, db=db, ports=replace(call.ports, key_dir=tmp_path / "back" / "keys"))
    assert check(restored).problems == ()
    db.dispose()


def test_a_backup_is_readable_by_its_owner_alone_since_it_holds_the_keys(office, tmp_path):
    save(office, tmp_path / "office.tar.gz")
    assert (tmp_path / "office.tar.gz").stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.partial"))
    assert not list(tmp_path.glob("backup-*"))


def test_what_is_written_while_the_backup_runs_does_not_break_it(office, call, empty_database, tmp_path):
    with call.db.write() as session:
        session.execute(sa.text("UPDATE unit SET name = name"))  # a write transaction stands open meanwhile
        save(office, tmp_path / "office.tar.gz")
        session.rollback()
    bring_back(tmp_path / "office.tar.gz", empty_database, tmp_path / "back")
    db = Database(empty_database)
    with call.db.read() as living, db.read() as restored:
        assert [row.name for row in queries.units(restored)] == [row.name for row in queries.units(living)]
        assert queries.units(restored)
    db.dispose()


def test_an_altered_backup_is_refused_before_anything_is_written(office, empty_database, tmp_path):
    save(office, tmp_path / "office.tar.gz")
    unpacked = tmp_path / "unpacked"
    with tarfile.open(tmp_path / "office.tar.gz") as tar:
        tar.extractall(unpacked, filter="data")
    (unpacked / "data" / "files" / "ab" / "abcdef").write_bytes(b"%PDF-1.7 another invitation")
    with tarfile.open(tmp_path / "altered.tar.gz", "w:gz") as tar:
        for path in sorted(unpacked.rglob("*")):
            if path.is_file():
                tar.add(path, path.relative_to(unpacked).as_posix())
    with pytest.raises(archive.BadArchive, match="files/ab/abcdef is not what was saved"):
        bring_back(tmp_path / "altered.tar.gz", empty_database, tmp_path / "back")
    assert not (tmp_path / "back" / "files").exists()


def test_a_backup_cut_short_is_refused(office, empty_database, tmp_path):
    save(office, tmp_path / "office.tar.gz")
    whole = (tmp_path / "office.tar.gz").read_bytes()
    (tmp_path / "short.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(archive.BadArchive):
        bring_back(tmp_path / "short.tar.gz", empty_database, tmp_path / "back")


def test_no_living_office_is_overwritten(office, empty_database, tmp_path):
    save(office, tmp_path / "office.tar.gz")
    bring_back(tmp_path / "office.tar.gz", empty_database, tmp_path / "back")
    with pytest.raises(archive.BadArchive, match="already holds an office"):
        bring_back(tmp_path / "office.tar.gz", empty_database, tmp_path / "back")


def test_names_that_lead_out_of_the_folder_are_refused(tmp_path):
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "evil", "../outside")
    with pytest.raises(archive.BadArchive, match="outside"):
        archive.unpack(tmp_path / "evil.tar.gz", tmp_path / "into")
    assert not (tmp_path / "outside").exists()
    shutil.rmtree(tmp_path / "into", ignore_errors=True)


def restored_call(call, url, keys):
    return replace(call, db=Database(url), ports=replace(call.ports, key_dir=keys))


@pytest.mark.parametrize("own_folder", [False, True], ids=["one account", "separate accounts"])
def test_the_log_of_a_restored_office_holds_and_an_older_backup_is_told_from_a_newer_checkpoint(
    office, call, empty_database, tmp_path, own_folder
):
    home, url, _ = office
    keys = tmp_path / "log" if own_folder else home / "keys"
    own, back_own = (keys, tmp_path / "back-log") if own_folder else (None, None)
    here = replace(call, ports=replace(call.ports, key_dir=keys))
    sequence(here)
    older = sign_head(here, at_once=True)
    backup(
        tmp_path / "office.tar.gz", database_url=url, data_dir=home, now=SystemClock().now(),
        environment=dict(os.environ), log_key_dir=own,
    )  # fmt: skip
    factories.account(call, "later", Role.CLERK)
    sequence(here)
    newer = sign_head(here, at_once=True)

    back = tmp_path / "back"
    restore(
        tmp_path / "office.tar.gz", database_url=empty_database, data_dir=back, environment=dict(os.environ),
        log_key_dir=back_own,
    )  # fmt: skip
    there = restored_call(call, empty_database, back_own or back / "keys")
    assert check(there, trusted=[older]).problems == ()
    assert [problem.fault for problem in check(there, trusted=[newer]).problems] == [Fault.CUT_OFF]
    there.db.dispose()
