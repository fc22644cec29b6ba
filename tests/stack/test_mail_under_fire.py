"""Mail while processes are killed: real worker, clock and broker, a mail server that counts."""

import pytest

import config
from webapp.supervisor import broker
from webapp.torture.cli import drill
from webapp.torture.mail import Plan

SHORT = Plan(mails=300, worker_kills=4, flushes=2, broker_kills=1, clock_kills=1, seconds=16, seed=2026)


@pytest.mark.stack
def test_no_mail_is_lost_and_every_copy_is_labelled_while_worker_clock_and_broker_are_killed(capfd):
    if broker.find_binary() is None:
        pytest.skip("no Valkey or Redis server on this machine")
    verdict = drill(SHORT, config.inherited())
    with capfd.disabled():
        print(f"\n  {verdict}")  # noqa: T201 - the figures of the run belong in its report
    assert verdict.acked == 300
    assert verdict.lost == 0
    assert verdict.unlabelled == 0
    assert verdict.unsettled == 0
    assert verdict.seconds_after_last_fault <= 30


def test_a_run_can_be_repeated_from_its_seed():
    assert SHORT.faults() == SHORT.faults()
    assert sorted(fault for _, fault in SHORT.faults()) == (
        ["broker kill", "clock kill"] + ["flush"] * 2 + ["worker kill"] * 4
    )
    moments = [moment for moment, _ in SHORT.faults()]
    assert moments == sorted(moments)
    assert max(moments) <= SHORT.seconds
