"""What may happen to a trip, in every state, for everybody: the whole matrix."""

import itertools

import pytest

from webapp.trips.rules import (
    CLERKS_WORK,
    CUSTODY_WORK,
    ENGINE_WORK,
    RETURN_WORK,
    TRAVEL_WORK,
    AfterReturn,
    Standing,
    allowed_actions,
)
from webapp.trips.states import ACTION_LABELS, LABELS, MOVES, TripAction, TripState, move, possible

S, A = TripState, TripAction
ENDED = (S.REFUSED, S.WITHDRAWN, S.REVOKED, S.CLOSED, S.DISCARDED)

# The matrix written a second time, by hand, state by state: a slip in the table differs from it.
EXPECTED = (
    {
        S.DRAFT: {
            "edit": S.DRAFT,
            "ask_waiver": S.DRAFT,
            "discard": S.DISCARDED,
            "submit": S.IN_REVIEW,
        },
        S.IN_REVIEW: {
            "post_notice": S.IN_REVIEW,
            "decide_waiver": S.IN_REVIEW,
            "withdraw": S.WITHDRAWN,
            "send_back": S.RETURNED,
            "refuse": S.REFUSED,
            "approve": S.APPROVED,
        },
        S.RETURNED: {
            "edit": S.RETURNED,
            "ask_waiver": S.RETURNED,
            "submit": S.IN_REVIEW,
            "withdraw": S.WITHDRAWN,
        },
        S.APPROVED: {
            "revoke": S.REVOKED,
            "depart": S.TRAVELLING,
            "hand_out_passport": S.APPROVED,
            "return_passport": S.APPROVED,
        },
        S.TRAVELLING: {"come_back": S.BACK, "return_passport": S.TRAVELLING},
        S.BACK: {
            "return_passport": S.BACK,
            "report": S.BACK,
            "publish": S.BACK,
            "explain_return": S.BACK,
            "confirm_return": S.BACK,
            "reimburse": S.BACK,
            "close": S.CLOSED,
        },
    }
    | {state: {} for state in ENDED}
    | {S.REVOKED: {"return_passport": S.REVOKED}}
)


@pytest.mark.parametrize(("state", "action"), list(itertools.product(TripState, TripAction)))
def test_each_action_in_each_state_leads_where_the_office_expects_or_nowhere(state, action):
    assert move(state, action) == EXPECTED[state].get(action.value)


def test_every_state_and_action_has_words():
    assert set(LABELS) == set(TripState)
    assert set(ACTION_LABELS) == set(TripAction)


def test_every_state_is_reached_and_ended_states_stay_ended():
    assert {S.DRAFT, *MOVES.values()} == set(TripState)
    assert all({move(state, action) for action in possible(state)} <= {state} for state in ENDED)
    assert {state for state in ENDED if possible(state)} == {S.REVOKED}, "a passport still has to come back"


@pytest.mark.parametrize("state", list(TripState))
def test_who_is_nothing_to_the_trip_may_do_nothing(state):
    assert allowed_actions(state, Standing()) == frozenset()


@pytest.mark.parametrize("state", list(TripState))
def test_nobody_approves_refuses_or_revokes_by_a_button_of_the_trip(state):
    everything = Standing(drafts=True, posts_notice=True, travels=True, settles=True, concludes=True)
    assert not allowed_actions(state, everything) & (ENGINE_WORK | CUSTODY_WORK)


@pytest.mark.parametrize("state", list(TripState))
def test_clerks_do_the_papers_and_others_only_record_travel(state):
    assert allowed_actions(state, Standing(drafts=True)) <= CLERKS_WORK
    assert allowed_actions(state, Standing(travels=True)) <= TRAVEL_WORK
    assert allowed_actions(state, Standing(posts_notice=True)) <= {A.POST_NOTICE}
    assert allowed_actions(state, Standing(settles=True)) <= {A.REIMBURSE}
    assert allowed_actions(state, Standing(concludes=True)) <= {A.DECIDE_WAIVER}


CLERK = Standing(drafts=True, travels=True, settles=True)


@pytest.mark.parametrize("duties_open", [0, 1])
@pytest.mark.parametrize("is_confirmed", [False, True])
@pytest.mark.parametrize("is_settled", [False, True])
def test_a_trip_is_closed_only_when_return_and_claim_are_done_and_no_duty_is_open(
    duties_open, is_confirmed, is_settled
):
    after = AfterReturn(duties_open, is_confirmed=is_confirmed, is_settled=is_settled)
    offered = allowed_actions(S.BACK, CLERK, after)
    assert (A.CLOSE in offered) == (is_confirmed and is_settled and not duties_open)
    assert (A.REIMBURSE in offered) == (not is_settled)
    assert bool(RETURN_WORK & offered) == (not is_confirmed)
