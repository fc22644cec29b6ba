"""A trip from draft to permit, its month's digest, and the check that sees what was changed in the tables."""

import json
from datetime import date, datetime
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from tests.trip_stories import Office, draft, explain
from webapp.audit import verify
from webapp.audit.cli import audit_group
from webapp.audit.reconcile import reconcile
from webapp.core.clock import SHANGHAI
from webapp.digests.cli import digest_group
from webapp.digests.queries import first_edition

CHANGES = {
    "the state of a trip": "UPDATE trip SET state = 'closed'",
    "the title that was signed": "UPDATE trip SET title = title || '（增加一站）'",
    "a member": "UPDATE trip_member SET name = '某人' WHERE id = (SELECT min(CAST(id AS TEXT)) FROM trip_member)",
    "a verdict": "UPDATE approval_decision SET verdict = 'reject'",
    "a decision": "DELETE FROM approval_decision",
    "the hash that was signed": "UPDATE approval_request SET content_hash = 'x'",
}


def run(group, runtime, *words):
    return CliRunner().invoke(group, [*map(str, words)], obj=SimpleNamespace(runtime=runtime))


@pytest.fixture
def permitted(call, clock, make_actor):
    office = Office(call, make_actor)
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    office.through_the_unit(trip)
    office.through_the_office(trip)
    clock.set(datetime(2026, 4, 1, 9, tzinfo=SHANGHAI))
    return trip


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_month_of_real_work_is_counted_and_checked(runtime, permitted, tmp_path, capsys):
    trusted, package = tmp_path / "checkpoint.txt", tmp_path / "digest.zip"
    trusted.write_text(run(audit_group, runtime, "checkpoint").output, "utf-8")
    built = run(digest_group, runtime, "build", "--period", "2026-03", "--package", package)
    assert built.output.startswith("2026-03 edition 1: ")
    assert verify.main([str(package), "--trusted", str(trusted)]) == 0, capsys.readouterr().out
    with runtime.db.read() as session:
        figures = json.loads(first_edition(session, "monthly", "2026-03", "").json_file)["figures"]["native"]
    assert figures["requests.received"] == {"trip": 1}
    assert figures["requests.concluded"] == {"trip": 1}
    assert figures["permits.issued"] == 1
    assert figures["permits.person_times"] > 1
    assert figures["zeros.own_request"] == figures["zeros.never_opened"] == figures["zeros.no_approval"] == []
    assert all(spread["n"] for spread in figures["decisions.minutes"].values())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_live_rows_that_differ_from_the_log_are_named_and_end_with_one(runtime, permitted):
    whole = run(audit_group, runtime, "verify")
    assert whole.exit_code == 0, whole.output
    assert "everything holds" in whole.output
    for what, statement in CHANGES.items():
        with runtime.db.write() as session:
            session.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
            session.execute(sa.text(statement))
            problems = _found(session, runtime)
            session.rollback()
        assert problems, f"{what} was not found"


def _found(session, runtime):
    return list(reconcile(session, runtime.reconcilers()))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_command_ends_with_one_and_names_what_is_wrong(runtime, permitted):
    assert run(audit_group, runtime, "verify").exit_code == 0
    with runtime.db.write() as session:
        session.execute(sa.text(CHANGES["the state of a trip"]))
        session.commit()
    bad = run(audit_group, runtime, "verify")
    assert bad.exit_code == 1
    assert "row_differs" in bad.output
    assert "first bad index: " in bad.output


def test_one_sentence_for_what_cannot_be_done(runtime):
    assert run(digest_group, runtime, "build", "--period", "2026-13").exit_code == 2
    assert run(digest_group, runtime, "build", "--period", "2026-03").exit_code == 1
    assert run(audit_group, runtime, "checkpoint").exit_code == 1
    assert run(audit_group, runtime, "proof", "0").exit_code == 1
