"""The scanner is a command of the house: what it finds, and what it fails on, is kept out."""

import sys

import pytest

from webapp.core.scanner import _EICAR, CommandScanner, Probe, Scan, probe

EICAR = "".join(_EICAR).encode()
BY_INPUT = """
import sys
sys.exit(1 if b"EICAR-STANDARD" in sys.stdin.buffer.read() else 0)
"""
BY_PATH = """
import sys
sys.exit(1 if b"EICAR-STANDARD" in open(sys.argv[1], "rb").read() else 0)
"""


@pytest.fixture
def fake(tmp_path):
    """`fake(code)`: a scanner of a few lines; `words` come after it on the command line."""

    def make(code, words="", seconds=5.0):
        path = tmp_path / "scanner.py"
        path.write_text(code)
        return CommandScanner(f"'{sys.executable}' -I -S '{path}' {words}", seconds)

    return make


@pytest.mark.parametrize(("code", "words"), [(BY_INPUT, ""), (BY_PATH, "{file}")], ids=["input", "path"])
def test_a_scanner_that_knows_the_test_virus_works(fake, code, words):
    scanner = fake(code, words)
    assert scanner.scan(b"a clean paper") is Scan.CLEAN
    assert scanner.scan(b"before" + EICAR) is Scan.INFECTED
    assert probe(scanner) is Probe.WORKS


def test_no_answer_is_never_taken_for_a_clean_one(fake):
    assert fake("import sys; sys.exit(2)").scan(b"x") is Scan.FAILED
    assert fake("import os; os.kill(os.getpid(), 9)").scan(b"x") is Scan.FAILED
    assert fake("import time; time.sleep(9)", seconds=0.2).scan(b"x") is Scan.FAILED
    assert CommandScanner("/nowhere/scanner").scan(b"x") is Scan.FAILED


def test_a_scanner_that_lets_the_test_virus_pass_or_stops_everything_is_told_apart(fake):
    assert probe(None) is Probe.UNSET
    assert probe(fake("")) is Probe.BLIND
    assert probe(fake("import sys; sys.exit(1)")) is Probe.FAILING
    assert probe(fake("import sys; sys.exit(50)")) is Probe.FAILING


def test_a_scanner_that_reads_nothing_of_a_large_file_is_no_fault_of_ours(fake):
    assert fake("").scan(b"x" * 5_000_000) is Scan.CLEAN
