"""The days of the demo office: what happens when, in the order of time, under a clock the script moves."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from webapp.accounts import queries
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.core.clock import FixedClock
from webapp.core.errors import NotAllowedNow
from webapp.core.tx import Call
from webapp.deadlines.service_scan import scan
from webapp.notifications.service_deliver import drain
from webapp.runtime import Runtime, make_mailer, make_post


@dataclass(order=True)
class Entry:
    at: datetime
    number: int
    act: Callable[[], object] = field(compare=False)
    waits: bool = field(compare=False)


class Diary:
    """`today` is the day of building; stories write entries relative to it, `live` goes through them all."""

    def __init__(self, runtime: Runtime, begins: datetime) -> None:
        self.clock = FixedClock(begins)
        self.system: Call = replace(runtime.call(), clock=self.clock)
        self.now = runtime.clock.now()
        self._post = make_post(runtime.settings)
        self._mailer = make_mailer(runtime.settings)
        self._entries: list[Entry] = []
        self._numbers = itertools.count()
        self._calls: dict[str, Call] = {}

    def person(self, login: str) -> Call:
        """The account's own call: what it does is done in its name and with its rights."""
        if login not in self._calls:
            with self.system.read() as session:
                account = queries.account_by_login(session, login)
                self._calls[login] = self.system.as_actor(queries.actor_of(session, account.id))
        return self._calls[login]

    def write(self, at: datetime, act: Callable[[], object], *, waits: bool = False) -> None:
        """Note an act; what `waits` is tried again a day later while it is too early (a notice's working days)."""
        heapq.heappush(self._entries, Entry(at, next(self._numbers), act, waits))

    def live(self) -> None:
        """Do everything up to now in order; each evening reminders go out, mails are handed over, the log is signed."""
        evening = self.clock.now() + timedelta(hours=8)
        while self._entries and self._entries[0].at < self.now:
            entry = heapq.heappop(self._entries)
            while evening < entry.at:
                self._close_the_day(evening)
                evening += timedelta(days=1)
            self.clock.set(entry.at)
            try:
                entry.act()
            except NotAllowedNow:
                if not entry.waits:
                    raise
                self.write(entry.at + timedelta(days=1), entry.act, waits=True)
        while evening < self.now:
            self._close_the_day(evening)
            evening += timedelta(days=1)
        self._close_the_day(self.now)

    def _close_the_day(self, at: datetime) -> None:
        self.clock.set(at)
        while scan(self.system).more:
            pass
        drain(self.system, self._post, self._mailer)
        sequence(self.system)
        sign_head(self.system)
