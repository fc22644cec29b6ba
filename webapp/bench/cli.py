"""`python -m webapp bench signoff`."""

import click

from webapp.bench import signoff
from webapp.core.shell import Shell, stop


@click.group("bench")
def bench_group() -> None:
    """Measure on this machine; ratios say more than figures."""


@bench_group.command("signoff")
@click.option("--server", default="", help="A PostgreSQL server's URL (default: DATABASE_URL).")
@click.option("--rounds", default=3, show_default=True)
@click.option("--requests", default=80, show_default=True, help="Requests a round, ten sign-offs each.")
@click.option("--raw-seconds", default=8, show_default=True)
@click.pass_obj
def bench_signoff(shell: Shell, server: str, rounds: int, requests: int, raw_seconds: int) -> None:
    """Sign-offs a second through HTTP with session, CSRF, log and outbox, against bare SQL on one server."""
    server = server or shell.settings.database_url
    if not server.startswith("postgresql"):
        stop("bench: needs PostgreSQL; set DATABASE_URL or give --server")
    plan = signoff.Plan(rounds=rounds, requests=requests, raw_seconds=raw_seconds)
    try:
        found = signoff.measure(server, plan, shell.environment, click.echo)
    except signoff.CannotMeasureError as error:
        stop(f"bench: {error}")
    click.echo(signoff.summary(found))
