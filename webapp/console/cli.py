"""`doctor`: the system page at the shell."""

import sys

import click

from webapp.console import facts, health
from webapp.console.rules import VERDICT_LABELS, Verdict
from webapp.core.i18n import gettext, in_locale
from webapp.core.shell import Shell

MARKS = {Verdict.WELL: "ok", Verdict.LOOK: "look", Verdict.BROKEN: "BROKEN"}


@click.command("doctor")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", help="Language of the sentences.")
@click.pass_obj
def doctor_command(shell: Shell, language: str) -> None:
    """Say what is unhealthy. Exit code 1 when something is broken."""
    settings = shell.settings
    site = facts.Site(
        settings.data_dir,
        settings.key_dir,
        settings.log_keys,
        settings.redis_url,
        shell.runtime.ports.scanner,
    )
    found = health.checks(facts.collect(shell.runtime.db, shell.runtime.clock.now(), site))
    with in_locale(language):
        for check in found:
            label, sentence = gettext(check.label), gettext(check.sentence, **check.values)
            click.echo(f"{MARKS[check.verdict]:7}{label}: {sentence}")
        verdict = health.worst(found)
        click.echo(gettext(VERDICT_LABELS[verdict]))
    if verdict is Verdict.BROKEN:
        sys.exit(1)
