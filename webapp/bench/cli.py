"""`python -m webapp bench signoff`, `bench mail` and `bench log`."""

import click

from webapp.bench import log, mail, signoff
from webapp.bench.places import CannotMeasureError
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
    except CannotMeasureError as error:
        stop(f"bench: {error}")
    click.echo(signoff.summary(found))


@bench_group.command("mail")
@click.option("--server", default="", help="A PostgreSQL server's URL (default: SQLite).")
@click.option("--rounds", default=3, show_default=True)
@click.option("--mails", default=3000, show_default=True, help="Mails a round.")
@click.option(
    "--seconds", default=20, show_default=True, help="How long the delay at 50 mails a second is measured."
)
@click.pass_obj
def bench_mail(shell: Shell, server: str, rounds: int, mails: int, seconds: int) -> None:
    """Mails a second to a local sink, claimed and settled in the database, against the SMTP dialogue alone."""
    plan = mail.Plan(rounds=rounds, mails=mails, seconds=seconds)
    try:
        found = mail.measure(server, plan, shell.environment, click.echo)
    except CannotMeasureError as error:
        stop(f"bench: {error}")
    click.echo(mail.summary(found))


@bench_group.command("log")
@click.option("--server", default="", help="A PostgreSQL server's URL (default: SQLite).")
@click.option("--sequenced", default=20_000, show_default=True, help="Entries numbered through the database.")
@click.option(
    "--verified", default=1_000_000, show_default=True, help="Entries of the package checked offline."
)
@click.pass_obj
def bench_log(shell: Shell, server: str, sequenced: int, verified: int) -> None:
    """Entries numbered a second, a checkpoint, the offline check and one proof, against bare SHA-256."""
    plan = log.Plan(sequenced=sequenced, verified=verified)
    try:
        found = log.measure(server, plan, shell.environment, click.echo)
    except CannotMeasureError as error:
        stop(f"bench: {error}")
    click.echo(log.summary(found))
