"""Sixty changes made with every right on the database, under a checkpoint the auditor already holds.

Each is found by the verification program on a package made afterwards, or by the check of the whole log; the
auditor's own checkpoint is the only thing the person at the database cannot reach.
"""

import io
import random
import uuid
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
import sqlalchemy as sa

from tests.service.audit.mutations import ENTRIES, MUTATIONS, cut, entry_at, forged, rehash, unguarded
from webapp.audit import verify
from webapp.audit.models import AuditCheckpoint, AuditHead, AuditLeaf, AuditTile
from webapp.audit.reconcile import LiveRow, Reconciler
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.audit.service_check import check
from webapp.audit.states import Fault
from webapp.console import facts, health
from webapp.console.rules import Verdict
from webapp.core.errors import NotAllowedNow
from webapp.core.events import Event, Subject, detail, figure
from webapp.core.i18n import N_
from webapp.core.ledger import AuditEntry, AuditPending, AuditSalt
from webapp.core.tx import command
from webapp.digests import package, service


@dataclass(frozen=True, kw_only=True)
class CaseMoved(Event):
    name: ClassVar[str] = "case.moved"
    label: ClassVar[str] = N_("测试")
    persons: int = figure()
    text: str = detail("")


@dataclass
class Office:
    """The log of a few cases, the cases' live rows, and what the auditor has in the safe."""

    call: object
    trusted: str = ""
    digest: object = None
    rows: dict = field(default_factory=dict)

    def reconcilers(self):
        live = [
            LiveRow(key=str(key), version=version, fields={"state": state})
            for key, (version, state) in self.rows.items()
        ]
        return [Reconciler("case", lambda _session: live, kind="case")]


@command
def move(tx, office, cases, numbers, states):
    for number in numbers:
        case, version, state = (
            cases[number % len(cases)],
            number // len(cases) + 1,
            states[number % len(states)],
        )
        about = Subject("case", case, version, "swj", f"案{number}")
        tx.record(
            CaseMoved(about=about, persons=number, text=f"外事 {number}", changes={"state": ("", state)})
        )
        office.rows[case] = (version, state)


@pytest.fixture
def office(call, clock):
    made = Office(call)
    cases = [uuid.uuid4() for _ in range(8)]
    move(call, made, cases, range(ENTRIES), ["draft", "in_review", "approved"])
    clock.set(clock.now().replace(month=4, day=1))
    made.digest = service.build(call, "2026-03")
    sequence(call)
    made.trusted = sign_head(call, at_once=True)
    move(call, made, cases, range(ENTRIES, ENTRIES + 8), ["closed"])  # life goes on after the auditor's visit
    sequence(call)
    sign_head(call, at_once=True)
    return made


def found_by_package(office, tmp_path, capsys):
    """Run the program on a package of now, as the auditor does; return its complaints."""
    path, trusted = tmp_path / "digest.zip", tmp_path / "checkpoint.txt"
    trusted.write_text(office.trusted, "utf-8")
    out = io.BytesIO()
    try:
        package.write(office.call, office.digest, out)
    except NotAllowedNow:
        return ["no signed head"]
    path.write_bytes(out.getvalue())
    code = verify.main([str(path), "--trusted", str(trusted)])
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert bool(code) == bool(said)
    return said


def found_by_check(office):
    return check(office.call, office.reconcilers(), [office.trusted]).problems


def test_an_untouched_log_passes_both_checks(office, tmp_path, capsys):
    assert found_by_package(office, tmp_path, capsys) == []
    assert found_by_check(office) == ()


@pytest.mark.parametrize("kind", MUTATIONS)
def test_a_change_behind_the_program_s_back_is_found(office, kind, tmp_path, capsys):
    rows, before = dict(office.rows), snapshot(office.call.db)
    for seed in range(6):
        with unguarded(office.call.db) as session:
            MUTATIONS[kind](office, session, random.Random(f"{kind}-{seed}"), seed)
        by_package, by_check = found_by_package(office, tmp_path, capsys), found_by_check(office)
        assert by_check, f"the check of the whole log found nothing ({kind}, {seed})"
        if kind not in {"live_row", "body"} and not (kind == "insert" and seed % 2):
            assert by_package, f"the verification program found nothing ({kind}, {seed})"
        restore(office.call.db, before)
        office.rows = dict(rows)
    assert found_by_check(office) == ()


TABLES = [
    model.__table__
    for model in (AuditEntry, AuditSalt, AuditPending, AuditLeaf, AuditTile, AuditHead, AuditCheckpoint)
]


def snapshot(db):
    with db.read() as session:
        return [[dict(row) for row in session.execute(sa.select(table)).mappings()] for table in TABLES]


