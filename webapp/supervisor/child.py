"""One process that is meant to live: its command, its log file, its restarts with growing pauses."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LOG_LIMIT_BYTES = 10_000_000
LONGEST_PAUSE_SECONDS = 30.0
HURRIED_SECONDS = 1.0
# A process that lived this long was well; what kills it later starts with the shortest pause again.
SETTLED_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """What to run. `patience` is how many seconds it may take to stop after SIGTERM, once somebody uses it.

    With `unused_at_first` it is hurried until the supervisor is told that it is in use: a web server that is still
    loading its application has nothing to finish, and would wait for itself.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    patience: float = 10.0
    unused_at_first: bool = False


class Child:
    """A running program. All times are seconds of a monotonic clock, passed in by the loop."""

    def __init__(self, program: Program, folder: Path, log: Path) -> None:
        self.program = program
        self.restarts = 0
        self.in_use = not program.unused_at_first
        self._folder = folder
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_again_at: float | None = None
        self._pause = 0.5

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self, now: float) -> None:
        """Start in a process group of its own, so that a Ctrl-C at the terminal reaches the supervisor alone."""
        _rotate(self._log)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands only
                self.program.command,
                cwd=self._folder,
                env=dict(self.program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one thread
            )
        self._started_at = now
        self._start_again_at = None

    def watch(self, now: float) -> str | None:
        """Restart when due; a sentence when the process was found dead or came back, else None."""
        if self._start_again_at is not None:
            if now < self._start_again_at:
                return None
            self.restarts += 1
            self.start(now)
            return f"{self.program.name} started again (process {self.pid})"
        if self._process is None or self._process.poll() is None:
            return None
        self._kill_group(signal.SIGKILL)
        if now - self._started_at > SETTLED_SECONDS:
            self._pause = 0.5
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        self._start_again_at = now + pause
        ended = f"{self.program.name} ended ({_ending(self._process.returncode)})"
        return f"{ended}, starts again in {pause:g} s; see {self._log}"

    @property
    def patience(self) -> float:
        """Seconds it may take to stop now."""
        return self.program.patience if self.in_use else min(HURRIED_SECONDS, self.program.patience)

    def ask_to_stop(self) -> None:
        """SIGTERM to the leader alone: it finishes its work and stops its own children in order."""
        self._start_again_at = None
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def stopped(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def end(self) -> None:
        """Whatever is left of the group goes now."""
        self._kill_group(signal.SIGKILL)
        if self._process:
            self._process.wait()

    def _kill_group(self, sign: int) -> None:
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, sign)
        except ProcessLookupError:
            return  # the group is empty, which is what was wanted
        except PermissionError:
            return  # macOS answers so for a group of zombies


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _die_with_parent() -> None:
    """A supervisor killed without warning must not leave processes that hold the port and the database."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
