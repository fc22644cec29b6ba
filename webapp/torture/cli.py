"""`python -m webapp torture mail` and `torture history`: promises tried by killing and on whole logs."""

import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

import config
from webapp import migrate
from webapp.core.shell import Shell, stop
from webapp.runtime import make_runtime
from webapp.supervisor import broker
from webapp.torture import history, races
from webapp.torture.mail import Place, Plan, Verdict, run
from webapp.torture.sink import Sink
from webapp.torture.stage import ROOT


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


def own_environment(environment: Mapping[str, str], folder: Path, database_url: str) -> dict[str, str]:
    """The settings of a throw-away office: its own folder and database, mail to nobody."""
    return dict(environment) | {
        "WAISHI_DATA": str(folder),
        "DATABASE_URL": database_url,
        "SMTP_URL": "",
        "MAIL_FROM": "waishi@drill.example",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "WAISHI_DEMO": "",
    }


def drill(plan: Plan, environment: dict[str, str], database_url: str = "") -> Verdict:
    """One run in a folder, database and broker of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="waishi-torture-") as name, Sink() as sink:
        folder = Path(name)
        private = broker.prepare(folder / "broker", environment)
        environment = own_environment(environment, folder, database_url) | {
            "REDIS_URL": private.url,
            "SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        }
        runtime = make_runtime(config.from_env(environment))
        migrate.upgrade(runtime.db)
        try:
            place = Place(runtime.call(), folder, environment, private, sink)
            return run(plan, place, click.echo)
        finally:
            runtime.db.dispose()


@torture_group.command("history")
@click.option(
    "--logs",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the event logs (default: WAISHI_TEST_DATA).",
)
@click.option("--only", default="", help="Only files whose name contains this.")
@click.option("--kills", default=0, show_default=True, help="How often each import is killed on its way.")
@click.option("--database-url", default="", help="An empty PostgreSQL database to use instead of SQLite.")
@click.pass_obj
def torture_history(shell: Shell, logs: Path | None, only: str, kills: int, database_url: str) -> None:
    """Import whole event logs and hold states, refusals and every month's figures against the files themselves."""
    folder = logs or Path(shell.environment.get("WAISHI_TEST_DATA", ROOT.parent / "shared" / "data"))
    found = [pair for pair in history.found_logs(folder) if only in pair[0].name]
    if not found:
        stop(f"torture: no event log in {folder}")
    with tempfile.TemporaryDirectory(prefix="waishi-torture-") as name:
        private = broker.prepare(Path(name) / "broker", dict(shell.environment))
        environment = own_environment(shell.environment, Path(name), database_url) | {
            "REDIS_URL": private.url
        }
        runtime = make_runtime(config.from_env(environment))
        migrate.upgrade(runtime.db)
        try:
            agreed = history.run(runtime.call(), found, environment, kills, click.echo)
        finally:
            runtime.db.dispose()
    if not agreed:
        raise SystemExit(1)


@torture_group.command("races")
@click.option("--rounds", default=10_000, show_default=True)
@click.option("--seed", default=0, help="Repeat the choices of a run; 0 draws one.")
@click.option("--database-url", default="", help="An empty PostgreSQL database to use instead of SQLite.")
@click.pass_obj
def torture_races(shell: Shell, rounds: int, seed: int, database_url: str) -> None:
    """Two to eight approvers at once, while authority, substitution, content and the request change under them."""
    with tempfile.TemporaryDirectory(prefix="waishi-torture-") as name:
        environment = own_environment(shell.environment, Path(name), database_url) | {"REDIS_URL": ""}
        runtime = make_runtime(config.from_env(environment))
        migrate.upgrade(runtime.db)
        try:
            score = races.Ring(runtime.call(), seed or secrets.randbelow(1_000_000) + 1).play(rounds)
        finally:
            runtime.db.dispose()
    click.echo(str(score))
    if score.faults:
        raise SystemExit(1)
