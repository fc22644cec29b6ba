"""The measurement of the log measures what it says, on a small scale."""

import os

from webapp.bench import log


def test_a_small_run_numbers_checks_and_stays_below_the_size_of_a_proof():
    said = []
    found = log.measure("", log.Plan(sequenced=600, verified=3000), dict(os.environ), said.append)
    assert (found.sequenced, found.verified) == (600, 3000)
    assert 0 < found.proof_bytes <= 2000
    assert min(found.sequence_seconds, found.verify_seconds, found.sequence_bare, found.verify_bare) > 0
    assert "verify.py 3000 entries" in log.summary(found)
