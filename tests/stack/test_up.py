"""`run up` as a person meets it: real processes, killed and stopped for real."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.servers import find_valkey
from webapp.supervisor.broker import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 240  # the first start fills a whole city
pytestmark = [
    pytest.mark.stack,
    pytest.mark.xdist_group("up"),
    pytest.mark.skipif(find_valkey() is None, reason="no Valkey in the wheel or on PATH"),
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc"),
]


class Office:
    """One `up` and what it printed so far."""

    def __init__(self, data, port, *words):
        self.port = port
        self.output = data.parent / f"up-{time.monotonic_ns()}.txt"
        environment = {
            k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "SMTP_URL"}
        }
        command = [sys.executable, "-m", "webapp", "up", "--data", str(data), "--port", str(port), *words]
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT
            )

    def text(self):
        return self.output.read_text()

    def wait_until_open(self):
        until(lambda: "Ctrl-C stops it" in self.text() or self.process.poll() is not None, self.text)
        assert "open after" in self.text(), self.text()
        return self

    def children(self):
        """Program name → process id, from the kernel's own list."""
        found = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            name = next((n for n, mark in MARKS.items() if mark in words or mark in words[0]), words[0])
            found[name] = int(pid)
        return found

    def health(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, ValueError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=PATIENCE_SECONDS)


MARKS = {"web": "granian", "worker": "worker", "clock": "beat", "broker": "valkey-server"}


def until(happened, tell=lambda: ""):
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < end, tell()
        time.sleep(0.1)


@pytest.fixture
def start(tmp_path):
    begun = []

    def run(*words, data=None, port=None):
        office = Office(data or tmp_path / "office", port or free_port(), *words)
        begun.append(office)
        return office

    yield run
    for office in begun:
        office.stop()


def test_an_office_opens_survives_kills_and_stops_without_a_trace(start, tmp_path):
    office = start().wait_until_open()
    links = re.findall(r"http://127\.0\.0\.1:\d+/enter/\S+", office.text())
    assert len(links) == len(set(links)) >= 15
    with urllib.request.urlopen(links[0], timeout=30) as page:
        assert page.status == 200

    # Somebody starts it a second time, on the same folder and on the same port.
    again = start(port=free_port())
    assert again.process.wait(timeout=PATIENCE_SECONDS) == 2
    assert "already runs" in again.text()
    elsewhere = start(data=tmp_path / "other", port=office.port)
    assert elsewhere.process.wait(timeout=PATIENCE_SECONDS) == 2
    assert f"Port {office.port} is taken" in elsewhere.text()
    assert all(len(one.text().strip().splitlines()) == 1 for one in (again, elsewhere))

    before = office.children()
    assert set(before) == set(MARKS)
    for pid in before.values():
        os.killpg(pid, signal.SIGKILL)
    until(lambda: not set(before.values()) & set(office.children().values()), office.text)
    until(lambda: office.health()[0] == 200 and len(office.children()) == len(MARKS), office.text)

    last = set(office.children().values())
    assert office.stop() == 0
    assert office.text().rstrip().endswith("stopped")
    assert not [pid for pid in last if Path(f"/proc/{pid}").exists()]
    assert office.health()[0] == 0

    reopened = start().wait_until_open()
    assert "filling" not in reopened.text()
    seconds = float(re.search(r"open after ([\d.]+) s", reopened.text())[1])
    assert seconds < 20, "a second start takes about four seconds on an idle machine with two cores"


def test_a_real_office_starts_with_three_administrators_and_nobody_else(start, tmp_path):
    office = start("--empty").wait_until_open()
    assert len(re.findall(r"/activate/\S+", office.text())) == 3
    assert "/enter/" not in office.text()
    office.stop()
    reopened = start().wait_until_open()
    assert "/activate/" not in reopened.text()
    assert "江海市" not in reopened.text()


def test_a_demo_office_is_never_served_to_others(start, tmp_path, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://office.example")
    office = start()
    assert office.process.wait(timeout=PATIENCE_SECONDS) == 2
    assert "Demo data is served on this machine only" in office.text()
