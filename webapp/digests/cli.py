"""`python -m webapp digest …`"""

import click

from webapp.core.errors import SENTENCES, DomainError
from webapp.core.i18n import gettext
from webapp.core.shell import Shell, stop
from webapp.core.tx import Call
from webapp.digests import package, service
from webapp.digests.queries import sha256
from webapp.digests.rules import NoPeriodError


@click.group("digest")
def digest_group() -> None:
    """Audit digests."""


@digest_group.command("build")
@click.option("--period", required=True, help="a month that is over: 2026-10")
@click.option("--scope", default="", help="a unit's code; without it the whole office")
@click.option("--package", "path", type=click.Path(dir_okay=False), help="write the evidence package here")
@click.pass_obj
def build(shell: Shell, period: str, scope: str, path: str | None) -> None:
    """Build a month's digest; a new edition when the figures changed since the last one."""
    call: Call = shell.runtime.call()
    try:
        digest = service.build(call, period, scope=scope)
        if path is not None:
            with click.open_file(path, "wb") as out:
                package.write(call, digest, out)
    except NoPeriodError:
        stop(f"{period!r} is no month; write it as 2026-10")
    except DomainError as error:
        stop(gettext(SENTENCES.get(error.code, error.code)), 1)
    click.echo(
        f"{digest.period} edition {digest.edition}: {digest.tree_size} entries, "
        f"{digest.exception_count} exceptions, sha256 {sha256(digest, 'json')}"
    )


@digest_group.command("check")
@click.pass_obj
def check(shell: Shell) -> None:
    """Build every digest again from its own part of the log and compare the figures; 1 when one differs."""
    count, differing = service.differing(shell.runtime.call())
    click.echo(f"{count} digests compared")
    if differing:
        stop(f"not what the log yields: {'; '.join(differing)}", 1)
