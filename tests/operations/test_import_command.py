"""The shell's entrance to an import: progress, refusals by name, a CSV of them, one sentence for what is wrong."""

import random

from click.testing import CliRunner

from tests.unit.imports import grammar
from webapp.imports.cli import import_group


class Shell:
    def __init__(self, runtime):
        self.runtime = runtime


def run(runtime, *words):
    return CliRunner().invoke(import_group, ["history", *map(str, words)], obj=Shell(runtime))


def test_refused_events_are_named_with_case_and_reason(runtime, tmp_path):
    rng = random.Random(5)
    late = [("SUBMITTED", "EMPLOYEE"), ("FINAL_APPROVED", "DIRECTOR"), ("APPROVED", "SUPERVISOR")]
    log = tmp_path / "log.xes"
    log.write_text(grammar.as_xes(grammar.named("Permit", {"permit 7": late}), rng))
    answer = run(runtime, log, "--mapping", "travel_permits", "--refused", tmp_path / "refused.csv")
    assert answer.exit_code == 0, answer.output
    assert "refused: case permit 7" in answer.output
    assert "Permit APPROVED by SUPERVISOR" in (tmp_path / "refused.csv").read_text(encoding="utf-8-sig")


def test_a_wrong_mapping_or_file_ends_with_one_sentence(runtime, tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("x")
    answer = run(runtime, log, "--mapping", "no-such-mapping")
    assert answer.exit_code == 1
    assert "shipped ones: helpdesk_tickets, payment_requests" in answer.output
    assert run(runtime, log, "--mapping", "travel_permits").exit_code == 2
