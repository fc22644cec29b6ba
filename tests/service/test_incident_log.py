"""What the log keeps of incidents, what the mails say, and whom the clock wakes."""

import pytest
import sqlalchemy as sa

from tests import cases
from webapp.audit.reconcile import reconcile
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.incidents import service_close, service_people, service_report
from webapp.incidents.commands import AddPerson, HandOver, NamePerson, Step
from webapp.incidents.kinds import DutyKind
from webapp.incidents.models import Incident
from webapp.incidents.reconcilers import RECONCILERS


@pytest.fixture
def lead(call):
    return cases.as_somebody(call, Role.INCIDENT_LEAD, login="limei")


def differences(call):
    with call.read() as session:
        return list(reconcile(session, RECONCILERS))


@pytest.fixture
def whole_life(call, lead, clock):
    """A case with every kind of entry."""
    cases.as_somebody(call, Role.INCIDENT_OFFICER, login="hejing")
    number = cases.registered(lead, clock).number
    cases.level(lead, number)
    cases.report(lead, number)
    service_report.add_person(
        lead, AddPerson(number=number, version=None, country="US", passport_no="568912321")
    )
    service_people.name_person(lead, NamePerson(number=number, version=None, login="hejing"))
    service_people.hand_over(lead, HandOver(number=number, version=None, login="hejing", reason="轮班"))
    service_close.await_reply(lead, Step(number=number, version=None))
    for kind in (DutyKind.POLICE_REPORT, DutyKind.CONSULAR_NOTICE):
        cases.notice(lead, number, kind)
    cases.ended(lead, number)
    cases.report(lead, number, DutyKind.FINAL_REPORT)
    cases.closed(lead, number)
    return number


def test_the_rows_agree_with_the_log_after_a_whole_life(call, whole_life):
    assert differences(call) == []


@pytest.mark.parametrize(
    "change",
    [
        {"level": 1},
        {"version": 99},
        {"category": "traffic"},
        {"secrecy": "restricted"},
        {"state": "ended", "closed_at": None},
    ],
)
def test_a_row_changed_behind_the_programs_back_is_found(call, whole_life, database, change):
    with database.engine.begin() as connection:
        connection.execute(sa.update(Incident.__table__).values(**change))
    assert differences(call)


def test_no_entry_holds_a_passport_number_and_the_public_part_no_words(call, whole_life):
    with call.read() as session:
        entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.object_class == "incident")).all()
    assert len({entry.action for entry in entries}) > 12
    for entry in entries:
        assert "568912321" not in repr((entry.public, entry.body))
        for words in ("王警官", "滨河路", "轮班"):
            assert words not in repr(entry.public)


def test_each_figure_of_the_public_part_is_a_code_or_a_number(call, whole_life):
    with call.read() as session:
        entries = session.scalars(
            sa.select(AuditEntry.public).where(AuditEntry.action.startswith("incident."))
        ).all()
    for entry in entries:
        for name, value in entry["figures"].items():
            assert value is None or isinstance(value, int) or value.isascii(), name
