"""The supervisor's loop: start all, restart what dies, stop all in order when asked to."""

import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from webapp.supervisor.child import Child, Program

STEP_SECONDS = 0.1
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Supervisor:
    """Programs in order of their start; they are stopped in the opposite order, so the broker goes last."""

    def __init__(
        self, programs: Sequence[Program], *, folder: Path, logs: Path, say: Callable[[str], None]
    ) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.children = [Child(program, folder, logs / f"{program.name}.log") for program in programs]
        self._say = say
        self._asked = False

    def run(self, each_step: Callable[["Supervisor"], None]) -> None:
        """Run until SIGTERM, SIGINT or `stop`; `each_step` is called about ten times a second."""
        # Under nohup SIGHUP is ignored already, and stays so.
        signs = [sign for sign in ENDING_SIGNALS if signal.getsignal(sign) is not signal.SIG_IGN]
        before = {sign: signal.signal(sign, self._on_signal) for sign in signs}
        try:
            for child in self.children:
                child.start(time.monotonic())
            while not self._asked:
                for child in self.children:
                    news = child.watch(time.monotonic())
                    if news:
                        self._say(news)
                each_step(self)
                time.sleep(STEP_SECONDS)
        finally:
            self._stop_all()
            for sign, handler in before.items():
                signal.signal(sign, handler)

    def stop(self) -> None:
        self._asked = True

    def in_use(self, name: str) -> None:
        """The program of this name has begun to serve: from now on a stop lets it finish."""
        for child in self.children:
            if child.program.name == name:
                child.in_use = True

    def restart(self, names: Sequence[str]) -> None:
        """Stop and start again the programs of these names, for changed code."""
        chosen = [child for child in self.children if child.program.name in names]
        _stop(chosen)
        for child in chosen:
            child.start(time.monotonic())

    def _on_signal(self, _sign: int, _frame: FrameType | None) -> None:
        self._asked = True

    def _stop_all(self) -> None:
        if not self.children:
            return
        first, *others = self.children
        _stop(others)  # those that use the broker, beside each other
        _stop([first])


def _stop(children: Sequence[Child]) -> None:
    for child in children:
        child.ask_to_stop()
    asked_at, left = time.monotonic(), list(children)
    while left:
        for child in list(left):
            if child.stopped() or time.monotonic() - asked_at > child.patience:
                child.end()
                left.remove(child)
        time.sleep(0.05)
