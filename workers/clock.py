"""The clock: a Celery beat scheduler that keeps nothing in files or memory that matters.

Beat's own scheduler remembers when each entry last ran; after a step of the machine's clock to 2031 and back it
waited nine years. This one asks the database every second what is due. Any number of clock processes may run; one
leads, by a lease of six seconds, the others look whether it still does.
"""

import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery.beat import Scheduler

from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.core import heartbeat
from webapp.core.tx import Call
from webapp.deadlines import queries as deadlines
from webapp.deadlines.service_clock import take_lead
from webapp.deadlines.service_scan import scan
from webapp.notifications import queries as notifications
from workers.app import guarded, runtime, sign
from workers.names import DIGESTS_PLAN, HEARTBEAT_BEAT, LOG_CHECK, PREVIEWS_RENDER, QUEUE_OF, SESSIONS_PURGE
from workers.tasks import digests, outbox, previews, upkeep

log = logging.getLogger(__name__)

CLOCK = "clock"
TICK_SECONDS = 1.0
LEAD_AGAIN_SECONDS = 2.0
"""A leader renews its lease of six seconds this often: not a write every second."""
MARK_SECONDS = 5.0
"""The deadlines are looked at this often even when none is due, so that the high-water mark keeps up."""
LATE = timedelta(seconds=6)
"""What is due for longer than this no worker seems to take: the clock does it itself."""
SELF_DRAIN_SECONDS = 5.0
MAX_SCANS = 20
SIGN_SECONDS = 5.0
WARN_SECONDS = 60.0


@dataclass(frozen=True)
class Duty:
    """Something to be rung for every so often; done here when no worker has done it for `patience` seconds."""

    task: str
    every: float
    patience: float = 0.0
    work: Callable[[Call], Any] | None = None
    #: Where accounts are separate, the clock's cannot reach the office's files: such a duty waits for a worker.
    on_files: bool = False

    def falls_to_the_clock(self, *, separate: bool) -> bool:
        """Whether the clock may do it itself when no worker does."""
        return self.work is not None and not (self.on_files and separate)


DUTIES = (
    Duty(HEARTBEAT_BEAT, every=5.0),
    # Drawn by the clock itself one file at a time: a file may take twenty seconds, alarms must not wait for two.
    Duty(PREVIEWS_RENDER, every=15.0, patience=60.0, work=previews.one, on_files=True),
    Duty(SESSIONS_PURGE, every=3600.0, patience=6 * 3600.0, work=upkeep.tidy),
    Duty(DIGESTS_PLAN, every=60.0, patience=600.0, work=digests.plan),
    Duty(LOG_CHECK, every=6 * 3600.0),
)


class DbScheduler(Scheduler):
    """One tick a second; `tick` never raises, since a clock that stops is the one fault nobody would see."""

    max_interval = 1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._holder = f"{socket.gethostname()}:{os.getpid()}"
        self._leads_until = 0.0
        self._scanned_at = float("-inf")
        self._warned_at = self._signed_at = float("-inf")
        self._rung_at: dict[str, float] = {}
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Nothing to read: what is due stands in the database."""

    def should_sync(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing to write. The lease runs out by itself."""

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """Do what is due and return the seconds to the next tick."""
        started = time.monotonic()
        if guarded("clock.lead", "", self._leads):
            for name, work in self._duties_of_a_second():
                guarded(name, "", work)
        return max(0.05, TICK_SECONDS - (time.monotonic() - started))

    def _duties_of_a_second(self) -> tuple[tuple[str, Callable[[Call], Any]], ...]:
        return (
            ("clock.scan", self._scan),
            ("clock.number", self._number),
            ("clock.ring", self._ring),
            ("clock.duties", self._ring_duties),
            ("clock.sign", self._sign),
        )

    def _leads(self, call: Call) -> bool:
        now = time.monotonic()
        if now < self._leads_until:
            return True
        if self._leads_until == 0.0 and self._another_leads(call):
            return False
        leads = take_lead(call, self._holder)
        if leads and self._leads_until == 0.0:
            log.info("clock %s leads", self._holder)
        self._leads_until = now + LEAD_AGAIN_SECONDS if leads else 0.0
        return leads

    def _another_leads(self, call: Call) -> bool:
        """Asked on a reading session, so that waiting clocks do not write every second."""
        with call.read() as session:
            mark = deadlines.clock_mark(session)
            return mark is not None and mark.is_led_by_another(self._holder, call.clock.now())

    def _scan(self, call: Call) -> None:
        now = time.monotonic()
        with call.read() as session:
            due = deadlines.anything_due(session, call.clock.now())
        if not due and now - self._scanned_at < MARK_SECONDS:
            return
        self._scanned_at = now
        for _ in range(MAX_SCANS):
            if not scan(call).more:
                break

    def _number(self, _call: Call) -> None:
        """With the sequencer's account, which on separate accounts alone writes the tree and reads the key."""
        log_call = runtime().log_call()
        sequence(log_call)
        sign_head(log_call)

    def _ring(self, call: Call) -> None:
        with call.read() as session:
            late = notifications.oldest_due(session, call.clock.now())
        if late > timedelta():
            call.wake.ring()
        if late > LATE:
            self._warn(late)
            outbox.work(call, SELF_DRAIN_SECONDS)

    def _warn(self, late: timedelta) -> None:
        now = time.monotonic()
        if now - self._warned_at > WARN_SECONDS:
            self._warned_at = now
            log.warning("mail is %.0f s late, the clock sends it itself", late.total_seconds())

    def _ring_duties(self, call: Call) -> None:
        now = time.monotonic()
        for duty in DUTIES:
            if now - self._rung_at.get(duty.task, float("-inf")) < duty.every:
                continue
            self._rung_at[duty.task] = now
            call.wake.send(duty.task, QUEUE_OF[duty.task])
            separate = runtime().log_db is not None
            if duty.work and duty.falls_to_the_clock(separate=separate) and self._is_neglected(call, duty):
                guarded(duty.task, "", duty.work)

    def _sign(self, call: Call) -> None:
        now = time.monotonic()
        if now - self._signed_at >= SIGN_SECONDS:
            self._signed_at = now
            sign(call, CLOCK)

    def _is_neglected(self, call: Call, duty: Duty) -> bool:
        with call.read() as session:
            done_at = heartbeat.latest(session).get(duty.task)
        return done_at is None or abs((call.clock.now() - done_at).total_seconds()) > duty.patience
