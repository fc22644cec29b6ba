"""A night on duty and the month's end: registered on a phone, the clock rings, closed, checked by an auditor."""

import subprocess
import sys
import zipfile
from datetime import datetime, timedelta

import pytest

from tests import cases
from tests.browser.conftest import PHONE
from tests.browser.journey import PostOffice, fill, path_of
from tests.sink import Sink
from webapp.core.clock import SHANGHAI
from webapp.core.permissions import Role
from webapp.deadlines import service_scan
from webapp.digests import service as digests
from webapp.digests.commands import Subscribe

pytestmark = pytest.mark.browser
I01 = {
    "tile": "detained",
    "measure": "criminal_detention",
    "country": "JP",
    "started_at": "2026-09-30T16:00",
    "place": "江海市云台区滨河路派出所",
    "reporter": "滨河路派出所",
    "reporter_phone": "0000-110",
}
TOLD = {"told": "省外办", "means": "phone"}


@pytest.fixture
def post_office(call, runtime):
    with Sink() as sink:
        yield PostOffice(call, runtime.settings, sink)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def register(visit, duty):
    with visit(duty, size=PHONE, theme="dark") as phone:
        phone.go("/incidents/new?kind=detained&nat=JP")
        fill(phone.page, I01)
        phone.page.locator(".signbar button[type=submit]").click()
        phone.page.wait_for_load_state("load")
        assert phone.complaints == []
        return path_of(phone.page).rpartition("/")[2]


def do(visit, number, panel, words, values):
    """Open one of the case's forms, fill it, send it."""
    visit.go(f"/incidents/{number}?do={panel}")
    fill(visit.page, values)
    visit.page.locator("#panel").get_by_role("button", name=words).click()
    visit.page.wait_for_load_state("load")


def ring(call):
    while service_scan.scan(call).more:
        continue


def test_i01_from_the_phone_to_the_closed_case(visit, person, call, clock, post_office):
    cases.office(call)
    clock.set(at("2026-09-30T17:00"))
    duty = person("zhanghang", Role.DUTY_OFFICER, unit="wb")
    lead = person("limei", Role.INCIDENT_LEAD, unit="wb")
    for account in (duty, lead):
        with visit(account):
            pass
    number = register(visit, duty)
    with visit(lead) as desk:
        desk.go(f"/incidents/{number}")
        words = desk.page.inner_text("main")
        assert "10-04" in words  # the treaty's day ends at 24:00 of the fourth day after
        assert "10-02" in words  # 48 hours to the provincial police
    clock.set(at("2026-10-04T10:00"))
    ring(call)
    subjects = [subject for to, subject in post_office.deliver()]
    assert [s for s in subjects if "剩" in s or "已过" in s], subjects
    with visit(lead) as desk:
        desk.go(f"/incidents/{number}?do=notice")
        for value in desk.page.locator('select[name="deadline_id"] option').evaluate_all(
            "os => os.map(o => o.value)"
        ):
            receipt = {"name": "回执.pdf", "mimeType": "application/pdf", "buffer": cases.PDF}
            given = {
                "deadline_id": value,
                "done_at": "2026-10-04T10:00",
                "source": "市公安局",
                "file": receipt,
            }
            do(desk, number, "notice", "登记已通报", TOLD | given)
        do(desk, number, "report", "登记报告", TOLD | {"duty": "first_report", "sent_at": "2026-10-04T10:00"})
        do(desk, number, "level", "定级别", {"level": "4", "secrecy": "normal", "reason": "核实"})
        do(desk, number, "end", "处置结束", {"ended_at": "2026-10-04T10:00"})
        do(desk, number, "report", "登记报告", TOLD | {"duty": "final_report", "sent_at": "2026-10-04T10:00"})
        # Its reports came late, so the case owes its lessons before it may be closed.
        do(desk, number, "report", "登记报告", TOLD | {"duty": "lessons", "sent_at": "2026-10-04T10:00"})
        do(desk, number, "close", "结案", {})
        desk.go(f"/incidents/{number}")
        assert "已结案" in desk.page.inner_text("main")
        assert desk.complaints == []


def test_an_auditor_opens_the_mailed_digest_and_checks_it_without_us(
    visit, person, call, clock, post_office, tmp_path
):
    cases.office(call)
    clock.set(at("2026-09-30T17:00"))
    duty = person("zhanghang", Role.DUTY_OFFICER, unit="wb")
    auditor = person("fangyuan", Role.AUDITOR, unit="jh")
    for account in (duty, auditor):
        with visit(account):
            pass
    register(visit, duty)
    digests.subscribe(call, Subscribe(account_id=auditor, scope=""))
    clock.set(at("2026-10-01T01:05"))
    assert digests.build_due(call) >= 1
    clock.set(at("2026-10-08T08:30"))
    digests.publish_due(call, lambda _day: True)
    told = post_office.deliver()
    assert [s for to, s in told if to == "fangyuan@example.invalid" and "摘要" in s], told
    with visit(auditor) as desk:
        desk.go("/audit/digests")
        desk.go("/audit/digests/2026-09")
        with desk.page.expect_download() as download:
            desk.page.locator(
                'form:has(input[value="package"]) button, button[value="package"]'
            ).first.click()
        package = tmp_path / "digest.zip"
        download.value.save_as(package)
        held = desk.page.context.request.get(desk.address + "/audit/digests/checkpoint.txt")
        (tmp_path / "held.txt").write_bytes(held.body())
        assert desk.complaints == []
    with zipfile.ZipFile(package) as box:
        box.extract("verify.py", tmp_path)
    checked = subprocess.run(
        [sys.executable, str(tmp_path / "verify.py"), str(package)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    clock.advance(timedelta(hours=1))
