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
# Ends of waiting for something that does happen: only a machine that stands still reaches them.
PATIENCE_SECONDS = 120
SECOND_START_SECONDS = 5.0
MARKS = {"web": "granian", "worker": "worker", "clock": "beat", "broker": "valkey-server"}
pytestmark = [
    pytest.mark.stack,
    pytest.mark.xdist_group("up"),
    pytest.mark.skipif(find_valkey() is None, reason="no Valkey in the wheel or on PATH"),
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc"),
]


def _heed_ctrl_c():
    """A test run begun in the background ignores Ctrl-C and its children with it; who sits at a shell does not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Office:
    """One `up` and what it printed so far."""

    def __init__(self, data, port, *words, before=()):
        self.port = port
        self.output = data.parent / f"up-{time.monotonic_ns()}.txt"
        plain = {"DATABASE_URL", "REDIS_URL", "SMTP_URL"}
        environment = {name: value for name, value in os.environ.items() if name not in plain}
        command = [sys.executable, "-P", "-m", "webapp", "up", "--data", str(data), "--port", str(port)]
        self.began = time.monotonic()
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [*before, *command, *words],
                cwd=ROOT,
                env=environment | {"PYTHONPATH": str(ROOT)},
                stdout=file,
                stderr=subprocess.STDOUT,
                preexec_fn=_heed_ctrl_c,  # noqa: PLW1509 - takes no lock
            )

    def text(self):
        return self.output.read_text()

    def wait_for(self, words):
        until(lambda: words in self.text() or self.process.poll() is not None, self.text)
        assert words in self.text(), self.text()
        return self

    def wait_until_open(self):
        return self.wait_for("mail is laid in")

    def family(self):
        """Every process under the supervisor, from the kernel's own lists."""
        found, look = set(), [self.process.pid]
        while look:
            for list_of in Path(f"/proc/{look.pop()}/task").glob("*/children"):
                try:
                    fresh = {int(pid) for pid in list_of.read_text().split()} - found
                except OSError:
                    continue  # ended meanwhile
                found |= fresh
                look += fresh
        return found

    def children(self):
        """Program name → process id."""
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

    def wait_until_well(self):
        until(
            lambda: self.health()[0] == 200 and len(self.children()) == len(MARKS),
            lambda: f"{self.text()}\n{self.health()}",
        )

    def end(self, sign=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            return self.process.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.terminate()  # a test that fails leaves no office behind either
            raise


def until(happened, tell):
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < end, tell()
        time.sleep(0.05)


def alive(pids):
    """Those that still run; one that has ended and that nobody has asked about yet does not."""
    return [pid for pid in pids if state(pid) not in {"", "Z", "X"}]


def state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def gone(pids):
    """What was killed last may need a moment to go on a loaded machine; what was forgotten stays."""
    end = time.monotonic() + 10
    while alive(pids) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pids)


def slowness():
    """How many times longer than on an idle machine work takes here and now: elapsed over spent seconds."""
    code = "import time, webapp.factory; print(time.process_time())"
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return max(1.0, (time.monotonic() - began) / float(done.stdout))


@pytest.fixture
def start(tmp_path):
    begun = []

    def run(*words, data=None, port=None, before=()):
        office = Office(data or tmp_path / "office", port or free_port(), *words, before=before)
        begun.append(office)
        return office

    yield run
    for office in begun:
        office.end()


@pytest.fixture(scope="module")
def real_office(tmp_path_factory):
    """The folder of an office that has been founded and stopped, and what its first start printed."""
    data = tmp_path_factory.mktemp("real") / "office"
    office = Office(data, free_port(), "--empty")
    try:
        office.wait_until_open()
    finally:
        code = office.end(signal.SIGINT)
    assert code == 0
    return data, office.text()


