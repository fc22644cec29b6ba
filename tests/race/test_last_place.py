"""Two requests for the last places of a quota: one gets them, the other is told, however they race."""

import threading

import pytest

from tests.trip_stories import Office, Plan, draft, explain
from webapp.core.errors import RuleBroken
from webapp.plans import queries as plans
from webapp.plans import service as plan_service
from webapp.plans.commands import SetAllotment
from webapp.trips import service_review
from webapp.trips.commands import NumberedTrip
from webapp.trips.states import TripState

pytestmark = [pytest.mark.race, pytest.mark.own_database]
ROUNDS = 3
# Seen by the rules before, or by the plans once the unit's year was locked.
TOLD = {"rules_unmet", "quota_exhausted", "delegations_exhausted"}


@pytest.mark.parametrize("limit", ["person_times", "delegations"])
def test_of_two_requests_for_the_last_place_one_gets_it(call, make_actor, limit):
    office = Office(call, make_actor)
    unit = office.clerk.actor.unit_id
    for number in range(ROUNDS):
        with call.read() as session:
            row = plans.allotment(session, unit, 2026)
            held = plans.held(session, row.id) if row else plans.Held()
        people, delegations = held.reserved + 4, held.reserved_delegations + 1
        plan_service.set_allotment(
            call,
            SetAllotment(
                unit_id=unit,
                year=2026,
                quota=people if limit == "person_times" else None,
                delegation_quota=delegations if limit == "delegations" else None,
                budget=None,
                document="江外函〔2026〕1号",
                version=row.version if row else None,
            ),
        )
        ready = [
            draft(office.clerk, Plan(title=f"团组 {number}{side}", inviter=f"工商会 {number}{side}"))
            for side in "甲乙"
        ]
        for trip in ready:
            explain(office.clerk, trip.ref, "PLN-01", "DEL-02")
        ends, told = race(office, ready)
        assert told == ["PLN-02"]
        assert set(ends) - TOLD == {"in_review"}
        assert len(set(ends)) == len(ends)
        states = [office.read(trip).state for trip in ready]
        assert sorted(states) == sorted([TripState.DRAFT, TripState.IN_REVIEW])
        with call.read() as session:
            standing = plans.standing(session, unit, 2026)
            assert (standing.quota or standing.delegations).left == 0


def race(office, trips):
    """Submit all at one instant from threads of their own; how each ended."""
    ends, told = [], []
    start = threading.Barrier(len(trips))

    def run(trip):
        start.wait()
        try:
            ends.append(service_review.submit(office.clerk, NumberedTrip(trip.ref)).state.value)
        except RuleBroken as error:
            ends.append(error.code)
            told.extend(line.rule for line in error.findings)

    threads = [threading.Thread(target=run, args=(trip,)) for trip in trips]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends, told
