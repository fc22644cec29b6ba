"""Builds the demo office from the ground up, with dates relative to the day of building."""

from dataclasses import replace
from datetime import timedelta

from webapp.core.clock import FixedClock
from webapp.core.tx import Call
from webapp.demo import people
from webapp.runtime import Runtime

# Far enough back for a trip to be planned, approved, made and reported on.
BEGINS_BEFORE = timedelta(days=100)


def build(runtime: Runtime) -> None:
    """Fill an empty database. The clock is moved by the script from the past to this moment."""
    clock = FixedClock(runtime.clock.now() - BEGINS_BEFORE)
    call: Call = replace(runtime.call(), clock=clock)
    people.settle(call)
    clock.set(runtime.clock.now())
