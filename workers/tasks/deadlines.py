"""A worker's share of the clock's work: rung when somebody wants the deadlines looked at now."""

from celery import Task

from webapp.deadlines.service_scan import scan
from workers.app import app, guarded
from workers.names import DEADLINES_SCAN


@app.task(name=DEADLINES_SCAN, bind=True)
def scan_now(task: "Task[[], None]") -> None:
    guarded(DEADLINES_SCAN, task.request.id or "", scan)