def test_the_demo_office_opens_with_a_link_for_every_role_and_again_within_seconds(start, tmp_path):
    office = start().wait_until_open()
    links = re.findall(r"http://127\.0\.0\.1:\d+/enter/\S+", office.text())
    assert len(links) == len(set(links)) >= 15
    with urllib.request.urlopen(links[0], timeout=60) as page:
        assert page.status == 200
    family = office.family()
    assert office.end(signal.SIGINT) == 0
    assert office.text().rstrip().endswith("stopped")
    assert gone(family)

    before = slowness()
    again = start().wait_for("Ctrl-C stops it")
    seconds = time.monotonic() - again.began
    # On an idle machine three; where other programs take turns with it, so many times longer.
    assert seconds < SECOND_START_SECONDS * max(before, slowness()), again.text()
    assert "filling" not in again.wait_until_open().text()
    assert len(re.findall(r"/enter/\S+", again.text())) == len(links)


def test_a_real_office_starts_with_three_administrators_and_nobody_else(real_office):
    _, printed = real_office
    assert len(set(re.findall(r"/activate/\S+", printed))) == 3
    assert "/enter/" not in printed


def test_every_process_that_dies_comes_back_and_a_stop_leaves_nothing_behind(start, real_office, tmp_path):
    data, _ = real_office
    office = start(data=data).wait_until_open()
    assert "/activate/" not in office.text()

    # Somebody starts it a second time, on the same folder and on the same port.
    again = start(data=data)
    elsewhere = start(data=tmp_path / "other", port=office.port)
    for refused, words in ((again, "already runs"), (elsewhere, f"Port {office.port} is taken")):
        assert refused.process.wait(timeout=PATIENCE_SECONDS) == 2
        assert words in refused.text()
        assert len(refused.text().strip().splitlines()) == 1

    office.wait_until_well()
    before = office.children()
    assert set(before) == set(MARKS)
    for pid in before.values():
        os.killpg(pid, signal.SIGKILL)
    until(lambda: not set(before.values()) & set(office.children().values()), office.text)
    office.wait_until_well()
    family = office.family()
    assert office.end() == 0
    assert office.text().rstrip().endswith("stopped")
    assert gone(family)
    assert office.health()[0] == 0


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_while_the_processes_start_leaves_nothing_behind(start, real_office, sign):
    data, _ = real_office
    office = start(data=data)
    until(lambda: len(office.children()) == len(MARKS), office.text)
    family = office.family()
    assert office.end(sign) == 0
    assert gone(family | office.family())


def test_a_demo_whose_filling_was_cut_off_is_filled_anew(start, tmp_path):
    office = start().wait_for("filling")
    until((tmp_path / "office" / "demo-office").exists, office.text)
    assert office.end() == 0
    assert office.text().rstrip().endswith("stopped before the office was open")
    assert not office.family()
    again = start()
    again.wait_for("preparing the database").wait_for("filling")
    again.end(signal.SIGKILL)


def test_demo_data_are_never_served_to_others(start, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://office.example")
    office = start()
    assert office.process.wait(timeout=PATIENCE_SECONDS) == 2
    assert "Demo data is served on this machine only" in office.text()


@pytest.mark.parametrize(
    ("mount", "words"),
    [
        ("size=64k", "is full"),  # not even room for a key
        ("size=20m", "is full: 2"),  # room, but not enough of it
        ("ro", "cannot be written: Read-only file system"),
    ],
)
def test_a_disk_that_cannot_be_used_is_said_in_one_sentence(start, tmp_path, mount, words):
    place = tmp_path / "disk"
    place.mkdir()
    mounting = f"mount -t tmpfs -o {mount} none {place}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mounting], capture_output=True, check=False).returncode:
        pytest.skip("this account may not mount a disk of its own")
    before = ("unshare", "-m", "sh", "-c", f'{mounting} && exec "$@"', "up")
    office = start(data=place / "office", before=before)
    assert office.process.wait(timeout=PATIENCE_SECONDS) == 2
    assert words in office.text()
    assert len(office.text().strip().splitlines()) == 1
