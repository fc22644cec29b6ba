"""`python3 run test`: every check of the project in one run, on both databases, with a real broker and a real browser.

Checks that need no server go first and beside each other; the suite itself goes last, so that pytest's own closing line
ends the run. What this machine lacks is installed with `--all` (Debian, as root) and named otherwise.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests import servers

ROOT = Path(__file__).resolve().parent.parent
MEMORY_DISK = Path("/dev/shm")
ROOM_BYTES = 4_000_000_000
OTHER_PYTHONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True)
class Outcome:
    name: str
    ok: bool
    seconds: float
    output: str


def main(words: list[str]) -> int:
    """Run what is asked for; the exit code is 0 only when every part was."""
    # Ended from outside, the run still stops the servers it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    choice = _parser().parse_args(words)
    os.chdir(ROOT)
    good = _beside_each_other(_static_checks())
    if choice.fast:
        return (
            _suite(["tests/unit", "tests/arch", *choice.pytest], {}) if good else _suite_after_failure(choice)
        )
    with servers.Servers(install=choice.all) as found:
        for line in found.left_out:
            print(f"left out: {line}", flush=True)
        if choice.all and found.left_out:
            print("With --all every part must run.", flush=True)
            good = False
        if choice.all:
            good = _other_pythons() and good
        code = _suite(["-n", str(choice.workers), "--dist", "loadgroup", *choice.pytest], found.environment)
    return code if good else code or 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run test", description=__doc__.splitlines()[0])
    parser.add_argument("--fast", action="store_true", help="format, lint, types, contracts, unit tests")
    parser.add_argument(
        "--all", action="store_true", help="install what is missing, and every other Python on PATH"
    )
    parser.add_argument("--workers", type=int, default=2, help="test processes beside each other (2)")
    parser.add_argument("pytest", nargs="*", help="after --: words for pytest, such as -k trips")
    return parser


def _suite_after_failure(choice: argparse.Namespace) -> int:
    return _suite(["tests/unit", "tests/arch", *choice.pytest], {}) or 1


def _static_checks() -> list[tuple[str, list[str]]]:
    here = [sys.executable, "-m"]
    return [
        ("format", [*here, "ruff", "format", "--check", "--quiet", "."]),
        ("lint", [*here, "ruff", "check", "--quiet", "."]),
        ("types", [*here, "mypy", "--no-error-summary"]),
        ("contracts", [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]),
    ]


def _beside_each_other(checks: list[tuple[str, list[str]]]) -> bool:
    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(lambda check: _run(*check), checks))
    for outcome in outcomes:
        _tell(outcome)
    return all(outcome.ok for outcome in outcomes)


def _run(name: str, command: list[str], environment: dict[str, str] | None = None) -> Outcome:
    started = time.monotonic()
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=environment,
        cwd=ROOT,
    )
    return Outcome(name, done.returncode == 0, time.monotonic() - started, done.stdout)


def _tell(outcome: Outcome) -> bool:
    print(f"{'ok' if outcome.ok else 'FAILED':7}{outcome.name:20}{outcome.seconds:6.1f} s", flush=True)
    if not outcome.ok:
        print(outcome.output, flush=True)
    return outcome.ok


def _other_pythons() -> bool:
    """The fast part on every other supported Python of this machine; a missing one is named, not passed over."""
    good = True
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    missing = []
    for version in OTHER_PYTHONS:
        if version == own:
            continue
        name = f"python{version}"
        if not servers.works(name, "-c", "pass"):
            missing.append(version)
            continue
        command = [name, "run", "--venv", f".venv-{version}", "test", "--fast"]
        good = _tell(_run(f"fast on {version}", command, _plain_environment())) and good
    if missing:
        print(f"not on this machine: Python {', '.join(missing)}", flush=True)
    return good


def _plain_environment() -> dict[str, str]:
    """The machine's environment without an office's settings, which must not steer a test."""
    import config  # noqa: PLC0415 - after the static checks have had their say about it

    plain = {name: value for name, value in os.environ.items() if name not in config.NAMES}
    if "TMPDIR" not in os.environ and _roomy(MEMORY_DISK):
        plain["TMPDIR"] = str(MEMORY_DISK)
    return plain


def _roomy(folder: Path) -> bool:
    """Thousands of databases that live for a second need not wait for a disk, where memory has the room."""
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM_BYTES


def _suite(words: list[str], extra: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", *words]
    return subprocess.run(command, env=_plain_environment() | extra, check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
