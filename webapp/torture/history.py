"""Whole event logs through the import, killed on the way if wanted, and held against what their files say.

Each log is imported by a process of its own, so that its computing time and its peak memory are its own.
"""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from webapp.audit import queries as log
from webapp.audit.sequencer import sequence
from webapp.core.tx import Call
from webapp.digests import builder
from webapp.imports import queries
from webapp.torture.stage import ROOT
from webapp.torture.told import Family, Told, family_of, told_by

Say = Callable[[str], object]
_FIGURES = {
    "received": "requests.received",
    "again": "requests.new_rounds",
    "return": "requests.returned",
    "concluded": "requests.concluded",
    "revoked": "requests.revoked",
    "withdrawn": "requests.withdrawn",
    "registered": "incidents.registered",
    "leveled": "incidents.levels",
    "closed": "incidents.closed",
    "reopened": "incidents.reopened",
}


@dataclass(frozen=True)
class Effort:
    """What one import cost over all its starts: seconds on the wall and computing, peak memory in MiB."""

    wall: float
    cpu: float
    peak: float
    kills: int


@dataclass(frozen=True)
class Result:
    """One log: what the import counted, what it cost, and where it differs from the file."""

    name: str
    cases: int
    events: int
    accepted: int
    ignored: int
    refused: Counter[str]
    effort: Effort
    untouched: int
    differences: tuple[str, ...]

    def __str__(self) -> str:
        reasons = ", ".join(f"{code} {count}" for code, count in sorted(self.refused.items())) or "none"
        taken = self.events / max(self.effort.cpu, 0.001)
        return (
            f"{self.name}: cases {self.cases} ({self.untouched} without a refusal, "
            f"{100 * self.untouched / max(self.cases, 1):.2f} %), events {self.events}, accepted {self.accepted}, "
            f"ignored {self.ignored}, refused {sum(self.refused.values())} ({reasons}); "
            f"{self.events / max(self.effort.wall, 0.001):.0f} events/s, {taken:.0f} per CPU second, "
            f"{(self.events - self.ignored) / max(self.effort.cpu, 0.001):.0f} of them through the engine; "
            f"peak {self.effort.peak:.0f} MiB; killed {self.effort.kills} times; "
            + ("as the file says" if not self.differences else "DIFFERS: " + "; ".join(self.differences[:5]))
        )


def found_logs(folder: Path) -> list[tuple[Path, Family]]:
    """The logs of systems we know in a folder and below."""
    pairs = ((path, family_of(path)) for path in sorted(folder.rglob("*")) if path.is_file())
    return [(path, family) for path, family in pairs if family is not None]


def run(
    call: Call, logs: list[tuple[Path, Family]], environment: Mapping[str, str], kills: int, say: Say
) -> bool:
    """Import them one after the other into one office; True when states, refusals and every month's figures agree."""
    months: dict[str, Counter[str]] = {}
    agreed = True
    for path, family in logs:
        effort = _imported(path, family, environment, kills)
        told = told_by(path, family)
        for month, counted in told.months.items():
            months.setdefault(month, Counter()).update(counted)
        with call.read() as session:
            result = _result(session, path, told, effort)
        say(str(result))
        agreed = agreed and not result.differences
    while sequence(call):
        pass
    wrong = [month for month, counted in sorted(months.items()) if figures_of(call, month) != +counted]
    say(f"digest figures of {len(months)} months: " + (f"DIFFER in {wrong}" if wrong else "as the files say"))
    return agreed and not wrong


def _imported(path: Path, family: Family, environment: Mapping[str, str], kills: int) -> Effort:
    """Run the command until it ends by itself, killed so many times before."""
    command = (sys.executable, "-m", "webapp", "import", "history", str(path), "--mapping", family.mapping)
    began, cpu, peak = time.monotonic(), 0.0, 0.0
    killed = 0
    while True:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=ROOT, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        if killed < kills:
            time.sleep(_pause(path.name, killed))
            os.kill(process.pid, signal.SIGKILL)
        assert process.stderr is not None
        words = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / 1024)
        if process.returncode == 0:
            return Effort(time.monotonic() - began, cpu, peak, killed)
        if process.returncode != -signal.SIGKILL:
            raise RuntimeError(words[-2000:])
        killed += 1


def _pause(name: str, turn: int) -> float:
    """Seconds until a kill, another one each time and the same in every run."""
    return 1.5 + 3.5 * hashlib.sha256(f"{name} {turn}".encode()).digest()[0] / 255


def _result(session: Session, path: Path, told: Told, effort: Effort) -> Result:
    run_row = next(row for row in reversed(queries.runs(session)) if row.file_name == path.name)
    refusals = queries.refusals(session, run_row.id)
    by_case = Counter(row.case_id for row in refusals)
    return Result(
        name=path.name,
        cases=run_row.case_count,
        events=run_row.event_count,
        accepted=run_row.accepted_count,
        ignored=run_row.ignored_count,
        refused=Counter(row.code for row in refusals),
        effort=effort,
        untouched=run_row.case_count - len(by_case),
        differences=tuple(_differences(told, dict(queries.outcomes(session, run_row.id)), by_case)),
    )


def _differences(told: Told, states: Mapping[str, str], refused: Counter[str]) -> Iterator[str]:
    for case in sorted({*told.states, *states}):
        if told.states.get(case) != states.get(case):
            yield f"{case}: file {told.states.get(case)}, import {states.get(case)}"
        if told.refused[case] != refused[case]:
            yield f"{case}: file refuses {told.refused[case]}, import {refused[case]}"


def figures_of(call: Call, month: str) -> Counter[str]:
    """The imported half of a month's digest, in the words of `told`."""
    with call.read() as session:
        size = log.tree_size(session)
        order = builder.Order("monthly", month, "", None, 1, size, "", size)
        built = builder.build(session, order, builder.current_definitions("monthly"))
    found = built.content["figures"]["imported"]
    counted = Counter({word: _all(found[name]) for word, name in _FIGURES.items()})
    by_stage = found["decisions.by_stage"]
    counted["approve"] = sum(count for key, count in by_stage.items() if key.endswith("|approve"))
    return +counted


def _all(figure: Mapping[str, int] | int) -> int:
    return sum(figure.values()) if isinstance(figure, Mapping) else figure
