"""The Celery application: options that were measured, tasks that exist, queues that somebody reads."""

import os
import re
import threading
import time
from pathlib import Path

import celery  # noqa: F401 - it changes its own module while loading, which a ring's thread must not do meanwhile
import pytest

from webapp.core import wake
from workers.names import DIGESTS_PLAN, PREVIEWS_RENDER

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def celery_app(tmp_path_factory):
    """The application as a process would load it, with a data folder of its own."""
    kept = os.environ.get("WAISHI_DATA")
    os.environ["WAISHI_DATA"] = str(tmp_path_factory.mktemp("workers"))
    try:
        from workers.app import app  # noqa: PLC0415 - reads the environment when it is loaded

        app.loader.import_default_modules()
        return app
    finally:
        os.environ.pop("WAISHI_DATA")
        if kept is not None:
            os.environ["WAISHI_DATA"] = kept


def test_the_options_that_were_measured_hold(celery_app):
    wanted = {
        "task_ignore_result": True,
        "result_backend": None,
        "accept_content": ["json"],
        "task_acks_late": False,
        "worker_prefetch_multiplier": 1,
        "task_soft_time_limit": 50,
        "task_time_limit": 60,
        "worker_max_tasks_per_child": 500,
        "task_publish_retry": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "worker_enable_remote_control": False,
    }
    assert {name: celery_app.conf[name] for name in wanted} == wanted
    options = celery_app.conf.broker_transport_options
    assert (options["max_retries"], options["socket_connect_timeout"]) == (0, 0.5)


def test_every_named_task_exists_and_every_task_has_a_queue_that_a_worker_reads(celery_app):
    from workers.names import QUEUE_OF  # noqa: PLC0415 - beside the application

    own = {name for name in celery_app.tasks if not name.startswith("celery.")}
    assert own == set(QUEUE_OF)
    worker = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("worker:"))
    read = set(re.search(r"(?:--queues|-Q)[ =](\S+)", worker)[1].split(","))
    assert set(QUEUE_OF.values()) <= read


def test_the_web_rings_for_a_task_that_exists(celery_app):
    assert wake.RELAY_TASK in celery_app.tasks


def test_no_task_carries_state_a_time_or_a_chain():
    """Celery repeats an ETA beyond the broker's visibility timeout and loses it with the broker: deadlines are rows."""
    for path in [*ROOT.glob("workers/**/*.py"), *ROOT.glob("webapp/**/*.py")]:
        text = path.read_text(encoding="utf-8")
        for banned in ("apply_async", ".delay(", "countdown=", "eta=", "chord(", "acks_late=True"):
            assert banned not in text, f"{banned} in {path.relative_to(ROOT)}"


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://:wrong@127.0.0.1:1/0"])
def test_ringing_a_broker_that_is_not_there_costs_the_caller_nothing(url):
    bell = wake.BrokerWake(url)
    started = time.monotonic()
    for _ in range(1000):
        bell.ring()
    assert time.monotonic() - started < wake.BUDGET_SECONDS


def test_rings_of_many_threads_share_one_doorbell_thread():
    bell = wake.BrokerWake("redis://127.0.0.1:1/0")
    before = sum(thread.name == "doorbell" for thread in threading.enumerate())
    threads = [threading.Thread(target=bell.ring) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(thread.name == "doorbell" for thread in threading.enumerate()) == before + 1


def test_under_an_account_of_its_own_the_clock_leaves_the_office_s_files_to_the_workers(celery_app):
    from workers.clock import DUTIES  # noqa: PLC0415 - reads the environment when it is loaded

    alone = {duty.task for duty in DUTIES if duty.falls_to_the_clock(separate=False)}
    apart = {duty.task for duty in DUTIES if duty.falls_to_the_clock(separate=True)}
    assert alone - apart == {PREVIEWS_RENDER}
    assert DIGESTS_PLAN in apart
