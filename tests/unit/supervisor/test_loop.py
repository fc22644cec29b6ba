"""Real short-lived processes under the supervisor: it restarts the dead and leaves nobody behind."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from webapp.supervisor.child import Program
from webapp.supervisor.loop import Supervisor

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")
# Ignores SIGTERM and has a child of its own, as a hung worker would.
STUBBORN = (
    sys.executable,
    "-c",
    (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); time.sleep(60)"
    ),
)


@pytest.fixture
def said():
    return []


def office(tmp_path, said, *programs):
    return Supervisor(programs, folder=tmp_path, logs=tmp_path / "logs", say=said.append)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")  # a dead process nobody has waited for yet still answers to kill
    return state.read_text().split()[2] != "Z" if state.exists() else True


def test_a_killed_process_is_started_again_and_the_log_says_so(tmp_path, said):
    supervisor = office(tmp_path, said, Program("web", SLEEPER, dict(os.environ)))
    pids = []

    def step(running):
        pid = running.children[0].pid
        if not pids:
            pids.append(pid)
            os.kill(pid, signal.SIGKILL)
        elif pid != pids[0]:
            pids.append(pid)
            running.stop()

    supervisor.run(step)
    assert len(set(pids)) == 2
    assert "web ended (signal SIGKILL)" in said[0]
    assert "started again" in said[1]
    assert not any(alive(pid) for pid in pids)


def test_the_pause_before_a_restart_grows_while_a_process_keeps_failing(tmp_path, said):
    supervisor = office(
        tmp_path, said, Program("clock", (sys.executable, "-c", "raise SystemExit(3)"), dict(os.environ))
    )
    supervisor.run(lambda running: running.stop() if running.children[0].restarts >= 2 else None)
    pauses = [line.split("again in ")[1].split(" s")[0] for line in said if "ended" in line]
    assert pauses[:2] == ["0.5", "1"]
    assert "exit code 3" in said[0]


def test_sigterm_stops_every_process_and_its_children_even_a_deaf_one(tmp_path, said):
    deaf = Program("worker", STUBBORN, dict(os.environ), patience=0.5)
    supervisor = office(tmp_path, said, Program("web", SLEEPER, dict(os.environ), patience=0.5), deaf)
    log = tmp_path / "logs" / "worker.log"
    pids = []

    def step(running):
        if log.read_text().strip() and not pids:
            pids.extend([*(child.pid for child in running.children), int(log.read_text())])
            os.kill(os.getpid(), signal.SIGTERM)

    supervisor.run(step)
    time.sleep(0.1)
    assert len(pids) == 3
    assert not any(alive(pid) for pid in pids)


def test_a_program_nobody_uses_yet_is_not_waited_for(tmp_path, said):
    deaf = (
        sys.executable,
        "-c",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
    )
    for used, least, most in ((False, 0, 20), (True, 3, 30)):
        one = office(tmp_path, said, Program("web", deaf, patience=3.0, unused_at_first=True))
        began = time.monotonic()

        def step(supervisor, used=used, began=began):
            if used:
                supervisor.in_use("web")
            if time.monotonic() - began > 1:  # it has had time to grow deaf
                supervisor.stop()

        one.run(step)
        assert least < time.monotonic() - began - 1 < most
        assert one.children[0].stopped()
