"""Digests that are due, and the regular check of the whole log. Both find their work in the database."""

from celery import Task

from webapp.audit.service_check import check
from webapp.core.tx import Call
from webapp.deadlines.queries_calendar import work_calendar
from webapp.digests.service import build_due, publish_due
from workers.app import app, guarded, runtime, sign
from workers.names import DIGESTS_PLAN, LOG_CHECK


def plan(call: Call) -> None:
    """Build every digest whose month is over, hand over to the mails what is to be mailed, and say it was done."""
    build_due(call)
    with call.read() as session:
        calendar = work_calendar(session)
    publish_due(call, calendar.is_working_day)
    sign(call, DIGESTS_PLAN)


def check_log(call: Call) -> None:
    """Check entries, tree, signed heads and live rows; the digests page shows the outcome."""
    check(call, runtime().reconcilers())
    sign(call, LOG_CHECK)


@app.task(name=DIGESTS_PLAN, bind=True)
def plan_digests(task: "Task[[], None]") -> None:
    guarded(DIGESTS_PLAN, task.request.id or "", plan)


@app.task(name=LOG_CHECK, bind=True)
def check_whole_log(task: "Task[[], None]") -> None:
    guarded(LOG_CHECK, task.request.id or "", check_log)
