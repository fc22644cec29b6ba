"""The worked examples end to end: clocks started together, receipts entered, the case closed."""

import pytest
import sqlalchemy as sa

from tests import cases
from tests.cases import at
from webapp.core.errors import Invalid, RuleBroken
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.core.permissions import Role
from webapp.deadlines.states import DeadlineState
from webapp.incidents import service_consular
from webapp.incidents.commands import RecordOptOut, RequestVisit
from webapp.incidents.kinds import DutyKind, MeasureKind, Tile
from webapp.incidents.models import Incident, Measure, OptOut, Person
from webapp.incidents.rules import OptOutRefusal
from webapp.incidents.states import IncidentState, Level


def person_of(call, incident):
    with call.read() as session:
        return session.scalars(sa.select(Person).where(Person.incident_id == incident.id)).one()


def opt_out(call, incident, *, statement=True):
    cmd = RecordOptOut(
        number=incident.number,
        version=None,
        person_id=person_of(call, incident).id,
        signed_at=call.clock.now(),
        statement=cases.paper(call) if statement else None,
    )
    return service_consular.record_opt_out(call, cmd)


def test_i01_one_registration_starts_every_clock_with_exact_times(call, clock):
    duty = cases.as_somebody(call, Role.DUTY_OFFICER)
    incident = cases.registered(duty, clock)

    assert incident.number == "2026-001"
    owed = cases.duties(duty, incident.number)
    assert {kind: duty.due_at for kind, duty in owed.items()} == {
        DutyKind.FIRST_REPORT: at("2026-09-30T19:00"),
        DutyKind.POLICE_REPORT: at("2026-10-02T16:00"),
        DutyKind.CONSULAR_NOTICE: at("2026-10-05T00:00"),  # 2026-10-04 24:00
    }
    assert owed[DutyKind.CONSULAR_NOTICE].target_at == at("2026-10-04T16:00")
    assert not owed[DutyKind.CONSULAR_NOTICE].waivable
    with call.read() as session:
        actions = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.object_id == incident.id).order_by(AuditEntry.id)
        ).all()
        told = session.scalars(
            sa.select(OutboxMessage.event).where(OutboxMessage.subject_id == incident.id)
        ).all()
    assert actions.count("deadline.opened") == 3
    assert actions[0] == "incident.registered"
    assert told == ["incident.registered"]


def test_i01_from_the_phone_call_to_the_closed_case(call, clock):
    duty = cases.as_somebody(call, Role.DUTY_OFFICER)
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    number = cases.registered(duty, clock).number

    clock.set(at("2026-09-30T18:40"))
    cases.report(duty, number)
    clock.set(at("2026-09-30T19:30"))
    cases.level(lead, number, Level.L3)
    clock.set(at("2026-10-01T10:00"))
    cases.report(lead, number, DutyKind.FOLLOW_UP)
    clock.set(at("2026-10-02T09:00"))
    cases.notice(lead, number, DutyKind.POLICE_REPORT, "2026-10-01T15:00", source="市公安局出入境支队")
    clock.set(at("2026-10-04T11:00"))
    cases.notice(lead, number, DutyKind.CONSULAR_NOTICE, "2026-10-04T10:30", performer="省公安厅")
    cases.report(lead, number, DutyKind.FOLLOW_UP)
    cases.ended(lead, number)
    with pytest.raises(RuleBroken) as refusal:
        cases.closed(lead, number)
    assert refusal.value.details["duties"] == "终报、总结"
    cases.report(lead, number, DutyKind.FINAL_REPORT)
    cases.report(lead, number, DutyKind.LESSONS)
    incident = cases.closed(lead, number)

    assert incident.state is IncidentState.CLOSED
    states = {kind: duty.state for kind, duty in cases.duties(lead, number).items()}
    assert states[DutyKind.POLICE_REPORT] is DeadlineState.MET
    assert states[DutyKind.CONSULAR_NOTICE] is DeadlineState.MET
    assert DeadlineState.OPEN not in states.values()
    with call.read() as session:
        late = session.scalars(
            sa.select(AuditEntry.public).where(AuditEntry.action == "incident.report_filed")
        ).all()
    # The second follow-up was due 24 hours after the first; it came after 73.
    assert [entry["figures"]["late_minutes"] for entry in late] == [0, 0, (73 - 24) * 60, 0, 0]


def test_i02_the_consuls_visit_is_due_four_days_after_the_request(call, clock):
    clock.set(at("2025-01-01T00:00"))
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    incident = cases.registered(
        lead,
        clock,
        now="2025-01-27T08:00",
        country="KR",
        started="2025-01-27T00:00",
        measure=MeasureKind.ARREST,
    )
    clock.set(at("2025-02-01T09:00"))
    with call.read() as session:
        measure = session.scalars(sa.select(Measure)).one()
    asked = RequestVisit(
        number=incident.number, version=None, measure_id=measure.id, requested_at=at("2025-02-01T09:00")
    )
    service_consular.request_visit(lead, asked)

    owed = cases.duties(lead, incident.number)
    assert owed[DutyKind.CONSULAR_NOTICE].due_at == at("2025-02-01T00:00")  # 2025-01-31 24:00
    assert owed[DutyKind.CONSULAR_VISIT].due_at == at("2025-02-06T00:00")  # 2025-02-05 24:00


