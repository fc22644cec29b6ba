"""`database rights`."""

import click

from webapp.core.db import Database
from webapp.core.shell import Shell, stop
from webapp.operations import rights


@click.group("database")
def database_group() -> None:
    """The accounts of the database (PostgreSQL)."""


@database_group.command("rights")
@click.option("--sql", is_flag=True, help="Only print the statements, for whoever runs the server.")
@click.pass_obj
def rights_command(shell: Shell, *, sql: bool) -> None:
    """Let web and worker add to the log and never change it, and the sequencer's account alone write the tree.

    Run with the owner's account in DATABASE_URL; DATABASE_ROLES says what the three others begin with.
    """
    settings = shell.settings
    if not settings.database_roles:
        stop("Set DATABASE_ROLES to what the accounts begin with, for example waishi.")
    db: Database = shell.runtime.db
    if sql:
        accounts = rights.Accounts(settings.database_roles)
        for name in accounts.every:
            click.echo(f'CREATE ROLE "{name}" LOGIN;')
        for statement in rights.statements(accounts, str(db.url.database)):
            click.echo(f"{statement};")
        return
    lay_down_or_stop(db, settings.database_roles)


def lay_down_or_stop(db: Database, prefix: str) -> None:
    """Lay down the rights and say for whom, or end the program with one sentence."""
    accounts = rights.Accounts(prefix)
    try:
        rights.lay_down(db, accounts)
    except rights.RightsFailed as error:
        stop(str(error))
    click.echo(f"rights laid down for {', '.join(accounts.every)}")
