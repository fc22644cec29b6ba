"""A stop while an office is still being prepared."""

import os
import signal
import sys
import time
import weakref

import pytest

from webapp.opening import _stopped_by_sigterm


class Node:
    pass


@pytest.fixture
def dropped(monkeypatch):
    """Exceptions that Python could raise nowhere, and the signal handlers as they were afterwards."""
    found = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: found.append(told.exc_type))
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGALRM)}
    yield found
    for sign, handler in before.items():
        signal.signal(sign, handler)


def prepare(seconds):
    """The signal arrives while a weak reference's callback runs, where no exception can rise."""

    def callback(_reference):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)

    with _stopped_by_sigterm():
        node = Node()
        kept = weakref.ref(node, callback)
        del node
        assert kept() is None
        time.sleep(seconds)


@pytest.mark.parametrize("seconds", [5, 0])
def test_a_stop_that_python_drops_is_asked_for_again_and_never_lost(dropped, seconds):
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        prepare(seconds)
    assert time.monotonic() - began < 4
    assert dropped == [KeyboardInterrupt]
