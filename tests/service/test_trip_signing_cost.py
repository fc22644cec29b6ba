"""What signing a real trip costs the database, step by step of its route."""

from datetime import date, datetime

import pytest

from tests.trip_stories import Office, draft, explain
from webapp.core.clock import SHANGHAI


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


def test_a_signature_on_a_trip_stays_within_its_statements(office, clock, statements, database):
    ready = draft(office.clerk)
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 3, 2))
    clock.set(datetime(2026, 3, 10, 10, tzinfo=SHANGHAI))
    office.confirm_notice(trip)
    ordinary, checked = {}, {}
    for seat in (
        "lead",
        "finance",
        "personnel",
        "secrecy",
        "head",
        "counter",
        "officer",
        "chief",
        "director",
        "mayor",
    ):
        who = getattr(office, seat)
        with statements() as seen:
            office.sign(who, trip)
        # acceptance and permit are points at which rules are enforced: the trip's facts are read again
        (checked if seat in {"counter", "mayor"} else ordinary)[seat] = len(seen)
    table_by_table = 6 if database.is_sqlite else 0  # PostgreSQL writes the gathered rows in one statement
    assert max(ordinary.values()) <= 10 + table_by_table, ordinary
    assert checked["counter"] <= 28 + table_by_table, checked
    assert checked["mayor"] <= 49 + table_by_table, checked
