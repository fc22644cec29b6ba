"""The Celery application: every option with its reason, and the one way a task runs.

The database holds the work, the broker only carries rings. So a lost message costs a second, a doubled one finds
nothing to do, and no option below has to make Celery reliable; they keep it simple, bounded and quick to recover.
"""

import functools
import logging
from collections.abc import Callable
from typing import TypeVar

from celery import Celery
from celery.signals import setup_logging, worker_init
from sqlalchemy.orm import configure_mappers

import config
from webapp.core.heartbeat import beat
from webapp.core.tx import Call, Tx, command
from webapp.core.wake import BROKER_OPTIONS
from webapp.runtime import Runtime, load_models, make_runtime
from workers.names import MAIL, QUEUE_OF

R = TypeVar("R")
log = logging.getLogger(__name__)

SOFT_LIMIT_SECONDS = 50
HARD_LIMIT_SECONDS = 60

TASK_MODULES = (
    "workers.tasks.outbox",
    "workers.tasks.deadlines",
    "workers.tasks.digests",
    "workers.tasks.previews",
    "workers.tasks.upkeep",
)


def make_app(settings: config.Settings) -> Celery:
    """Celery for one office."""
    made = Celery("waishi", broker=settings.redis_url or "memory://", include=list(TASK_MODULES))
    made.conf.update(
        # No result is ever read; a result store is one more thing that grows and that must be trusted.
        task_ignore_result=True,
        result_backend=None,
        # Rings have no arguments; nothing but JSON is taken from the broker.
        accept_content=["json"],
        task_serializer="json",
        # A ring is taken off the list when it is read. Late acknowledgement lost work all the same when a worker
        # was killed (12 of 1,500), and doubled it; the rows in the database are what is acknowledged.
        task_acks_late=False,
        # A child that is busy keeps no second ring for itself.
        worker_prefetch_multiplier=1,
        # A task ends before its ring would be given up; what is left is found by the next ring.
        task_soft_time_limit=SOFT_LIMIT_SECONDS,
        task_time_limit=HARD_LIMIT_SECONDS,
        # Slow leaks of libraries end with the child.
        worker_max_tasks_per_child=500,
        # Whoever rings does not wait for a broker that is away.
        task_publish_retry=False,
        broker_transport_options=BROKER_OPTIONS,
        # The worker outlives its broker: it tries for ever, from the first connection on.
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # Remote control keeps reply queues in Redis that nobody removes, and lets whoever reaches Redis stop workers.
        worker_enable_remote_control=False,
        beat_enable_remote_control=False,
        worker_send_task_events=False,
        # A warm stop waits for the mail in hand, whose dialogue is bounded by ten seconds.
        worker_soft_shutdown_timeout=12.0,
        # Log records belong to the process manager, in our own form.
        worker_hijack_root_logger=False,
        task_default_queue=MAIL,
        task_routes={name: {"queue": queue} for name, queue in QUEUE_OF.items()},
        task_create_missing_queues=True,
        # Beat keeps no state in a file: the database does (workers/clock.py).
        beat_scheduler="workers.clock:DbScheduler",
        timezone="Asia/Shanghai",
        enable_utc=True,
    )
    return made


@functools.cache
def settings() -> config.Settings:
    # Neither worker nor clock signs cookies: where accounts are separate they cannot read that secret.
    return config.from_env(make_secret=False)


@functools.cache
def runtime() -> Runtime:
    """The process's own: made with its first task, never before the fork, which connections do not survive."""
    return make_runtime(settings())


def guarded(name: str, request_id: str, work: Callable[[Call], R]) -> R | None:
    """Do a piece of work as the system; what goes wrong is logged once and left to the clock's next second.

    The one broad `except` of the workers: a task that fails must not end the process that has others to do, and
    the state of the work is in the database, not in the exception.
    """
    try:
        return work(runtime().call(request_id=request_id))
    except Exception:
        log.exception("%s failed (request %s)", name, request_id)
        return None


@command
def sign(tx: Tx, name: str) -> None:
    """Write that the process or task `name` works."""
    beat(tx.session, name, tx.now)


@worker_init.connect
def _load_before_the_fork(**_more: object) -> None:
    """Tables and mappings are loaded once for all children, not by each with its first ring."""
    load_models()
    configure_mappers()


@setup_logging.connect
def _plain_logging(loglevel: int = logging.INFO, **_more: object) -> None:
    logging.basicConfig(
        level=loglevel, format="%(asctime)s %(levelname)s %(processName)s %(name)s: %(message)s"
    )


app = make_app(settings())
