"""Who a slot is for: by role, levels up, unit, post, person or fact, and what the route says when nobody is there."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.approvals.route import Approver
from webapp.approvals.route_text import from_data, shipped
from webapp.approvals.rules_laying import Ground, lay
from webapp.approvals.states import SlotState
from webapp.core.errors import NotAllowedNow
from webapp.core.permissions import Role

WHO = UUID(int=5)
UNIT = "/jh/swj/ke/"


def route(if_nobody="stop", **seat):
    if isinstance(if_nobody, dict):
        seat["if_nobody"], if_nobody = if_nobody, "stop"
    stage = {"code": "look", "title": "审", "seats": [{"code": "a", "title": "甲", **seat}]}
    data = {"code": "T", "version": 1, "title": "试", "if_nobody": if_nobody, "facts": {"deputy": "text"}}
    return from_data(data | {"stages": [{"code": "draft", "title": "起草", "kind": "submission"}, stage]})


def seated(found, holders=((Role.FINANCE, "/jh/"), (Role.UNIT_HEAD, "/jh/swj/")), barred=(), **more):
    """Role, unit and person of the one seat; holders are (role, unit), each another person."""
    held = frozenset((role, at, UUID(int=100 + n)) for n, (role, at) in enumerate(holders))
    facts = {"deputy": "li"}
    ground = Ground(UNIT, (UNIT,), facts, holders=held, barred=frozenset(barred), **more)
    slot = lay(found, ground)[1]
    return slot.role, slot.unit, slot.person


@pytest.mark.parametrize(
    ("seat", "sits"),
    [
        ({"role": "finance"}, (Role.FINANCE, UNIT, None)),
        ({"role": "unit_head", "up": 1}, (Role.UNIT_HEAD, "/jh/swj/", None)),
        ({"role": "finance", "up": 2}, (Role.FINANCE, "/jh/", None)),
        ({"role": "finance", "up": 9}, (Role.FINANCE, "/jh/", None)),
        ({"role": "finance", "unit": "SJJ"}, (Role.FINANCE, "/jh/sjj/", None)),
        ({"post": "秘书长"}, (None, UNIT, WHO)),
        ({"person": "zhao"}, (None, UNIT, WHO)),
        ({"fact": "deputy"}, (None, UNIT, WHO)),
    ],
)
def test_a_seat_names_its_approver_in_seven_ways(seat, sits):
    people = {Approver(post="秘书长"): WHO, Approver(person="zhao"): WHO, Approver(fact="deputy"): WHO}
    assert seated(route(**seat), people=people, places={"SJJ": "/jh/sjj/"}) == sits


@pytest.mark.parametrize(
    ("if_nobody", "sits"),
    [
        ("wait", (Role.SECRECY, UNIT, None)),
        ("higher", (Role.UNIT_HEAD, UNIT, None)),
        ({"role": "finance"}, (Role.FINANCE, UNIT, None)),
        ({"person": "zhao"}, (None, UNIT, WHO)),
    ],
)
def test_a_route_says_who_signs_when_nobody_has_the_post(if_nobody, sits):
    found = route(role="secrecy", if_nobody=if_nobody)
    assert seated(found, people={Approver(person="zhao"): WHO}) == sits


@pytest.mark.parametrize(
    ("seat", "if_nobody"),
    [
        ({"role": "secrecy"}, "stop"),
        ({"role": "secrecy"}, {"role": "discipline"}),
        ({"role": "secrecy"}, {"person": "gone"}),
        ({"role": "city_leader"}, "higher"),
        ({"person": "gone"}, "stop"),
        ({"person": "gone"}, "wait"),
        ({"post": "没有的职务"}, "higher"),
    ],
)
def test_where_nobody_can_be_found_it_is_not_submitted_and_the_stage_is_named(seat, if_nobody):
    with pytest.raises(NotAllowedNow) as refused:
        seated(route(**seat, if_nobody=if_nobody))
    assert refused.value.code == "nobody_for_stage"
    assert refused.value.details["stage"] == "审"


def test_who_has_a_stake_in_the_request_counts_as_nobody():
    only = ((Role.UNIT_HEAD, UNIT), (Role.CITY_LEADER, "/jh/"))
    found = route("higher", role="unit_head")
    assert seated(found, only) == (Role.UNIT_HEAD, UNIT, None)
    assert seated(found, only, barred=[UUID(int=100)]) == (Role.CITY_LEADER, UNIT, None)
    with pytest.raises(NotAllowedNow):
        seated(found, only, barred=[UUID(int=100), UUID(int=101)])


@pytest.mark.parametrize("code", sorted(shipped()))
@given(data=st.data())
def test_every_shipped_route_is_laid_for_all_facts_it_declares(code, data):
    """No facts of the declared kinds make laying fail, and exactly the stages whose condition fails are skipped."""
    found = shipped()[code]
    kinds = {"yes_no": st.booleans(), "number": st.integers(0, 10**6), "text": st.text(max_size=3)}
    facts = {
        fact.name: data.draw(st.sampled_from(fact.words) if fact.words else kinds[fact.kind])
        for fact in found.facts
    }
    slots = lay(found, Ground(UNIT, (UNIT, "/jh/"), facts))
    for stage in found.stages:
        own = [slot.state for slot in slots if slot.stage == stage.code]
        is_skipped = stage.when is not None and not stage.when.holds(facts)
        assert (set(own) == {SlotState.SKIPPED}) is is_skipped
