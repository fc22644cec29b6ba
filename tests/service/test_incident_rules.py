"""The numbers of an incident's clocks are the rulebook's: changed on the page, kept with the case as registered."""

from datetime import date

import pytest

from tests import cases
from tests.cases import at
from webapp import reference
from webapp.core.errors import Invalid
from webapp.core.permissions import Role
from webapp.incidents import service_consular
from webapp.incidents.commands import RequestVisit
from webapp.incidents.kinds import DutyKind, MeasureKind, Tile
from webapp.incidents.queries_detail import detail
from webapp.incidents.states import Level
from webapp.rulebook import queries, service
from webapp.rulebook.commands import ChangeRule
from webapp.rulebook.states import Confidence, Severity

DAY = date(2026, 9, 30)


@pytest.fixture
def chief(call, clock):
    cases.office(call)
    reference.install(call)
    clock.set(at("2026-09-30T08:00"))
    return cases.as_somebody(call, Role.SECTION_CHIEF)


@pytest.fixture
def duty(call, chief):
    return cases.as_somebody(call, Role.DUTY_OFFICER)


def own_edition(call, code, params, **more):
    """The office's own edition of a rule, from the day of the examples on."""
    with call.read() as session:
        held = queries.rule(session, code, DAY)
    values = {
        "params": {**held.params, **params},
        "severity": held.severity,
        "is_on": True,
        "citation": "江海市涉外突发事件信息报送办法",
        "confidence": Confidence.VERIFIED,
        "valid_from": DAY,
        "reason": "市里来文",
        "basis": "江应急〔2026〕9号",
        **more,
    }
    return service.change_rule(call, ChangeRule(code=code, **values))


def test_the_offices_own_hours_run_in_every_case_registered_after_they_were_set(chief, duty, clock):
    own_edition(chief, "INC-01", {"unset_level_hours": 1})
    own_edition(chief, "INC-03", {"hours": 24})

    owed = cases.duties(duty, cases.registered(duty, clock).number)

    assert owed[DutyKind.FIRST_REPORT].due_at == at("2026-09-30T18:00")
    assert owed[DutyKind.FIRST_REPORT].legal_source == "江海市涉外突发事件信息报送办法"
    assert owed[DutyKind.FIRST_REPORT].confidence is Confidence.VERIFIED
    assert owed[DutyKind.POLICE_REPORT].due_at == at("2026-10-01T16:00")


def test_a_case_keeps_the_hours_it_was_registered_under(call, chief, duty, clock):
    number = cases.registered(duty, clock).number
    own_edition(chief, "INC-01", {"hours_by_level": {"1": 1, "2": 1, "3": 1, "4": 1}})
    own_edition(chief, "INC-02", {"follow_up_hours_by_level": {"1": 1, "2": 1, "3": 1, "4": 1}})
    lead = cases.as_somebody(call, Role.INCIDENT_LEAD)

    cases.level(lead, number, Level.L4)
    assert cases.duties(lead, number)[DutyKind.FIRST_REPORT].due_at == at("2026-10-01T17:00")
    cases.report(lead, number)
    assert cases.duties(lead, number)[DutyKind.FOLLOW_UP].due_at == at("2026-10-01T17:00")

    later = cases.registered(duty, clock, now="2026-09-30T18:00").number
    cases.level(lead, later, Level.L4)
    assert cases.duties(lead, later)[DutyKind.FIRST_REPORT].due_at == at("2026-09-30T19:00")


def test_which_edition_of_which_rule_a_case_runs_by_is_kept_with_it(chief, duty, clock):
    own_edition(chief, "INC-06", {"unknown_terms_days": 2})
    row = cases.registered(duty, clock, country="RU")

    assert {code: rule["edition"] for code, rule in row.rules.items()} == {
        "INC-06": 2,
        **dict.fromkeys(["INC-01", "INC-02", "INC-03", "INC-04", "INC-07", "INC-08", "INC-09"], 1),
    }
    notice = cases.duties(duty, row.number)[DutyKind.CONSULAR_NOTICE]
    assert notice.due_at == at("2026-10-03T00:00")  # 2026-10-02 24:00
    assert notice.target_at == at("2026-10-02T16:00")


def test_without_a_treaty_the_shorter_of_the_rows_days_and_the_offices_ceiling_holds(chief, duty, clock):
    own_edition(chief, "INC-06", {"no_treaty_days": 5, "target_hours_per_day": 12})

    notice = cases.duties(duty, cases.registered(duty, clock, country="FR").number)[DutyKind.CONSULAR_NOTICE]

    assert notice.due_at == at("2026-10-06T00:00")
    assert notice.target_at == at("2026-10-03T04:00")  # 60 hours after the measure


def test_days_of_a_visit_and_of_a_death_are_the_offices_too(chief, duty, clock):
    own_edition(chief, "INC-08", {"days": 1})
    own_edition(chief, "INC-09", {"days": 2})
    dead = cases.registered(
        duty, clock, country="FR", tile=Tile.CASUALTY, measure=MeasureKind.DEATH, started="2026-09-30T10:00"
    )
    assert cases.duties(duty, dead.number)[DutyKind.DEATH_NOTICE].due_at == at("2026-10-03T00:00")

    held = cases.registered(duty, clock, country="FR")
    with duty.read() as session:
        measure = detail(session, duty.actor, clock.now(), held.number).measures[0]
    service_consular.request_visit(
        duty,
        RequestVisit(number=held.number, version=None, measure_id=measure.id, requested_at=clock.now()),
    )
    assert cases.duties(duty, held.number)[DutyKind.CONSULAR_VISIT].due_at == at("2026-10-02T00:00")


@pytest.mark.parametrize(
    ("more", "field"), [({"is_on": False}, "is_on"), ({"severity": Severity.NOTICE}, "severity")]
)
def test_a_duty_of_law_is_not_switched_off(chief, more, field):
    with pytest.raises(Invalid) as refused:
        own_edition(chief, "INC-03", {}, **more)
    assert set(refused.value.fields) == {field}
