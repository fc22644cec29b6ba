"""`i18n check|update`, for developers."""

import sys

import click

from webapp import texts


@click.group("i18n")
def i18n_group() -> None:
    """Keep the English texts complete (for developers)."""


@i18n_group.command("check")
def i18n_check() -> None:
    """Name texts without English, English nobody uses, places that differ. Exit code 1 when there are any."""
    report = texts.check()
    for line in report.lines():
        click.echo(line)
    if not report.is_clean:
        sys.exit(1)
    click.echo(f"{len(texts.used())} texts, all of them in English too")


@i18n_group.command("update")
def i18n_update() -> None:
    """Add missing texts to the catalogues, drop those no longer used."""
    click.echo(f"{texts.update()} texts without English")
