"""The real processes of a drill: broker, worker, clock, each killed without warning and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from webapp.core.tx import Tx
from webapp.supervisor.child import Program

ROOT = Path(__file__).resolve().parent.parent.parent
_CELERY = (sys.executable, "-m", "celery", "--quiet", "-A", "workers.app")
WORKER = (
    *_CELERY,
    *("worker", "--concurrency", "2", "--queues", "mail,office", "--loglevel", "WARNING"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)
CLOCK = (*_CELERY, "beat", "--scheduler", "workers.clock:DbScheduler", "--pidfile=", "--loglevel", "WARNING")


class Actor:
    """One process group that is started, killed and started again."""

    def __init__(self, program: Program, log: Path) -> None:
        self._program = program
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands only
                self._program.command,
                cwd=ROOT,
                env=dict(self._program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL to the whole group: nobody gets to tidy up."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def kill_and_restart(self, pause: float = 0.2) -> None:
        self.kill()
        time.sleep(pause)
        self.start()


def celery_program(name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> Program:
    """A worker or a clock over the drill's own database, broker and mail server."""
    return Program(name, command, dict(environment))


class Silent:
    """A subject with nothing of its own to say: what is tried is the engine."""

    def stage_opened(self, tx: Tx, subject_id: UUID, stage: str) -> None: ...
    def before_decision(self, tx: Tx, subject_id: UUID, stage: str, verdict: str) -> None: ...
    def returned(self, tx: Tx, subject_id: UUID, stage: str, reason: str) -> None: ...
    def rejected(self, tx: Tx, subject_id: UUID, stage: str, reason: str) -> None: ...
    def concluded(self, tx: Tx, subject_id: UUID, decision_id: UUID) -> None: ...
    def withdrawn(self, tx: Tx, subject_id: UUID, reason: str) -> None: ...
    def revoked(self, tx: Tx, subject_id: UUID, reason: str) -> None: ...
