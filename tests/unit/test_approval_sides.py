"""Every role against every action on a running request: what each person is offered, and nothing else."""

from datetime import UTC, datetime

import pytest

from tests.unit.test_approval_machine import OFFICER, advanced, person
from webapp.approvals.policy import Parties, Standing
from webapp.approvals.policy_sides import SIDES, Seen, offers, refused_side
from webapp.approvals.rules import Plain, apply
from webapp.approvals.rules_moves import AddSigner, OfSlot
from webapp.approvals.states import OF_A_SLOT, Move, Placed
from webapp.core.permissions import GrantView, Role

NOW = datetime(2026, 3, 10, tzinfo=UTC)
DRAFTER, TRAVELLER = person(900), person(901)
PARTIES = Parties(requester=None, drafters=frozenset({DRAFTER}), travellers=frozenset({TRAVELLER}))
KEEPERS = {Role.SECTION_CHIEF, Role.FAO_DIRECTOR, Role.CITY_LEADER}
# Who has a seat on the route, now or later, is involved and may comment and copy.
SEATED = {
    Role.CLERK,
    Role.UNIT_FA_LEAD,
    Role.FINANCE,
    Role.PERSONNEL,
    Role.SECRECY,
    Role.DISCIPLINE,
    Role.UNIT_HEAD,
    Role.COUNTER_CLERK,
    Role.CASE_OFFICER,
    Role.SECTION_CHIEF,
    Role.FAO_DIRECTOR,
    Role.CITY_LEADER,
}
SIGNING = {
    Move.SIGN,
    Move.RETURN,
    Move.SEND_BACK,
    Move.REJECT,
    Move.FORWARD,
    Move.DELEGATE,
    Move.ADD_SIGNER,
    Move.ASK,
}


def seen(review, *roles, who=70, principals=(), until=None):
    grants = tuple(GrantView(role, "c/", NOW, until) for role in roles)
    return Seen(review, Standing(person(who), grants, principals), PARTIES, "c/jh/", NOW)


def moves(view):
    return {move for move, _slot in offers(view)}


@pytest.mark.parametrize("role", list(Role))
def test_every_role_against_every_action_before_the_officer_signs(role):
    expected = set()
    if role in SEATED:
        expected |= {Move.COMMENT, Move.COPY}
    if role is Role.CASE_OFFICER:
        expected |= SIGNING
    if role is Role.CLERK:
        expected |= {Move.WITHDRAW, Move.URGE}
    if role in KEEPERS:
        expected |= {Move.SUSPEND}
    assert moves(seen(advanced(5), role)) == expected


def test_every_action_has_a_side():
    assert set(SIDES) == set(Move)


@pytest.mark.parametrize(
    "move", sorted(OF_A_SLOT - {Move.POST_NOTICE, Move.TAKE_BACK, Move.REMOVE_SIGNER, Move.ANSWER})
)
@pytest.mark.parametrize(
    ("who", "code"), [(DRAFTER, "drafter_never_decides"), (TRAVELLER, "traveller_never_decides")]
)
def test_a_party_with_the_right_post_does_none_of_what_a_signer_does(move, who, code):
    review = apply(advanced(5), OfSlot(Move.ASK, OFFICER)) if move is Move.CALL_OFF else advanced(5)
    view = seen(review, Role.CASE_OFFICER, who=who.int)
    assert refused_side(view, SIDES[move], review.slot(OFFICER)) == code
    assert (move, OFFICER) not in offers(view)


def test_a_substitute_of_a_party_does_not_either_nor_who_has_signed_this_round():
    away = ((TRAVELLER, ()),)
    view = seen(advanced(5), Role.CASE_OFFICER, principals=away)
    assert (
        refused_side(view, SIDES[Move.FORWARD], view.review.slot(OFFICER))
        == "substitute_of_a_party_never_decides"
    )
    signer = advanced(5).slot("acceptance.counter").signer
    assert Move.FORWARD not in moves(seen(advanced(5), Role.CASE_OFFICER, who=signer.int))


def test_a_substitute_does_what_the_principal_may():
    principal = ((person(80), (GrantView(Role.CASE_OFFICER, "c/", NOW, None),)),)
    assert moves(seen(advanced(5), principals=principal)) >= SIGNING


def test_a_grant_that_has_ended_gives_nothing():
    assert moves(seen(advanced(5), Role.CASE_OFFICER, until=NOW)) == set()


def test_only_who_added_a_signer_or_may_sign_the_seat_takes_him_out():
    review = apply(advanced(5), AddSigner(OFFICER, person(70), person(71), Placed.BESIDE))
    removal = (Move.REMOVE_SIGNER, f"{OFFICER}+1")
    assert removal in offers(seen(review, who=70)), "whoever added him, even without the post by now"
    assert removal in offers(seen(review, Role.CASE_OFFICER, who=72))
    assert removal not in offers(seen(review, Role.SECTION_CHIEF, who=73))


def test_while_suspended_only_those_who_may_suspend_let_it_go_on():
    review = apply(advanced(5), Plain(Move.SUSPEND))
    assert moves(seen(review, Role.CASE_OFFICER)) == {Move.COMMENT, Move.COPY}
    assert moves(seen(review, Role.SECTION_CHIEF)) == {Move.CONTINUE, Move.COMMENT, Move.COPY}
    assert Move.WITHDRAW in moves(seen(review, Role.CLERK))
