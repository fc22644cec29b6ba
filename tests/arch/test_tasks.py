"""Every task that is rung exists, has its queue, and a line of the Procfile consumes the queue."""

import re

import config
from tests.arch.sources import ROOT
from webapp.supervisor import procfile
from workers import names


def lines():
    return procfile.read(ROOT / "Procfile")


def test_the_procfile_has_the_four_processes():
    assert set(lines()) == {"web", "worker", "clock", "release"}


def test_every_task_is_registered_under_its_constant_and_goes_to_a_queue(tmp_path):
    from workers.app import make_app  # noqa: PLC0415 - builds the application

    settings = config.Settings(data_dir=tmp_path, database_url="sqlite://", secret_key="0" * 64)
    app = make_app(settings)
    app.loader.import_default_modules()
    registered = {name for name in app.tasks if not name.startswith("celery.")}
    constants = {
        value
        for key, value in vars(names).items()
        if key.isupper() and isinstance(value, str) and "." in value
    }
    assert registered == constants == set(names.QUEUE_OF)


def test_every_queue_is_consumed_by_the_worker_line():
    match = re.search(r"--queues (\S+)", lines()["worker"])
    assert match
    assert set(match[1].split(",")) == set(names.QUEUE_OF.values())


def test_every_rung_task_is_named_by_a_constant():
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", name) for name in names.QUEUE_OF)
