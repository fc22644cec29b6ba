"""`python -m webapp bench signoff`, `bench mail`, `bench log` and `bench volume`."""

import secrets
import tempfile

import click

import config
from webapp import demo, migrate, reference
from webapp.bench import log, mail, signoff, volume
from webapp.bench.places import CannotMeasureError, database
from webapp.core.shell import Shell, stop
from webapp.runtime import make_runtime


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


@bench_group.command("volume")
@click.option("--server", default="", help="A PostgreSQL server's URL (default: SQLite).")
@click.option("--few", default=1_000, show_default=True, help="Requests of the first measurement.")
@click.option("--many", default=100_000, show_default=True, help="Requests of the second.")
@click.option("--times", default=15, show_default=True, help="How often each page is asked.")
@click.pass_obj
def bench_volume(shell: Shell, server: str, few: int, many: int, times: int) -> None:
    """Inbox, list, sheet and decision with few and with very many requests; ends with 1 when one of them grew."""
    with (
        database(server, f"waishi_volume_{secrets.token_hex(4)}") as url,
        tempfile.TemporaryDirectory(prefix="waishi-bench-") as folder,
    ):
        own = {
            **shell.environment,
            "DATABASE_URL": url,
            "WAISHI_DATA": folder,
            "PUBLIC_URL": "http://127.0.0.1:8000",
            "SECRET_KEY": secrets.token_hex(32),
            "REDIS_URL": "",
            "SMTP_URL": "",
            "WAISHI_DEMO": "1",
        }
        runtime = make_runtime(config.from_env(own))
        try:
            migrate.upgrade(runtime.db)
            reference.install(runtime.call())
            demo.build(runtime)
            found = volume.measure(runtime, (few, many), times, click.echo)
        finally:
            runtime.db.dispose()
    click.echo(volume.summary(found))
    if not found.kept:
        raise SystemExit(1)