def test_i03_a_french_national_who_asks_in_writing_is_not_notified(call, clock):
    clock.set(at("2025-01-01T00:00"))
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    incident = cases.registered(
        lead,
        clock,
        now="2026-02-13T21:00",
        country="FR",
        started="2026-02-13T20:00",
        measure=MeasureKind.ADMINISTRATIVE_DETENTION,
    )
    owed = cases.duties(lead, incident.number)
    assert owed[DutyKind.POLICE_REPORT].due_at == at("2026-02-15T20:00")
    assert owed[DutyKind.CONSULAR_NOTICE].due_at == at("2026-02-21T00:00")  # 2026-02-20 24:00

    with pytest.raises(Invalid):
        opt_out(lead, incident, statement=False)
    assert opt_out(lead, incident).refusal is None
    owed = cases.duties(lead, incident.number)
    assert owed[DutyKind.CONSULAR_NOTICE].state is DeadlineState.WAIVED
    assert owed[DutyKind.POLICE_REPORT].state is DeadlineState.OPEN


@pytest.mark.parametrize(
    ("country", "refusal"),
    [
        ("US", OptOutRefusal.TREATY_MANDATORY),
        ("JP", OptOutRefusal.TREATY_MANDATORY),
        ("KR", OptOutRefusal.TREATY_MANDATORY),
        ("RU", OptOutRefusal.TERMS_UNKNOWN),
    ],
)
def test_where_a_treaty_says_so_the_wish_is_kept_refused_and_the_notice_stays_owed(
    call, clock, country, refusal
):
    clock.set(at("2025-01-01T00:00"))
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    incident = cases.registered(
        lead,
        clock,
        now="2026-02-13T21:00",
        country=country,
        started="2026-02-13T20:00",
        measure=MeasureKind.ADMINISTRATIVE_DETENTION,
    )
    assert opt_out(lead, incident).refusal is refusal
    assert cases.duties(lead, incident.number)[DutyKind.CONSULAR_NOTICE].is_open
    with call.read() as session:
        assert session.scalars(sa.select(OptOut.refusal)).all() == [refusal]
        figures = session.scalars(
            sa.select(AuditEntry.public).where(AuditEntry.action == "incident.opt_out_refused")
        ).one()
    assert (figures["result"], figures["figures"]["refusal"]) == ("refused", refusal.value)


def test_i04_a_death_starts_the_notice_of_death_alone(call, clock):
    clock.set(at("2025-01-01T00:00"))
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    incident = cases.registered(
        lead,
        clock,
        now="2025-10-01T04:00",
        country="AU",
        started="2025-10-01T03:20",
        tile=Tile.CASUALTY,
        measure=MeasureKind.DEATH,
    )
    owed = cases.duties(lead, incident.number)
    assert set(owed) == {DutyKind.FIRST_REPORT, DutyKind.DEATH_NOTICE}
    assert owed[DutyKind.DEATH_NOTICE].due_at == at("2025-10-06T00:00")  # 2025-10-05 24:00
    assert owed[DutyKind.DEATH_NOTICE].performer == "省公安厅"


@pytest.mark.parametrize("tile", [Tile.CASUALTY, Tile.VICTIM, Tile.LOST_DOCUMENT, Tile.DISPUTE])
def test_without_a_measure_only_the_first_report_is_owed(call, clock, tile):
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    incident = cases.registered(lead, clock, tile=tile, measure=None)
    assert set(cases.duties(lead, incident.number)) == {DutyKind.FIRST_REPORT}


def test_our_own_people_abroad_start_no_duty_towards_a_consulate(call, clock):
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    incident = cases.registered(lead, clock, tile=Tile.OWN_ABROAD, country="CN", measure=MeasureKind.ARREST)
    assert set(cases.duties(lead, incident.number)) == {DutyKind.FIRST_REPORT}


def test_what_lies_in_the_future_is_not_registered_and_a_detention_names_its_measure(call, clock, database):
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    for wrong, field in (({"started": "2026-09-30T17:01"}, "started_at"), ({"measure": None}, "measure")):
        with pytest.raises(Invalid) as refusal:
            cases.registered(lead, clock, **wrong)
        assert list(refusal.value.fields) == [field]
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Incident)) == 0


def test_numbers_of_a_year_have_no_gap_and_begin_anew(call, clock):
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)
    assert cases.registered(lead, clock).number == "2026-001"
    with pytest.raises(Invalid):
        cases.registered(lead, clock, measure=None)
    assert cases.registered(lead, clock).number == "2026-002"
    assert cases.registered(lead, clock, now="2027-01-01T00:30").number == "2027-001"
