"""`backup` and `restore`."""

import errno
from pathlib import Path

import click

from webapp.core.clock import SystemClock
from webapp.core.shell import Shell, stop
from webapp.operations.archive import BadArchive
from webapp.operations.backup import backup, restore
from webapp.operations.dumps import DumpFailed
from webapp.supervisor.guard import CannotStart, only_one, writable_folder


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.pass_obj
def backup_command(shell: Shell, file: Path | None) -> None:
    """Write database, attachments and keys into FILE (default: waishi-<time>.tar.gz); the office may run on.

    The file holds the keys that open passport numbers and sign the log: keep it where nobody else reads.
    """
    settings = shell.settings
    now = SystemClock().now()
    target = (file or Path(f"waishi-{now:%Y%m%d-%H%M%S}.tar.gz")).resolve()
    if target.exists():
        stop(f"{target} exists already; choose another name.")
    try:
        manifest = backup(
            target,
            database_url=settings.database_url,
            data_dir=settings.data_dir,
            now=now,
            environment=shell.environment,
            log_key_dir=settings.log_key_dir,
        )
    except DumpFailed as error:
        stop(str(error))
    except OSError as error:
        full = error.errno == errno.ENOSPC
        stop(
            f"The disk of {target.parent} is full."
            if full
            else f"{target} cannot be written: {error.strerror}."
        )
    megabytes = target.stat().st_size / 1_000_000
    click.echo(
        f"{target}: {len(manifest.checksums)} files, {megabytes:.1f} MB, database at {manifest.revision}"
    )


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def restore_command(shell: Shell, file: Path) -> None:
    """Bring the office of FILE back into an empty data folder and an empty database.

    Afterwards `migrate up` brings an older backup to this program's form, and `audit verify` checks the log.
    """
    settings = shell.settings
    try:
        writable_folder(settings.data_dir)
        with only_one(settings.data_dir):
            manifest = restore(
                file.resolve(),
                database_url=settings.database_url,
                data_dir=settings.data_dir,
                environment=shell.environment,
                log_key_dir=settings.log_key_dir,
            )
    except (BadArchive, DumpFailed, CannotStart) as error:
        stop(str(error))
    click.echo(f"restored the office of {manifest.made_at}, database at {manifest.revision}")
