"""`migrate up|down|check|make`."""

import sys
import tempfile
from pathlib import Path

import click

from webapp import migrate, reference, revision
from webapp.core.db import Database
from webapp.core.shell import Shell
from webapp.operations.cli_rights import lay_down_or_stop
from webapp.runtime import load_models


@click.group("migrate")
def migrate_group() -> None:
    """Bring the database to the form this code needs."""


@migrate_group.command("up")
@click.pass_obj
def migrate_up(shell: Shell) -> None:
    """Apply what is missing."""
    runtime = shell.runtime
    migrate.upgrade(runtime.db)
    reference.install(runtime.call())
    if runtime.settings.database_roles:
        lay_down_or_stop(runtime.db, runtime.settings.database_roles)
    click.echo(f"database at {revision.current(runtime.db)}")


@migrate_group.command("down")
@click.argument("target", metavar="REVISION")
@click.confirmation_option(prompt="Data of the undone migrations is lost. Go on?")
@click.pass_obj
def migrate_down(shell: Shell, target: str) -> None:
    """Go back to REVISION (or 'base')."""
    runtime = shell.runtime
    migrate.downgrade(runtime.db, target)
    click.echo(f"database at {revision.current(runtime.db) or 'base'}")


@migrate_group.command("check")
def migrate_check() -> None:
    """Compare the models with a database made by the migrations; exit code 1 when they differ."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{Path(folder) / 'head.db'}")
        load_models()
        migrate.upgrade(db)
        differences = migrate.differences(db)
        db.dispose()
    for difference in differences:
        click.echo(str(difference))
    if differences:
        sys.exit(1)
    click.echo("models and migrations agree")


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
