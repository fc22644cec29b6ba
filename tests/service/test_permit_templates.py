"""The office's own way to number permits: two people, no number twice, no gap without a reason."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from tests.trip_stories import Office, draft, explain
from webapp.core.clock import SHANGHAI
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound, OutOfDate
from webapp.core.ledger import AuditEntry
from webapp.rulebook.states import RouteKind
from webapp.trips import queries_permits, service_permits
from webapp.trips.commands import DecideTemplate, ProposeTemplate

OWN = "江外出〔{year}〕{seq}号"


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


def proposal(template=OWN, **more):
    values = {
        "route_kind": RouteKind.FOREIGN,
        "authority": "江海市人民政府外事办公室",
        "template": template,
        "reason": "市政府办公室核定的代字",
    }
    return ProposeTemplate(**{**values, **more})


def confirm(is_confirmed=True, **more):
    return DecideTemplate(route_kind=RouteKind.FOREIGN, is_confirmed=is_confirmed, **more)


def numbering(call):
    with call.read() as session:
        return queries_permits.numberings(session, 2026)[0]


def permitted(office, clock):
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01", "DEL-02")
    trip = office.submit(ready)
    posted = clock.now().astimezone(SHANGHAI).date()
    office.notice(trip, posted)
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    office.through_the_unit(trip)
    office.through_the_office(trip)
    return office.read(trip)


def test_a_proposal_changes_nothing_until_another_person_confirms_it(office, clock):
    service_permits.propose(office.chief, proposal())
    assert numbering(office.chief).following == "外出〔2026〕1号"
    with pytest.raises(Forbidden):
        service_permits.decide(office.chief, confirm())
    row = service_permits.decide(office.director, confirm())
    assert (row.proposed_by, row.decided_by) == (office.chief.actor.name, office.director.actor.name)
    trip = permitted(office, clock)
    assert (trip.permit_no, trip.permit_authority) == ("江外出〔2026〕1号", "江海市人民政府外事办公室")


def test_numbers_given_out_on_paper_are_skipped_with_the_reason_and_counted(office, clock):
    service_permits.propose(office.chief, proposal(first_number=38, reason="1 至 37 号已在纸面登记簿上"))
    service_permits.decide(office.director, confirm())
    assert permitted(office, clock).permit_no == "江外出〔2026〕38号"
    year = numbering(office.chief).year
    assert (year.last, year.issued, year.skipped, year.unexplained) == (38, 1, 37, 0)
    with office.chief.read() as session:
        entry = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "permit_template.confirmed")
        ).one()
    assert entry.public["figures"]["skipped_from"] == 1
    assert entry.public["figures"]["skipped_until"] == 37


def test_a_new_template_within_the_year_goes_on_counting(office, clock):
    assert permitted(office, clock).permit_no == "外出〔2026〕1号"
    service_permits.propose(office.chief, proposal())
    service_permits.decide(office.director, confirm())
    assert numbering(office.chief).following == "江外出〔2026〕2号"
    service_permits.propose(office.chief, proposal("外出〔{year}〕{seq}号", first_number=2))
    service_permits.decide(office.director, confirm())
    assert numbering(office.chief).year.skipped == 0
    with pytest.raises(Invalid):
        service_permits.propose(office.chief, proposal(first_number=1))


def test_a_refused_proposal_leaves_the_numbering_as_it_was(office):
    service_permits.propose(office.chief, proposal())
    service_permits.decide(office.director, confirm(is_confirmed=False))
    assert numbering(office.chief).is_confirmed is False
    with pytest.raises(NotFound):
        service_permits.decide(office.director, confirm())


def test_one_proposal_waits_at_a_time_and_a_stale_page_confirms_nothing(office):
    row = service_permits.propose(office.chief, proposal())
    with pytest.raises(NotAllowedNow):
        service_permits.propose(office.director, proposal())
    with pytest.raises(OutOfDate):
        service_permits.decide(office.director, confirm(version=row.version + 1))


def test_a_template_another_authority_uses_is_refused(office):
    with pytest.raises(Invalid):
        service_permits.propose(office.chief, proposal("台出〔{year}〕{seq}号"))


def test_clerks_and_officers_do_not_set_how_permits_are_numbered(office):
    for who in (office.clerk, office.officer):
        with pytest.raises(Forbidden):
            service_permits.propose(who, proposal())
