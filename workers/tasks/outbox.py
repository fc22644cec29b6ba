"""The doorbell: turn what waits in the outbox into mails, and hand over what is due."""

from celery import Task

from webapp.core.tx import Call
from webapp.notifications.service_deliver import Drained, drain
from webapp.runtime import make_mailer, make_post
from workers.app import app, guarded, settings
from workers.names import OUTBOX_RELAY

DRAIN_SECONDS = 40.0


def work(call: Call, seconds: float = DRAIN_SECONDS) -> Drained:
    """Relay and deliver for at most about `seconds`; the clock does the same when it finds something late."""
    return drain(call, make_post(settings()), make_mailer(settings()), seconds=seconds)


@app.task(name=OUTBOX_RELAY, bind=True)
def relay(task: "Task[[], None]") -> None:
    guarded(OUTBOX_RELAY, task.request.id or "", work)
