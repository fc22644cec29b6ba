"""Which route a request takes, in which version, and who is asked by it."""

import pytest

from webapp.approvals import queries_ground, route_text, service_routes
from webapp.approvals.queries import request, slots
from webapp.approvals.states import SlotState
from webapp.core.clock import local_date
from webapp.core.errors import NotAllowedNow
from webapp.core.tx import command

FACTS = {
    "route_kind": "foreign",
    "delegation_class": "general",
    "highest_rank": "division",
    "unit_kind": "department",
    "unit_has_power": False,
    "is_urgent": False,
    "joins_other": False,
    "needs_discipline": False,
}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, "R1"),
        ({"route_kind": "hkmo"}, "R4"),
        ({"delegation_class": "research"}, "R6"),
        ({"is_urgent": True}, "R7"),
        ({"unit_kind": "county"}, "R8"),
        ({"unit_kind": "county", "is_urgent": True}, "R8"),
        ({"unit_kind": "university", "unit_has_power": True}, "R9"),
        ({"unit_kind": "university", "unit_has_power": False}, "R1"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_facts_of_a_request_choose_its_route(call, clock, facts, code):
    with call.read() as session:
        assert queries_ground.choose(session, "trip", FACTS | facts, local_date(clock.now())).code == code


@command
def keep(tx, text, **how):
    return service_routes.keep(tx, route_text.parse(text), text=text, **how)


OWN = """
code: OWN
version: 1
title: 自定
title_en: Own
subject: trip
if_nobody: stop
rank: 1
facts: {needs_discipline: yes_no}
stages:
  - {code: draft, title: 起草, title_en: Draft, kind: submission}
  - code: vote
    title: 票签
    title_en: Vote
    sign: quorum
    groups: {money: 1, discipline: 1}
    needs: 2
    seats:
      - {code: finance, title: 财务, title_en: Finance, role: finance, group: money}
      - {code: head, title: 负责人, title_en: Head, role: unit_head, group: money}
      - {code: personnel, title: 人事, title_en: Personnel, role: personnel, group: discipline}
  - code: named
    title: 指定
    title_en: Named
    seats: [{code: p, title: 指定的人, title_en: Named person, person: WHO}]
tests:
  - {title: 一, start: 2026-03-02, facts: {needs_discipline: false}, takes: [draft, vote, named]}
"""


def state(office, subject_id):
    with office.call.read() as session:
        row = request(session, "trip", subject_id)
        return {slot.key: (slot.state, slot.person_id) for slot in slots(session, row.id, row.round)}


def test_a_quorum_by_groups_and_a_named_person(office):
    """Finance or the head, and personnel; then one account by its login."""
    keep(office.call, OWN.replace("WHO", "fao_director"))
    subject_id = office.submit(route="", facts=FACTS)
    office.decide(subject_id, office.people["unit_finance.finance"], slot="vote.finance")
    assert state(office, subject_id)["named.p"][0] is SlotState.WAITING
    office.decide(subject_id, office.people["background.personnel"], slot="vote.personnel")
    found = state(office, subject_id)
    director = office.people["office_sign_off.director"].account_id
    assert found["vote.head"][0] is SlotState.SPARED
    assert found["named.p"] == (SlotState.OPEN, director)


def test_nothing_is_submitted_to_somebody_who_does_not_exist(office):
    keep(office.call, OWN.replace("WHO", "nobody.here"))
    with pytest.raises(NotAllowedNow, match="nobody_for_stage"):
        office.submit(route="", facts=FACTS)
