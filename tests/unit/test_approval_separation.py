"""Separation of duties: role by role and party by party, who may sign what."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from webapp.approvals.policy import Parties, Standing, bar, first_for, mandate
from webapp.approvals.route_text import shipped
from webapp.approvals.rules_laying import Ground, lay
from webapp.core.permissions import GrantView, Role

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SLOTS = {
    slot.key: slot
    for slot in lay(shipped()["R1"], Ground(unit="c/jh/", units=("c/jh/",), facts={"needs_discipline": True}))
    if slot.role is not None
}
NOTICE = "notice:notice.unit@c/jh/"
ME, OTHER = UUID(int=1), UUID(int=2)
NOBODY = Parties(requester=UUID(int=99))


def grant(role, path="c/jh/", begins=timedelta(0), ends=None):
    return GrantView(role, path, NOW + begins, NOW + ends if ends is not None else None)


def standing(*grants, principals=()):
    return Standing(ME, tuple(grants), tuple(principals))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("key", sorted(SLOTS))
def test_every_role_against_every_stage(role, key):
    """Only the role the seat names may sign it."""
    right = mandate(SLOTS[key], standing(grant(role)), NOW)
    assert (right is not None) is (SLOTS[key].role is role)


@pytest.mark.parametrize(
    ("held", "may"),
    [
        (grant(Role.FINANCE), True),
        (grant(Role.FINANCE, "c/"), True),
        (grant(Role.FINANCE, ""), True),
        (grant(Role.FINANCE, "c/sw/"), False),
        (grant(Role.FINANCE, "c/jh/sub/"), False),
        (grant(Role.FINANCE, begins=timedelta(seconds=1)), False),
        (grant(Role.FINANCE, begins=timedelta(-2), ends=timedelta(0)), False),
        (grant(Role.FINANCE, begins=timedelta(-2), ends=timedelta(seconds=1)), True),
    ],
)
def test_a_grant_counts_for_its_unit_and_below_and_within_its_dates(held, may):
    assert (mandate(SLOTS["unit_finance.finance"], standing(held), NOW) is not None) is may


def test_a_substitute_signs_in_the_right_of_the_principal_and_in_their_own_first():
    slot = SLOTS["unit_finance.finance"]
    stands_in = [(OTHER, (grant(Role.FINANCE),))]
    found = mandate(slot, standing(principals=stands_in), NOW)
    assert (found.person, found.principal) == (ME, OTHER)
    assert mandate(slot, standing(grant(Role.FINANCE), principals=stands_in), NOW).principal is None


@pytest.mark.parametrize("key", sorted(SLOTS))
@pytest.mark.parametrize(
    ("parties", "code"),
    [
        (Parties(requester=ME), "requester_never_decides"),
        (Parties(requester=OTHER, drafters=frozenset({ME})), "drafter_never_decides"),
        (Parties(requester=OTHER, travellers=frozenset({ME})), "traveller_never_decides"),
        (NOBODY, None),
    ],
)
def test_nobody_signs_what_they_filed_drafted_or_travel_on(key, parties, code):
    wanted = code
    if key == NOTICE and code in {"requester_never_decides", "drafter_never_decides"}:
        wanted = None  # the unit's clerk puts the notice up and confirms it: no judgement
    assert bar(SLOTS[key], standing(grant(SLOTS[key].role)), parties) == wanted


@pytest.mark.parametrize("key", sorted(set(SLOTS) - {NOTICE}))
@pytest.mark.parametrize(
    "parties",
    [
        Parties(requester=OTHER),
        Parties(requester=None, drafters=frozenset({OTHER})),
        Parties(requester=None, travellers=frozenset({OTHER})),
    ],
)
def test_a_substitute_of_a_party_signs_nothing_not_even_in_their_own_right(key, parties):
    me = standing(grant(SLOTS[key].role), principals=[(OTHER, ())])
    assert bar(SLOTS[key], me, parties) == "substitute_of_a_party_never_decides"


def test_of_several_open_slots_the_first_one_the_person_may_sign_is_taken():
    slots = [SLOTS["unit_opinion.lead"], SLOTS["unit_finance.finance"]]
    found = first_for(slots, standing(grant(Role.FINANCE)), NOBODY, NOW)
    assert found is not None
    assert found[0].key == "unit_finance.finance"
    assert first_for(slots, standing(grant(Role.SECRECY)), NOBODY, NOW) is None
    assert first_for(slots, standing(grant(Role.FINANCE)), Parties(requester=ME), NOW) is None
