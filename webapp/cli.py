"""`python -m webapp <command>`: the shell's entrance. Features' own commands are registered in `COMMANDS`."""

import sys
import tempfile
from pathlib import Path

import click

import config
from webapp import migrate, opening, reference, texts
from webapp.audit.cli import audit_group
from webapp.console.cli import doctor_command
from webapp.core.db import Database
from webapp.core.shell import stop
from webapp.digests.cli import digest_group
from webapp.imports.cli import import_group
from webapp.operations.cli import backup_command, restore_command
from webapp.runtime import Runtime, load_models, make_runtime
from webapp.supervisor.guard import CannotStart
from webapp.torture.cli import torture_group

COMMANDS: tuple[click.Command, ...] = (
    doctor_command,
    backup_command,
    restore_command,
    torture_group,
    import_group,
    audit_group,
    digest_group,
)


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
    def runtime(self) -> Runtime:
        if self._runtime is None:
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


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Waishi (外事工作台)."""
    context.obj = OfficeShell()


def _open(port: int, data: Path | None, *, empty: bool, watch_code: bool) -> None:
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


@main.group("migrate")
def migrate_group() -> None:
    """Bring the database to the form this code needs."""


@migrate_group.command("up")
def migrate_up() -> None:
    """Apply what is missing."""
    runtime = make_runtime(read_settings())
    migrate.upgrade(runtime.db)
    reference.install(runtime.call())
    click.echo(f"database at {migrate.current(runtime.db)}")


@migrate_group.command("down")
@click.argument("revision")
@click.confirmation_option(prompt="Data of the undone migrations is lost. Go on?")
def migrate_down(revision: str) -> None:
    """Go back to REVISION (or 'base')."""
    runtime = make_runtime(read_settings())
    migrate.downgrade(runtime.db, revision)
    click.echo(f"database at {migrate.current(runtime.db) or 'base'}")


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


for _command in COMMANDS:
    main.add_command(_command)
