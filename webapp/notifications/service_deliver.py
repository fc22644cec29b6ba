"""From waiting mails to a mail server's 250: claim, send without a transaction, settle.

Nobody can hand over a mail exactly once (RFC 1047). Promised is: no mail is lost, and every mail that may have
been sent twice says so in its row and in the log.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from webapp.core.mail import Line, Mailer, Outcome, Verdict
from webapp.core.tx import Call
from webapp.notifications.rules import FIRST_BATCH, MAX_UNSETTLED, SENDING_SECONDS, batch_size
from webapp.notifications.service_claim import Claimed, claim, claim_suspect, release
from webapp.notifications.service_relay import Post, relay
from webapp.notifications.service_settle import Attempt, settle


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many mails the server took, and how many attempts ended otherwise; `is_down`: nobody answers there."""

    taken: int = 0
    failed: int = 0
    is_down: bool = False

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(self.taken + other.taken, self.failed + other.failed, self.is_down or other.is_down)


@dataclass(frozen=True, slots=True)
class Drained:
    """What one run moved: outbox rows turned, mails taken by the server, attempts that failed."""

    messages: int
    taken: int
    failed: int


class Settling:
    """Writes down outcomes on a thread of its own while the next mails are being sent.

    What gathers during one commit is written by the next. So a death costs as many copies as were handed over
    during a commit, never more than `MAX_UNSETTLED`. A failure to write is raised to whoever sends.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._waiting: list[Attempt] = []
        self._unsettled = 0
        self._failure: Exception | None = None
        self._ends = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="settling", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        with self._changed:
            self._ends = True
            self._changed.notify_all()
        self._thread.join()
        if self._failure is not None and exc[0] is None:
            raise self._failure

    def add(self, mail: Claimed, outcome: Outcome) -> None:
        """Note an outcome; waits while too many are not written down yet."""
        with self._changed:
            self._waiting.append(Attempt(mail.mail_id, mail.lease_token, outcome))
            self._unsettled += 1
            self._changed.notify_all()
        self._wait_until_fewer_than(MAX_UNSETTLED)

    def finish(self) -> None:
        """Wait until everything noted is written down."""
        self._wait_until_fewer_than(1)

    def _wait_until_fewer_than(self, number: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._unsettled < number or self._failure is not None)
            if self._failure is not None:
                raise self._failure

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ends)
                attempts, self._waiting = self._waiting, []
            if not attempts:
                return
            try:
                settle(self._call, attempts)
            except Exception as error:  # noqa: BLE001 - handed to the thread that sends, which stops
                self._failure = error
            with self._changed:
                self._unsettled -= len(attempts)
                self._changed.notify_all()
            if self._failure is not None:
                return


def drain(call: Call, post: Post, mailer: Mailer, *, seconds: float = 40.0) -> Drained:
    """Relay and deliver what is due, for at most about `seconds`; safe in any number of processes at once."""
    end = time.monotonic() + seconds
    messages, sent = 0, Delivered()
    while time.monotonic() < end:
        relayed = relay(call, post)
        messages += relayed.messages
        sent += deliver_due(call, mailer, seconds=end - time.monotonic())
        if not relayed.more:
            break
    return Drained(messages, sent.taken, sent.failed)


def deliver_due(call: Call, mailer: Mailer, *, seconds: float = 40.0) -> Delivered:
    """Send what is due, batch by batch over one line, for at most about `seconds`; safe in any number of
    processes at once.
    """
    end = time.monotonic() + seconds
    sent, limit = Delivered(), FIRST_BATCH
    with mailer.line() as line, Settling(call) as settling:
        while time.monotonic() < end:
            claimed_at = time.monotonic()
            batch = claim(call, limit)
            if batch:
                got = _send(call, line, batch, settling, claimed_at + SENDING_SECONDS)
                limit = batch_size(got.taken, time.monotonic() - claimed_at)
                sent += got
            if sent.is_down:
                break
            settling.finish()  # whoever is sent next and kills this process takes nobody along
            claimed_at = time.monotonic()
            suspect = claim_suspect(call)
            sent += _send(call, line, suspect, settling, claimed_at + SENDING_SECONDS)
            if not (batch or suspect):
                break
    return sent


def _send(
    call: Call, line: Line, batch: Sequence[Claimed], settling: Settling, last_start: float
) -> Delivered:
    """Hand over until the batch is through, its time is over or nobody answers."""
    taken = done = 0
    outcomes = line.send([mail.letter for mail in batch])
    for mail, outcome in zip(batch, outcomes, strict=False):
        settling.add(mail, outcome)
        done += 1
        taken += outcome.verdict is Verdict.TAKEN
        if outcome.verdict is Verdict.DOWN:
            # Nobody answers: the rest of the batch would each wait for the same silence.
            for rest in batch[done:]:
                settling.add(rest, outcome)
            return Delivered(taken, len(batch) - taken, is_down=True)
        if time.monotonic() > last_start:
            break
    if done < len(batch):
        release(call, batch[done:])
    return Delivered(taken, done - taken)
