"""`python -m webapp <command>`: the shell's entrance."""

import sys
import tempfile
from pathlib import Path

import click

import config
from webapp import migrate, texts
from webapp.core.db import Database
from webapp.runtime import load_models, make_runtime


@click.group()
def main() -> None:
    """Waishi (外事工作台)."""


@main.group("migrate")
def migrate_group() -> None:
    """Bring the database to the form this code needs."""


@migrate_group.command("up")
def migrate_up() -> None:
    """Apply what is missing."""
    runtime = make_runtime(_settings())
    migrate.upgrade(runtime.db)
    click.echo(f"database at {migrate.current(runtime.db)}")


@migrate_group.command("make")
@click.argument("slug")
def migrate_make(slug: str) -> None:
    """Write the next migration from the models (for developers)."""
    load_models()
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{Path(folder) / 'head.db'}")
        migrate.upgrade(db)
        click.echo(str(migrate.make(db, slug)))
        db.dispose()


@main.group("i18n")
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
    click.echo(f"{texts.update()} texts added")


def _settings() -> config.Settings:
    try:
        return config.from_env()
    except config.SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
