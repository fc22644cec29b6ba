"""Two to eight approvers at once, with revocation, substitution, edit and withdrawal; 10,000 rounds by command."""

import pytest

from webapp.core.clock import SystemClock
from webapp.core.tx import SYSTEM, Call
from webapp.torture.races import Ring

pytestmark = [pytest.mark.race, pytest.mark.own_database]


def test_whatever_changes_meanwhile_one_decides_and_by_a_right_that_still_holds(database):
    score = Ring(Call(db=database, clock=SystemClock(), actor=SYSTEM), seed=7).play(25)
    assert score.faults == []
    assert {"approved", "withdrawn"} <= set(score.outcomes)
    assert {"decided", "revoked", "edited", "came_back"} <= set(score.answers)
