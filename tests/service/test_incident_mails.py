"""Who is woken, when, and with which words: from the registration to the consulate's receipt."""

import pytest
import sqlalchemy as sa

from tests import cases
from tests.cases import at
from webapp.accounts.models import Account
from webapp.audit.reconcile import reconcile
from webapp.core.permissions import Role
from webapp.deadlines.service_scan import scan
from webapp.incidents import service_close, service_people
from webapp.incidents.commands import HandOver, NamePerson, Step
from webapp.incidents.kinds import DutyKind, Tile
from webapp.incidents.reconcilers import RECONCILERS
from webapp.incidents.states import Level, Secrecy
from webapp.notifications.models import InboxItem, Mail
from webapp.notifications.render import Renderer
from webapp.notifications.service_relay import Post, relay
from webapp.runtime import event_routes

POST = Post(event_routes(), Renderer("http://127.0.0.1:8000", "江海市外办"), "jh.example")


@pytest.fixture
def people(call):
    """The chain on call and a lead, by what they are."""
    found = {
        "duty": cases.as_somebody(call, Role.DUTY_OFFICER, login="zhiban"),
        "chief": cases.as_somebody(call, Role.SECTION_CHIEF, login="chuzhang"),
        "director": cases.as_somebody(call, Role.FAO_DIRECTOR, login="zhuren"),
        "lead": cases.as_somebody(call, Role.INCIDENT_LEAD, login="limei"),
    }
    sent(call)  # that each of them was given a right
    return found


def sent(call):
    """(login, subject) of the mails the relay makes now; what was made before does not count again."""
    with call.read() as session:
        before = set(session.scalars(sa.select(Mail.id)))
    relay(call, POST, 1000)
    with call.read() as session:
        rows = session.execute(
            sa.select(Mail.id, Account.login, InboxItem.title)
            .join(InboxItem, Mail.item_id == InboxItem.id)
            .join(Account, Account.id == InboxItem.account_id)
        )
        return {(login, subject) for mail, login, subject in rows if mail not in before}


def rung(call, clock, when):
    """What the clock sends at a moment."""
    clock.set(at(when))
    scan(call)
    return sent(call)


def test_a_registration_wakes_the_chain_but_not_who_registered(call, clock, people):
    cases.registered(people["duty"], clock)
    subject = "[新案事件] 案 001 首报在计时"
    assert sent(call) == {("chuzhang", subject), ("zhuren", subject)}


def test_the_clock_of_i01_rings_for_the_first_report_and_for_the_consulate(call, clock, people):
    number = cases.registered(people["lead"], clock).number
    sent(call)
    first = {login for login, subject in rung(call, clock, "2026-09-30T18:00") if "首报" in subject}
    assert first == {"zhiban"}
    cases.report(people["duty"], number)
    cases.notice(people["lead"], number, DutyKind.POLICE_REPORT)
    cases.level(people["lead"], number, Level.L4)
    sent(call)
    # The ladder hangs on the internal target, 2026-10-04 16:00: the National Day holiday moves nothing.
    for when, words in (("2026-10-03T16:00", "24"), ("2026-10-04T10:00", "6"), ("2026-10-04T14:00", "2")):
        mails = {(login, subject) for login, subject in rung(call, clock, when) if subject.startswith("[剩")}
        assert ("limei", f"[剩 {words} 小时] 领事通报 {number}") in mails, when
    cases.notice(people["lead"], number, DutyKind.CONSULAR_NOTICE)
    sent(call)
    later = {subject for _, subject in rung(call, clock, "2026-10-04T18:00") if "领事通报" in subject}
    assert not later


def test_nobody_reading_wakes_the_section_chief_after_half_an_hour(call, clock, people):
    cases.registered(people["lead"], clock)
    sent(call)
    assert {login for login, _ in rung(call, clock, "2026-09-30T18:00")} == {"zhiban"}
    escalated = rung(call, clock, "2026-09-30T18:31")
    assert {login for login, subject in escalated if "无人查看" in subject} == {"chuzhang"}
    # The clock's own entries name the incident; its row still agrees with the log.
    with call.read() as session:
        assert list(reconcile(session, RECONCILERS)) == []


def test_a_grave_level_is_told_to_chief_and_director_and_a_light_one_to_nobody(call, clock, people):
    number = cases.registered(people["lead"], clock).number
    sent(call)
    cases.level(people["lead"], number, Level.L3)
    assert sent(call) == set()
    cases.level(people["lead"], number, Level.L2)
    subject = "[2 级案事件] 案 001"
    assert sent(call) == {("chuzhang", subject), ("zhuren", subject)}


def test_of_a_restricted_case_only_those_named_hear(call, clock, people):
    number = cases.registered(people["lead"], clock).number
    sent(call)
    cases.level(people["lead"], number, Level.L1, secrecy=Secrecy.RESTRICTED)
    assert {login for login, _ in sent(call)} <= {"limei"}
    service_people.name_person(people["lead"], NamePerson(number=number, version=None, login="zhuren"))
    assert ("zhuren", "[指定知情] 案 001") in sent(call)
    assert {login for login, _ in rung(call, clock, "2026-09-30T18:30")} <= {"limei", "zhuren"}


def test_the_new_lead_and_a_reopening_are_told(call, clock, people):
    number = cases.registered(people["lead"], clock, tile=Tile.VICTIM, measure=None).number
    cases.as_somebody(call, Role.INCIDENT_OFFICER, login="hejing")
    sent(call)
    service_people.hand_over(
        people["lead"], HandOver(number=number, version=None, login="hejing", reason="轮班")
    )
    assert ("hejing", "[由你负责] 案 001") in sent(call)
    cases.level(people["lead"], number)
    cases.report(people["lead"], number)
    cases.ended(people["lead"], number)
    cases.report(people["lead"], number, DutyKind.FINAL_REPORT)
    cases.closed(people["lead"], number)
    sent(call)
    service_close.reopen(people["director"], Step(number=number, version=None, reason="新情况"))
    assert ("chuzhang", "[重新打开] 案 001") in sent(call)


def test_no_mail_says_what_happened_to_whom_and_none_is_longer_than_twelve_lines(call, clock, people):
    number = cases.registered(people["duty"], clock, person_name="Mary Ann").number
    cases.level(people["lead"], number, Level.L1)
    sent(call)
    rung(call, clock, "2026-10-04T14:00")
    with call.read() as session:
        texts = session.scalars(sa.select(InboxItem.text).where(InboxItem.subject_kind == "incident")).all()
    assert len(texts) > 4
    for body in texts:
        for words in ("Mary", "日本", "拘留", "滨河路", "王警官"):
            assert words not in body
        assert len(body.split("——")[0].strip().splitlines()) <= 12


def test_an_alarm_to_many_costs_as_many_statements_as_one_to_few(call, clock, people, statements):
    def alarm():
        cases.registered(people["lead"], clock)
        with statements() as seen:
            told = sent(call)
        return len(seen), len(told)

    few, three = alarm()
    for number in range(3):
        cases.as_somebody(call, Role.DUTY_OFFICER, login=f"zhiban-{number}")
    sent(call)  # that each of them was given a right
    assert alarm() == (few, three + 3)
