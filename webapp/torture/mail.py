"""The mail drill: obligations are committed while workers, clocks and the broker are killed; then it is counted."""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import redis

from webapp.core.tx import Call
from webapp.supervisor import broker
from webapp.torture import service
from webapp.torture.sink import Sink
from webapp.torture.stage import CLOCK, WORKER, Actor, celery_program

Say = Callable[[str], None]
PEOPLE = 20
SETTLE_SECONDS = 120.0
PROMISED_SECONDS = 30.0
"""After the last fault everything has been handed over within this time."""


@dataclass(frozen=True)
class Plan:
    """How much of what. The order and the moments of the faults follow from the seed."""

    mails: int
    worker_kills: int
    flushes: int
    broker_kills: int
    clock_kills: int
    seconds: float
    seed: int

    def faults(self) -> list[tuple[float, str]]:
        """Seconds from the start, and what happens then."""
        names = (
            ["worker kill"] * self.worker_kills
            + ["flush"] * self.flushes
            + ["broker kill"] * self.broker_kills
            + ["clock kill"] * self.clock_kills
        )
        names = [name for _, name in sorted((self._dice(place), name) for place, name in enumerate(names))]
        # Spread over the run with a jitter, so that kills hit all phases of the work.
        gap = self.seconds / max(1, len(names))
        return [(gap * (place + self._dice(-1 - place)), name) for place, name in enumerate(names)]

    def _dice(self, throw: int) -> float:
        """The same number in [0, 1) for the same seed and throw: a drill has to be repeatable."""
        digest = hashlib.sha256(f"{self.seed}|{throw}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48


@dataclass(frozen=True)
class Verdict:
    """What was promised and what happened."""

    seed: int
    faults: int
    acked: int
    lost: int
    copies: int
    labelled: int
    unlabelled: int
    unsettled: int
    seconds_after_last_fault: float

    @property
    def kept(self) -> bool:
        """No mail lost, every copy labelled, everything settled, and in time."""
        in_time = self.seconds_after_last_fault <= PROMISED_SECONDS
        return self.lost == 0 and self.unlabelled == 0 and self.unsettled == 0 and in_time

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.faults} faults, {self.acked} acked, {self.lost} lost, {self.copies} copies, "
            f"{self.labelled} labelled, {self.unlabelled} copies without a label, {self.unsettled} unsettled, "
            f"all delivered {self.seconds_after_last_fault:.1f} s after the last fault"
        )


@dataclass(frozen=True)
class Place:
    """Where the drill runs: a call on its migrated throw-away database, a folder, what processes are given."""

    call: Call
    folder: Path
    environment: Mapping[str, str]
    broker: broker.PrivateBroker
    sink: Sink


def run(plan: Plan, place: Place, say: Say) -> Verdict:
    """Kill and count. Leaves no process behind."""
    actors = {
        "broker kill": Actor(place.broker.program, place.folder / "broker.log"),
        "worker kill": Actor(
            celery_program("worker", WORKER, place.environment), place.folder / "worker.log"
        ),
        "clock kill": Actor(celery_program("clock", CLOCK, place.environment), place.folder / "clock.log"),
    }
    acked: list[int] = []
    try:
        for actor in actors.values():
            actor.start()
        _wait_for_broker(place.broker.url).close()
        people = service.make_people(place.call, PEOPLE)
        producer = threading.Thread(target=_produce, args=(plan, place.call, people, acked), daemon=True)
        producer.start()
        _wait_for_mail(place.sink, 0)
        _disturb(plan, actors, place, say)
        last_fault = time.monotonic()
        producer.join()
        _wait_until_delivered(place, len(acked), last_fault)
        ledger = _wait_until_settled(place)
    finally:
        for actor in actors.values():
            actor.kill()
    return _judge(plan, place, acked, ledger, last_fault)


def _produce(plan: Plan, call: Call, people: list[UUID], acked: list[int]) -> None:
    """Commit the obligations over half of the run; one that returned is acknowledged."""
    started = time.monotonic()
    for turn in range(plan.mails):
        wait = started + plan.seconds / 2 * turn / plan.mails - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        service.call_drill(call, people[turn % len(people)], turn)
        acked.append(turn)


def _disturb(plan: Plan, actors: Mapping[str, Actor], place: Place, say: Say) -> None:
    started = time.monotonic()
    for number, (moment, fault) in enumerate(plan.faults(), start=1):
        time.sleep(max(0.0, started + moment - time.monotonic()))
        if fault == "flush":
            with _wait_for_broker(place.broker.url) as client:
                client.flushall()
        else:
            if fault == "worker kill":
                # A worker that is still starting has nothing in hand: wait until mail moves, then strike.
                _wait_for_mail(place.sink, place.sink.distinct())
            actors[fault].kill_and_restart()
        say(f"{time.monotonic() - started:6.1f} s  {number:3d}  {fault}")


def _wait_for_mail(sink: Sink, beyond: int, seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while sink.distinct() <= beyond and time.monotonic() < end:
        time.sleep(0.005)


def _wait_for_broker(broker_url: str) -> redis.Redis:
    """A connection to the broker, which right after its start needs a moment to listen."""
    client = redis.Redis.from_url(broker_url, socket_connect_timeout=1, socket_timeout=5)
    for _ in range(100):
        try:
            client.ping()
        except redis.exceptions.ConnectionError:
            time.sleep(0.1)
        else:
            return client
    msg = "the broker does not come up"
    raise RuntimeError(msg)


def _wait_until_delivered(place: Place, wanted: int, last_fault: float) -> None:
    while place.sink.distinct() < wanted and time.monotonic() < last_fault + SETTLE_SECONDS:
        time.sleep(0.1)


def _wait_until_settled(place: Place) -> service.Ledger:
    """Delivered is when the server took it; settled is when the database knows."""
    end = time.monotonic() + SETTLE_SECONDS / 4
    ledger = service.read_ledger(place.call)
    while (ledger.unsent or ledger.waiting_rows) and time.monotonic() < end:
        time.sleep(0.5)
        ledger = service.read_ledger(place.call)
    return ledger


def _judge(plan: Plan, place: Place, acked: list[int], ledger: service.Ledger, last_fault: float) -> Verdict:
    seen = place.sink.seen
    twice = {mail for mail, count in seen.items() if count > 1}
    owed = len(acked)
    return Verdict(
        seed=plan.seed,
        faults=len(plan.faults()),
        acked=owed,
        lost=owed - len(seen),
        copies=sum(count - 1 for count in seen.values()),
        labelled=len(ledger.labelled),
        unlabelled=len(twice - ledger.labelled),
        unsettled=len(ledger.unsent) + ledger.waiting_rows,
        seconds_after_last_fault=max(0.0, place.sink.last_at - last_fault),
    )
