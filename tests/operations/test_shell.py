"""What a person at the shell reads when a command cannot do its work, and the figures of the mail bench."""

import re

import pytest
from click.testing import CliRunner

from webapp.cli import main


def run(tmp_path, *words, **environment):
    plain = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "SMTP_URL", "PUBLIC_URL", "WAISHI_DEMO"))
    env = {**plain, "WAISHI_DATA": str(tmp_path / "office"), **environment}
    return CliRunner().invoke(main, words, env=env)


@pytest.mark.parametrize("words", [("audit", "verify"), ("digest", "build", "--period", "2026-03")])
def test_a_database_nobody_has_prepared_is_said_in_one_sentence(tmp_path, words):
    done = run(tmp_path, *words)
    assert done.exit_code == 2
    assert done.output == "The database has not been prepared; run: python -m webapp migrate up\n"


@pytest.mark.parametrize("words", [("audit", "verify"), ("migrate", "up")])
def test_a_database_that_is_away_is_said_in_one_sentence(tmp_path, words):
    done = run(tmp_path, *words, DATABASE_URL="postgresql://nobody@127.0.0.1:1/waishi")
    assert done.exit_code == 2
    assert done.output.startswith("The database cannot be reached: ")
    assert len(done.output.splitlines()) == 1


def test_the_settings_are_shown_without_passwords(tmp_path):
    done = run(tmp_path, "check-config", SMTP_URL="smtp://waishi:geheim@mail.example", SESSION_HOURS="3")
    assert done.exit_code == 0
    assert "SMTP_URL=smtp://***@mail.example" in done.output
    assert "SESSION_HOURS=3" in done.output
    assert "geheim" not in done.output
    assert not (tmp_path / "office").exists()


def test_the_mail_bench_says_how_many_a_second_and_what_share_of_the_bare_dialogue_that_is(tmp_path):
    done = run(tmp_path, "bench", "mail", "--mails", "60", "--rounds", "1", "--seconds", "0")
    assert done.exit_code == 0, done.output
    assert re.search(r"mails \d+/s, raw \d+/s, ratio 0\.\d{3} \(medians of 1 rounds\)", done.output)
