"""An auditor reads a digest, downloads it and checks it on another machine; others see what is theirs."""

import subprocess
import sys
import zipfile

import pytest
import sqlalchemy as sa

from tests import factories
from tests.service.audit.mutations import unguarded
from webapp.audit.models import AuditLeaf
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.core.clock import SHANGHAI
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.digests import service


@pytest.fixture
def march(call, clock):
    """A digest of March over the entries that making a few accounts leaves."""
    for login in ("wangyf", "lizy"):
        factories.account(call, login, Role.CLERK)
    clock.set(clock.now().astimezone(SHANGHAI).replace(month=4, day=1, hour=2))
    return service.build(call, "2026-03")


def test_the_list_says_whether_the_record_is_whole(client, call, march):
    browser = client(Role.AUDITOR)
    assert "还没有核对过" in browser.get("/audit/digests").text
    assert browser.post("/audit/digests/check").status_code == 303
    page = browser.get("/audit/digests").text
    assert "记录完整，未被改动" in page
    assert "2026-03" in page


def test_a_change_behind_the_program_s_back_turns_the_page_red_and_downloads_stay_open(client, call, march):
    browser = client(Role.AUDITOR)
    with unguarded(call.db) as session:
        first = sa.select(AuditLeaf.entry_id).where(AuditLeaf.number == 0).scalar_subquery()
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.id == first)).one()
        entry.public = {**entry.public, "result": "refused"}
    browser.post("/audit/digests/check")
    page = browser.get("/audit/digests").text
    assert "verify-bad" in page
    assert "从第 0 号起不一致" in page
    assert browser.post("/audit/digests/2026-03/download", data={"file": "csv"}).status_code == 200


def test_an_auditor_checks_the_package_offline_with_the_mailed_checkpoint(client, call, march, tmp_path):
    trusted = tmp_path / "checkpoint.txt"
    trusted.write_text(sign_head(call, at_once=True), "utf-8")
    browser = client(Role.AUDITOR)
    page = browser.get("/audit/digests/2026-03?edition=1").text
    assert "证据包" in page
    answer = browser.post("/audit/digests/2026-03/download", data={"file": "package", "edition": "1"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="digest-2026-03-1.zip"'
    package = tmp_path / "digest.zip"
    package.write_bytes(answer.data)
    with zipfile.ZipFile(package) as made:
        made.extract("verify.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", tmp_path / "verify.py", package, "--trusted", trusted],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "everything holds" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
    assert "digest-2026-03" not in done.stderr


def test_who_took_what_is_shown(client, march):
    browser = client(Role.AUDITOR, name="周致远")
    browser.post("/audit/digests/2026-03/download", data={"file": "json"})
    page = browser.get("/audit/digests").text
    assert "周致远" in page
    assert "2026-03-1 json" in page


def test_what_is_not_there_is_not_found(client, march):
    browser = client(Role.AUDITOR)
    for path in ("2026-13", "2025-01", "0000-01", "2026-03/swj", "2026-03?edition=7"):
        assert browser.get(f"/audit/digests/{path}").status_code == 404
    answer = browser.post("/audit/digests/2026-03/download", data={"file": "../secret"})
    assert answer.status_code == 404


def test_a_head_of_a_unit_gets_no_package_of_everybody_s_entries(client, call, march):
    browser = client(Role.UNIT_HEAD, unit="swj")
    assert browser.get("/audit/digests/2026-03").status_code == 404
    service.build(call, "2026-03", scope="swj")
    assert "swj" in browser.get("/audit/digests").text
    own = browser.get("/audit/digests/2026-03/swj")
    assert own.status_code == 200
    assert 'value="package"' not in own.text
    answer = browser.post("/audit/digests/2026-03/swj/download", data={"file": "package"})
    assert answer.status_code == 404
    assert browser.post("/audit/digests/2026-03/swj/download", data={"file": "csv"}).status_code == 200


def test_nobody_else_sees_digests(client, march):
    assert client(Role.CLERK).get("/audit/digests").status_code == 403
    assert client(Role.UNIT_HEAD).get("/audit/digests/subscriptions").status_code == 403


def test_the_audit_administrator_keeps_the_subscriptions(client, call, march):
    auditor = factories.account(call, "shenji", Role.AUDITOR, name="钱若水")
    clerk = factories.account(call, "banshi", Role.CLERK)
    browser = client(Role.AUDIT_ADMIN)
    assert "还没有人订阅" in browser.get("/audit/digests/subscriptions").text
    assert (
        browser.post("/audit/digests/subscriptions", data={"account_id": str(auditor.id)}).status_code == 303
    )
    page = browser.get("/audit/digests/subscriptions").text
    assert "钱若水" in page
    refused = browser.post("/audit/digests/subscriptions", data={"account_id": str(clerk.id)})
    assert refused.status_code == 409
    end = page.split('action="/audit/digests/subscriptions/')[1].split('"')[0]
    assert browser.post(f"/audit/digests/subscriptions/{end}").status_code == 303
    assert "还没有人订阅" in browser.get("/audit/digests/subscriptions").text


def test_auditors_read_the_business_trail_and_the_audit_administrator_the_security_log(client, call, march):
    sequence(call)
    auditor, keeper = client(Role.AUDITOR), client(Role.AUDIT_ADMIN)
    business, security = auditor.get("/audit").text, keeper.get("/audit").text
    assert "生成摘要" in business
    assert "/audit/entries/0" not in business  # the making of a unit is of the security log
    assert "/audit/entries/0" in security
    assert auditor.get("/audit/entries/0").status_code == 404
    assert keeper.get("/audit/entries/0").status_code == 200
    assert client(Role.CLERK).get("/audit").status_code == 403


def test_an_entry_s_proof_is_small_and_names_its_place(client, call, march):
    sign_head(call, at_once=True)
    proof = client(Role.AUDIT_ADMIN).get("/audit/entries/3/proof.txt")
    assert proof.text.startswith("c2sp.org/tlog-proof@v1\nindex 3\n")
    assert len(proof.data) < 2000
    assert client(Role.AUDIT_ADMIN).get("/audit/entries/99999/proof.txt").status_code == 404


def test_the_pages_speak_english_too(client, march):
    browser = client(Role.AUDITOR)
    browser.set_cookie("lang", "en", domain="127.0.0.1")
    page = browser.get("/audit/digests/2026-03").text
    assert "Requests received" in page
