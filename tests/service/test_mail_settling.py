"""How much is claimed at once, and what happens when outcomes cannot be written down."""

import uuid
from dataclasses import replace

import pytest

from webapp.core.db import Database
from webapp.core.errors import Unavailable
from webapp.core.mail import Letter, Outcome, Verdict
from webapp.notifications.rules import FIRST_BATCH, LARGEST_BATCH, MAX_UNSETTLED, batch_size
from webapp.notifications.service_claim import Claimed
from webapp.notifications.service_deliver import Settling

TAKEN = Outcome(Verdict.TAKEN, "250")


def claimed(clock):
    letter = Letter("<a@jh.example>", "wang@example.invalid", "…", "…", clock.now())
    return Claimed(uuid.uuid4(), uuid.uuid4(), letter)


@pytest.mark.parametrize(
    ("sent", "seconds", "next_one"),
    [
        (10, 0.05, 20),
        (100, 0.05, LARGEST_BATCH),
        (10, 5.0, FIRST_BATCH),
        (0, 0.001, FIRST_BATCH),
        (40, 0.1, 40),
        (10, 0.0, LARGEST_BATCH),
    ],
)
def test_a_quick_server_gets_larger_batches_and_a_slow_one_small_ones(sent, seconds, next_one):
    assert batch_size(sent, seconds) == next_one


def hand_over(call, tmp_path, number):
    """So many outcomes, noted with a database that has no tables; how many could be noted."""
    noted = []
    without_tables = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    try:
        with Settling(replace(call, db=without_tables)) as settling:
            for _ in range(number):
                settling.add(claimed(call.clock), TAKEN)
                noted.append(1)
    except Unavailable:
        return len(noted), True
    finally:
        without_tables.dispose()
    return len(noted), False


def test_nobody_goes_on_sending_when_outcomes_cannot_be_written(call, tmp_path):
    noted, failed = hand_over(call, tmp_path, 10 * MAX_UNSETTLED)
    assert failed
    assert noted <= MAX_UNSETTLED


def test_the_last_outcome_counts_too(call, tmp_path):
    assert hand_over(call, tmp_path, 1)[1]
