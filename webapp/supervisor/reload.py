"""Notice changed source files, for `dev`."""

from pathlib import Path

LOOK_EVERY_SECONDS = 1.0
PATTERNS = ("webapp/**/*.py", "webapp/**/*.po", "webapp/**/*.html", "workers/**/*.py", "config.py")


class CodeWatch:
    """Compares the newest change time and the number of files, which also notices a removed one."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen = self._stamp()
        self._next = 0.0

    def changed(self, now: float) -> bool:
        """Whether anything changed since the last look; `now` in seconds of a monotonic clock."""
        if now < self._next:
            return False
        self._next = now + LOOK_EVERY_SECONDS
        before, self._seen = self._seen, self._stamp()
        return before != self._seen

    def _stamp(self) -> tuple[int, float]:
        times = [
            path.stat().st_mtime for pattern in PATTERNS for path in self._root.glob(pattern) if path.exists()
        ]
        return len(times), max(times, default=0.0)
