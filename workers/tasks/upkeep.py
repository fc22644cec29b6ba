"""Signs of life, and tidying away what nobody needs any more."""

from celery import Task

from webapp.accounts.service_upkeep import purge
from webapp.core.tx import Call
from workers.app import app, guarded, sign
from workers.names import HEARTBEAT_BEAT, SESSIONS_PURGE

WORKER = "worker"


def sign_of_life(call: Call) -> None:
    """A worker took a ring from the broker and reached the database."""
    sign(call, WORKER)


def tidy(call: Call) -> None:
    """Remove what has ended, and say that it was done."""
    purge(call)
    sign(call, SESSIONS_PURGE)


@app.task(name=HEARTBEAT_BEAT, bind=True)
def heartbeat(task: "Task[[], None]") -> None:
    guarded(HEARTBEAT_BEAT, task.request.id or "", sign_of_life)


@app.task(name=SESSIONS_PURGE, bind=True)
def purge_sessions(task: "Task[[], None]") -> None:
    guarded(SESSIONS_PURGE, task.request.id or "", tidy)
