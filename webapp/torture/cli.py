"""`python -m webapp torture mail`: the promises about mail, tried by killing."""

import secrets
import tempfile
from pathlib import Path

import click

import config
from webapp import migrate
from webapp.core.shell import Shell
from webapp.runtime import make_runtime
from webapp.supervisor import broker
from webapp.torture.mail import Place, Plan, Verdict, run
from webapp.torture.sink import Sink


@click.group("torture")
def torture_group() -> None:
    """Try the promises on real processes that are really killed."""


@torture_group.command("mail")
@click.option("--mails", default=1500, show_default=True)
@click.option("--worker-kills", default=20, show_default=True)
@click.option("--flushes", default=10, show_default=True, help="FLUSHALL on the broker.")
@click.option("--broker-kills", default=6, show_default=True)
@click.option("--clock-kills", default=4, show_default=True)
@click.option(
    "--seconds", default=60.0, show_default=True, help="How long mails are written and faults happen."
)
@click.option("--seed", default=0, help="Repeat a run; 0 draws one.")
@click.option("--database-url", default="", help="An empty PostgreSQL database to use instead of SQLite.")
@click.pass_obj
def torture_mail(shell: Shell, /, database_url: str, seed: int, **figures: float) -> None:
    """Write mails while workers, clock and broker are killed; count what was lost, doubled and labelled."""
    plan = Plan(seed=seed or secrets.randbelow(1_000_000) + 1, **figures)  # type: ignore[arg-type]
    verdict = drill(plan, dict(shell.environment), database_url)
    click.echo(str(verdict))
    if not verdict.kept:
        raise SystemExit(1)


def drill(plan: Plan, environment: dict[str, str], database_url: str = "") -> Verdict:
    """One run in a folder, database and broker of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="waishi-torture-") as name, Sink() as sink:
        folder = Path(name)
        private = broker.prepare(folder / "broker", environment)
        environment = environment | {
            "WAISHI_DATA": str(folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": private.url,
            "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "MAIL_FROM": "waishi@drill.example",
            "PUBLIC_URL": "http://127.0.0.1:8000",
            "WAISHI_DEMO": "",
        }
        runtime = make_runtime(config.from_env(environment))
        migrate.upgrade(runtime.db)
        try:
            place = Place(runtime.call(), folder, environment, private, sink)
            return run(plan, place, click.echo)
        finally:
            runtime.db.dispose()
