"""Many requests at once for the last person-time of a unit's year: exactly one gets it."""

import threading
import uuid
from decimal import Decimal

import pytest

from tests import factories
from webapp.core.errors import RuleBroken
from webapp.plans import queries, service
from webapp.plans.commands import Hold, SetAllotment

ROUNDS = 12
TAKERS = 4


@pytest.mark.race
@pytest.mark.parametrize("is_first_of_its_year", [False, True])
def test_two_requests_never_both_take_the_last_place(call, is_first_of_its_year):
    unit = factories.unit(call)
    for n in range(ROUNDS):
        year = 2030 + n
        if not is_first_of_its_year:
            service.set_allotment(
                call, SetAllotment(unit_id=unit.id, year=year, quota=3, budget=None, document="核定")
            )
        start = threading.Barrier(TAKERS)
        answers = []

        def take(year=year, start=start, answers=answers):
            hold = Hold(trip_id=uuid.uuid4(), number="CG", unit_id=unit.id, year=year, persons=2)
            start.wait()
            try:
                service.reserve(call, hold)
                answers.append("held")
            except RuleBroken as refused:
                answers.append(refused.code)

        threads = [threading.Thread(target=take) for _ in range(TAKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with call.read() as session:
            row = queries.allotment(session, unit.id, year)
            held = queries.held(session, row.id)
        if is_first_of_its_year:  # nothing limits the year: all take, its row is made once
            assert (sorted(answers), held.reserved) == (["held"] * TAKERS, 2 * TAKERS)
        else:
            assert sorted(answers) == ["held", *["quota_exhausted"] * (TAKERS - 1)]
            assert (held.reserved, held.reserved_yuan) == (2, Decimal(0))
