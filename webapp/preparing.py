"""What an office needs before its processes start: a database of the newest form, and people in it."""

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

import config
from webapp import demo, migrate, reference, revision
from webapp.accounts import queries
from webapp.accounts.service_founding import found_office
from webapp.core.db import disk_full
from webapp.core.errors import DiskFull
from webapp.core.permissions import ROLE_LABELS
from webapp.runtime import Runtime, make_runtime
from webapp.supervisor import guard
from webapp.supervisor.guard import CannotStart

Say = Callable[[str], None]
Links = list[tuple[str, str]]


def prepare(settings: config.Settings, say: Say, *, empty: bool) -> config.Settings:
    """Migrate, and fill an office that has nobody in it; with the settings it runs on from now.

    An empty one is founded, and its links are said at once: they exist once and are in nobody's hands yet.
    Raises `CannotStart`.
    """
    _clear_what_was_cut_off(settings)
    with _room(settings.data_dir):
        runtime = _runtime(settings)
        try:
            return _prepare(runtime, say, empty=empty)
        finally:
            runtime.db.dispose()


def freshen(settings: config.Settings) -> Links:
    """Bring in what the shipped tables have more than the office's; with new sign-in links for a demo."""
    runtime = _runtime(settings)
    try:
        reference.install(runtime.call())
        return demo.links(runtime, settings.public_url) if settings.demo else []
    finally:
        runtime.db.dispose()


def _prepare(runtime: Runtime, say: Say, *, empty: bool) -> config.Settings:
    _migrate(runtime, say)
    reference.install(runtime.call())
    with runtime.db.read() as session:
        if queries.units(session):
            return runtime.settings
    if empty:
        _found(runtime, say)
        return runtime.settings
    return _fill(runtime, say)


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """A disk that fills up meanwhile is said like one that was full before."""
    try:
        yield
    except DiskFull as error:
        raise CannotStart(guard.full(folder)) from error
    except sa.exc.DBAPIError as error:
        if not disk_full(error):
            raise
        raise CannotStart(guard.full(folder)) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise CannotStart(guard.full(folder)) from error


def _runtime(settings: config.Settings) -> Runtime:
    try:
        return make_runtime(settings)
    except sa.exc.OperationalError as error:
        raise CannotStart(f"The database cannot be reached: {str(error.orig).splitlines()[0]}.") from error


def _migrate(runtime: Runtime, say: Say) -> None:
    try:
        found, wanted = revision.current(runtime.db), revision.newest()
    except sa.exc.OperationalError as error:
        raise CannotStart(f"The database cannot be reached: {str(error.orig).splitlines()[0]}.") from error
    if found > wanted:
        raise CannotStart(f"The database is of a newer Waishi (form {found}, this one knows {wanted}).")
    if found != wanted:
        say("preparing the database")
        migrate.upgrade(runtime.db)


def _found(runtime: Runtime, say: Say) -> None:
    name, base = runtime.settings.office_name, runtime.settings.public_url
    say(
        "activation links of the three administrators, shown once, good for 7 days, open when the office does:"
    )
    for link in found_office(runtime.call(), name.split("市")[0] + "市", name):
        say(f"  {ROLE_LABELS[link.role]} {link.login}  {base}/activate/{link.token}")


def _fill(runtime: Runtime, say: Say) -> config.Settings:
    settings = replace(runtime.settings, demo=True)
    config.validate(settings)
    say("filling the demo office 江海市 (once)")
    settings.demo_mark.write_text(guard.FILLING)
    demo.build(runtime)
    settings.demo_mark.write_text(guard.FILLED)
    return settings


def _clear_what_was_cut_off(settings: config.Settings) -> None:
    """A demo whose filling did not come to its end is made anew: half an office would pass for a whole one."""
    if not guard.half_filled(settings.demo_mark):
        return
    if not settings.database_url.startswith("sqlite"):
        raise CannotStart(
            f"Filling the demo office was cut off; give it an empty database and remove {settings.data_dir}."
        )
    for path in settings.data_dir.glob("waishi.db*"):
        path.unlink()
    for folder in (settings.file_dir, settings.mail_dir):
        shutil.rmtree(folder, ignore_errors=True)
