"""`keys rotate|reseal|drop`: the keys that seal passport and ID numbers and find them again.

The log's key: `audit add-key`, `retire-key`.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import click

from webapp.core.errors import SENTENCES, DomainError
from webapp.core.i18n import gettext
from webapp.core.shell import Shell, stop
from webapp.operations import field_keys

R = TypeVar("R")
LOOKED_UP_SECONDS = 1.0
"""Whoever took up the ring to look for a number just before the new key came has asked the database by then."""


@click.group("keys")
def keys_group() -> None:
    """The key that seals passport and ID numbers; the office may work meanwhile."""


@keys_group.command("rotate")
@click.pass_obj
def rotate_command(shell: Shell) -> None:
    """Make a new key; seal every value and make every blind index anew with it.

    Begun again after a break, `reseal` does the rest.
    """
    call = shell.runtime.call()
    name = field_keys.add_key(call)
    click.echo(f"{name} seals from now on")
    time.sleep(LOOKED_UP_SECONDS)
    _reseal(shell)


@keys_group.command("reseal")
@click.pass_obj
def reseal_command(shell: Shell) -> None:
    """Seal anew what older keys sealed."""
    _reseal(shell)


@keys_group.command("drop")
@click.pass_obj
def drop_command(shell: Shell) -> None:
    """Forget the older keys, once nothing needs them. Backups from before hold their own."""
    names = _or_stop(lambda: field_keys.drop_older_keys(shell.runtime.call()))
    click.echo(f"forgotten: {', '.join(names)}")


def _reseal(shell: Shell) -> None:
    done = field_keys.reseal(shell.runtime.call())
    click.echo(f"{done.rows} values sealed anew with {done.key}")
    if done.unreadable:
        stop(f"{done.unreadable} values do not open with any key and were left as they are.", 1)


def _or_stop(work: Callable[[], R]) -> R:
    try:
        return work()
    except DomainError as error:
        stop(gettext(SENTENCES[error.code], **error.details), 1)