def restore(db, before):
    """The database as it was: a new one for each of the sixty changes would only cost time."""
    with unguarded(db) as session:
        for table in reversed(TABLES):
            session.execute(sa.delete(table))
        for table, rows in zip(TABLES, before, strict=True):
            if rows:
                session.execute(sa.insert(table), rows)


def test_the_first_bad_entry_is_named(office, tmp_path, capsys):
    with unguarded(office.call.db) as session:
        entry = entry_at(session, 17)
        entry.public = entry.public | {"result": "refused"}
    report = check(office.call, office.reconcilers())
    assert report.first_bad == 17
    assert report.problems[0].fault is Fault.ENTRY_ALTERED
    assert any("第 17 号" in line for line in found_by_package(office, tmp_path, capsys))


def test_a_database_put_back_is_found_by_the_folder_of_keys_alone(office):
    with unguarded(office.call.db) as session:
        cut(session, 20)
    faults = {problem.fault for problem in check(office.call).problems}
    assert Fault.CUT_OFF in faults


def test_a_head_signed_with_another_key_is_not_believed(office, tmp_path, capsys):
    folder = office.call.ports.need_key_dir()
    (folder / "log-signing.key").unlink()
    with unguarded(office.call.db) as session:
        entry_at(session, 3).public = forged(entry_at(session, 3).public, random.Random(1))
        rehash(session)
        session.execute(sa.delete(AuditCheckpoint))
    move(office.call, office, [uuid.uuid4()], range(1), ["draft"])
    sequence(office.call)
    sign_head(office.call, at_once=True)
    said = found_by_package(office, tmp_path, capsys)
    assert any("same key" in line for line in said)
    assert any("rolled back" in line for line in said)


CHANGES = [
    "UPDATE audit_entry SET unit = 'jyj'",
    "DELETE FROM audit_entry",
    "UPDATE audit_leaf SET hash = hash",
    "DELETE FROM audit_leaf",
    "UPDATE audit_checkpoint SET note = ''",
    "DELETE FROM audit_checkpoint",
    "UPDATE audit_check SET problem_count = 0",
    "DELETE FROM audit_check",
    "UPDATE audit_salt SET field = 'x'",
    "UPDATE audit_pending SET entry_id = entry_id",
    "UPDATE audit_head SET size = size - 1",
    "DELETE FROM audit_head",
    "UPDATE audit_tile SET hashes = substr(hashes, 33)",
    "DELETE FROM audit_tile",
]


def test_the_log_s_tables_refuse_every_change_even_of_their_owner(office):
    move(office.call, office, [uuid.uuid4()], range(1), ["draft"])  # one that waits for its number
    assert found_by_check(office) == ()
    changes = CHANGES if office.call.db.is_sqlite else [*CHANGES, "TRUNCATE audit_leaf, audit_entry CASCADE"]
    for change in changes:
        with (
            pytest.raises(sa.exc.DBAPIError, match="the log only grows"),
            office.call.db.engine.begin() as connection,
        ):
            connection.exec_driver_sql(change)
    with office.call.db.engine.begin() as connection:  # erasing a person is deleting the salt
        assert connection.exec_driver_sql("DELETE FROM audit_salt WHERE field = ''").rowcount > ENTRIES


@pytest.mark.own_database  # what is taken away here would be missing for the next test
def test_a_trigger_taken_away_switched_off_or_emptied_is_reported(office):
    sqlite = office.call.db.is_sqlite
    acts = {
        "audit_entry_refuses_update": [
            "DROP TRIGGER audit_entry_refuses_update" + ("" if sqlite else " ON audit_entry")
        ],
        "audit_leaf_refuses_delete": [
            "DROP TRIGGER audit_leaf_refuses_delete",
            "CREATE TRIGGER audit_leaf_refuses_delete BEFORE DELETE ON audit_leaf BEGIN SELECT 1; END",
        ]
        if sqlite
        else ["ALTER TABLE audit_leaf DISABLE TRIGGER audit_leaf_refuses_delete"],
    }  # fmt: skip
    with office.call.db.engine.begin() as connection:
        for statement in [statement for several in acts.values() for statement in several]:
            connection.exec_driver_sql(statement)
    found = found_by_check(office)
    assert {(problem.fault, problem.what) for problem in found} == {
        (Fault.TRIPWIRE_GONE, name) for name in acts
    }
    folder = office.call.ports.need_key_dir()
    site = facts.Site(folder, folder, folder)
    seen = health.checks(facts.collect(office.call.db, office.call.clock.now(), site))
    verdicts = {check.key: check.verdict for check in seen}
    assert verdicts["tripwires"] is Verdict.BROKEN
