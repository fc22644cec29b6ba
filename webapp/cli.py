"""`python -m webapp <command>`: the shell's entrance. Features' own commands are registered in `COMMANDS`."""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import config
from webapp.core.shell import stop
from webapp.supervisor.guard import CannotStart

if TYPE_CHECKING:
    from webapp.runtime import Runtime

# Loaded when called: `up` need not load what imports event logs or writes migrations.
COMMANDS = {
    "audit": "webapp.audit.cli:audit_group",
    "backup": "webapp.operations.cli:backup_command",
    "bench": "webapp.bench.cli:bench_group",
    "database": "webapp.operations.cli_rights:database_group",
    "digest": "webapp.digests.cli:digest_group",
    "doctor": "webapp.console.cli:doctor_command",
    "i18n": "webapp.cli_texts:i18n_group",
    "import": "webapp.imports.cli:import_group",
    "keys": "webapp.operations.cli_keys:keys_group",
    "migrate": "webapp.cli_migrate:migrate_group",
    "restore": "webapp.operations.cli:restore_command",
    "routes": "webapp.approvals.cli:routes_group",
    "torture": "webapp.torture.cli:torture_group",
}

UNDEFINED_TABLE = "42P01"


class LazyGroup(click.Group):
    """Commands by the place they are defined in."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a database that is away or empty is said in one sentence, whichever command meets it."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            sentence = _about_the_database(error)
            if sentence is None:
                raise
            stop(sentence)


def _about_the_database(error: BaseException | None) -> str | None:
    errors = sys.modules.get("sqlalchemy.exc")  # not loaded: then it is not what failed
    while errors is not None and error is not None:
        if isinstance(error, errors.DBAPIError):
            words = str(error.orig).strip().splitlines()[0]
            if "no such table" in words or getattr(error.orig, "sqlstate", None) == UNDEFINED_TABLE:
                return "The database has not been prepared; run: python -m webapp migrate up"
            if isinstance(error, errors.OperationalError):
                return f"The database cannot be reached: {words}."
        error = error.__cause__
    return None


class OfficeShell:
    """See `webapp.core.shell.Shell`."""

    def __init__(self) -> None:
        self._settings: config.Settings | None = None
        self._runtime: Runtime | None = None

    @property
    def settings(self) -> config.Settings:
        if self._settings is None:
            self._settings = read_settings(make_secret=False)
        return self._settings

    @property
    def runtime(self) -> "Runtime":
        if self._runtime is None:
            from webapp.runtime import make_runtime  # noqa: PLC0415 - see COMMANDS

            self._settings = read_settings(make_secret=True)
            self._runtime = make_runtime(self._settings)
        return self._runtime

    @property
    def environment(self) -> dict[str, str]:
        return config.inherited()


def read_settings(*, make_secret: bool = True) -> config.Settings:
    """The settings, or one sentence and the end of the program."""
    try:
        return config.from_env(make_secret=make_secret)
    except config.SettingsError as error:
        stop(str(error))


@click.group(cls=LazyGroup)
@click.pass_context
def main(context: click.Context) -> None:
    """Waishi (外事工作台)."""
    context.obj = OfficeShell()


def _open(port: int, data: Path | None, *, empty: bool, watch_code: bool) -> None:
    from webapp import opening  # noqa: PLC0415 - see COMMANDS

    environment = config.inherited()
    environment.setdefault("PUBLIC_URL", f"http://127.0.0.1:{port}")
    if data is not None:
        environment["WAISHI_DATA"] = str(data.resolve())
    try:
        settings = config.from_env(environment)
        wish = opening.Wish(port=port, empty=empty, watch_code=watch_code)
        opening.open_office(settings, wish, say=lambda line: click.echo(f"up: {line}"))
    except (config.SettingsError, CannotStart) as error:
        stop(f"up: {error}")
    except KeyboardInterrupt:
        stop("up: stopped before the office was open", code=0)


_port = click.option(
    "--port", default=8000, show_default=True, help="Where browsers find it on this machine."
)
_data = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Data folder (default: instance)."
)


@main.command()
@_port
@_data
@click.option("--empty", is_flag=True, help="A real office: three administrators' activation links, no demo.")
def up(port: int, data: Path | None, *, empty: bool) -> None:
    """Open the office on this machine; a new data folder gets the demo office of 江海市."""
    _open(port, data, empty=empty, watch_code=False)


@main.command()
@_port
@_data
def dev(port: int, data: Path | None) -> None:
    """The same as `up`, started again whenever the code changes (for developers)."""
    _open(port, data, empty=False, watch_code=True)


@main.command("check-config")
def check_config() -> None:
    """Read the settings and say what is wrong with them, or show them without secrets."""
    settings = read_settings(make_secret=False)
    for name, value in config.as_environment(settings).items():
        click.echo(f"{name}={config.without_password(value)}")
