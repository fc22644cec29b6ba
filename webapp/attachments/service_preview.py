"""Drawing the pages of files as pictures: claimed by a lease, drawn in a process of its own, settled in one step.

State lives in the rows, so the work has no arguments, may run twice, and a worker that dies costs its lease only.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from webapp.attachments import queries_preview, render
from webapp.attachments.events import PreviewMade
from webapp.attachments.models import Attachment, Preview, PreviewPage
from webapp.attachments.rules import FileKind
from webapp.attachments.states import REFUSALS, PreviewReason, PreviewState
from webapp.core.errors import NotFound
from webapp.core.events import Subject
from webapp.core.ports import Storage
from webapp.core.tx import Call, Tx, command

LEASE = timedelta(seconds=60)
TRIES = 3


@dataclass(frozen=True)
class Job:
    """A claimed file; `attempt` tells this claim from a later one."""

    preview_id: UUID
    attempt: int
    kind: FileKind
    sha256: str


@dataclass(frozen=True)
class Picture:
    sha256: str
    size: int
    width: int
    height: int


@dataclass(frozen=True)
class Drawn:
    """The pictures of all pages, or the reason why there are none and how many pages were counted."""

    pages: tuple[Picture, ...] = ()
    reason: PreviewReason | None = None
    count: int = field(default=0)


def render_due(call: Call, *, seconds: float) -> int:
    """Draw file after file until none waits or `seconds` have passed; return how many were settled."""
    until = time.monotonic() + seconds
    settled = 0
    while (job := claim(call)) is not None:
        settle(call, job, draw(call.ports.need_storage(), job))
        settled += 1
        if time.monotonic() >= until:
            break
    return settled


@command
def claim(tx: Tx) -> Job | None:
    """The next file, for a minute. One whose worker died is tried three times."""
    waiting = queries_preview.next_waiting(tx.session, tx.now)
    if waiting is None:
        return None
    row = tx.lock(Preview, waiting)
    if row.state is not PreviewState.WAITING or (row.lease_until is not None and row.lease_until > tx.now):
        return None  # another worker was faster
    file = tx.session.get_one(Attachment, row.attachment_id)
    if row.attempts >= TRIES:
        _settle(tx, row, file, Drawn(reason=PreviewReason.INTERRUPTED))
        return None
    row.attempts += 1
    row.lease_until = tx.now + LEASE
    return Job(preview_id=row.id, attempt=row.attempts, kind=file.kind, sha256=file.sha256)


def draw(storage: Storage, job: Job) -> Drawn:
    """Have the pages drawn by a process inside limits, and store the pictures. No transaction is open meanwhile."""
    with tempfile.TemporaryDirectory(prefix="waishi-preview-") as name:
        folder = Path(name)
        source = folder / "source"
        try:
            with storage.open(job.sha256) as stored:
                source.write_bytes(stored.read())
        except NotFound:
            return Drawn(reason=PreviewReason.DAMAGED)
        kind = "pdf" if job.kind is FileKind.PDF else "picture"
        try:
            done = subprocess.run(  # noqa: S603 - our own program, paths of our own making
                [sys.executable, "-I", render.__file__, kind, str(source), str(folder)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=render.WALL_SECONDS,
                env={},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Drawn(reason=PreviewReason.TOO_HEAVY)
        if done.returncode < 0:  # ended by the system: processor time, memory
            return Drawn(reason=PreviewReason.TOO_HEAVY)
        if done.returncode > 0:
            return Drawn(reason=PreviewReason.DAMAGED)
        said = json.loads(done.stdout)
        if "code" in said:
            return Drawn(reason=PreviewReason(said["code"]), count=said["count"])
        return Drawn(
            pages=tuple(_store(storage, folder, at, page) for at, page in enumerate(said["pages"], 1))
        )


def _store(storage: Storage, folder: Path, number: int, page: dict[str, int]) -> Picture:
    with (folder / f"{number}.webp").open("rb") as picture:
        sha256, size = storage.put(picture)
    return Picture(sha256=sha256, size=size, width=page["width"], height=page["height"])


@command
def settle(tx: Tx, job: Job, drawn: Drawn) -> None:
    """Keep what was drawn, unless the claim has passed to another worker meanwhile."""
    row = tx.lock(Preview, job.preview_id)
    if row.state is PreviewState.WAITING and row.attempts == job.attempt:
        _settle(tx, row, tx.session.get_one(Attachment, row.attachment_id), drawn)


def _settle(tx: Tx, row: Preview, file: Attachment, drawn: Drawn) -> None:
    for number, picture in enumerate(drawn.pages, start=1):
        tx.add(PreviewPage(preview_id=row.id, page_no=number, **picture.__dict__))
    row.reason, row.page_count = drawn.reason, len(drawn.pages) or drawn.count
    row.state = _state(drawn.reason)
    row.done_at, row.lease_until = tx.now, None
    together = hashlib.sha256("".join(picture.sha256 for picture in drawn.pages).encode()).hexdigest()
    tx.record(
        PreviewMade(
            about=Subject(kind="attachment", id=file.id, version=file.version_no),
            sha256=file.sha256,
            pages=row.page_count,
            pages_sha256=together if drawn.pages else None,
            result=row.state.value,
            reason=drawn.reason.value if drawn.reason else "",
        )
    )


def _state(reason: PreviewReason | None) -> PreviewState:
    if reason is None:
        return PreviewState.DONE
    return PreviewState.REFUSED if reason in REFUSALS else PreviewState.FAILED
