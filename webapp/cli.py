"""`python -m webapp <command>`: the shell's entrance."""

import sys
import tempfile
from pathlib import Path

import click

import config
from webapp import migrate
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


def _settings() -> config.Settings:
    try:
        return config.from_env()
    except config.SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
