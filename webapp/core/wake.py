"""The doorbell: tells a worker, through the broker, that something is due. Losing a ring costs a second or two.

Work is never handed over here: the message has no arguments, the database holds what is to be done, and the clock
looks there every second. So a ring may be dropped for any reason, and must never cost the caller anything.
"""

import logging
import os
import threading
import time
from typing import Any, Final

log = logging.getLogger(__name__)

RELAY_TASK: Final = "outbox.relay"
MAIL_QUEUE: Final = "mail"
BUDGET_SECONDS: Final = 0.2
BREAK_SECONDS: Final = 5.0
"""After a failure no ring is tried for this long. Short, since only the doorbell's own thread waits for one."""
GAP_SECONDS: Final = 0.2
"""Rings within this time become one: the worker takes all that is due at once anyway."""
RING_EXPIRES_SECONDS: Final = 60

BROKER_OPTIONS: Final[dict[str, Any]] = {
    # Without max_retries=0 kombu tries for six seconds to reach a broker that is down, whatever `retry` says.
    "max_retries": 0,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "visibility_timeout": 3600,
    "global_keyprefix": "fao:",
}


class BrokerWake:
    """Rings by task name on a thread of its own: a stalled broker holds up that thread, never a request."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._wanted: set[tuple[str, str]] = set()
        self._changed = threading.Condition()
        self._pid = 0

    def ring(self) -> None:
        """Something is due: relay and deliver."""
        self.send(RELAY_TASK, MAIL_QUEUE)

    def send(self, task: str, queue: str) -> None:
        """Ask for a task without arguments. Returns at once, never raises."""
        with self._changed:
            if self._pid != os.getpid():  # a thread does not survive a fork
                self._pid = os.getpid()
                threading.Thread(target=self._serve, name="doorbell", daemon=True).start()
            self._wanted.add((task, queue))
            self._changed.notify()

    def _serve(self) -> None:
        from celery import Celery  # noqa: PLC0415 - loaded beside the first request, not before it

        app = Celery("doorbell", broker=self._redis_url, set_as_current=False)
        quick = {"socket_connect_timeout": BUDGET_SECONDS, "socket_timeout": BUDGET_SECONDS}
        app.conf.update(
            task_ignore_result=True,
            task_publish_retry=False,
            broker_transport_options={**BROKER_OPTIONS, **quick},
        )
        broken_until, is_broken = 0.0, False
        while True:
            with self._changed:
                while not self._wanted:
                    self._changed.wait()
                wanted, self._wanted = self._wanted, set()
            if time.monotonic() >= broken_until:
                try:
                    for task, queue in sorted(wanted):
                        app.send_task(task, queue=queue, expires=RING_EXPIRES_SECONDS, retry=False)
                    is_broken = False
                except Exception as error:  # noqa: BLE001 - brokers fail in ways of their own; nobody waits for this
                    broken_until = time.monotonic() + BREAK_SECONDS
                    if not is_broken:
                        log.warning("the broker does not answer, mail waits for the clock: %s", error)
                    is_broken = True
            time.sleep(GAP_SECONDS)
