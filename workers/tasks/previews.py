"""Pages of uploaded files as pictures: rung with the upload, found by the clock."""

from celery import Task

from webapp.attachments.service_preview import render_due
from webapp.core.tx import Call
from workers.app import app, guarded, sign
from workers.names import PREVIEWS_RENDER

DRAW_SECONDS = 25.0
"""No file is begun after this: with the last one's 20 s the task ends before its own limit."""


def work(call: Call, seconds: float = DRAW_SECONDS) -> int:
    """Draw what waits for about `seconds`, and say that it was done."""
    drawn = render_due(call, seconds=seconds)
    sign(call, PREVIEWS_RENDER)
    return drawn


def one(call: Call) -> int:
    """The next file only."""
    return work(call, seconds=0.0)


@app.task(name=PREVIEWS_RENDER, bind=True)
def render(task: "Task[[], None]") -> None:
    guarded(PREVIEWS_RENDER, task.request.id or "", work)
