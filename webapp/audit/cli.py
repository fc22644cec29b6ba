"""`python -m webapp audit …`"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from webapp.audit import queries
from webapp.audit.checkpoints import VerifierKey
from webapp.audit.keys import LogKeys
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.audit.service_check import check
from webapp.audit.service_keys import add_key, retire_key
from webapp.audit.states import FAULT_LABELS
from webapp.audit.tiles import TileReader
from webapp.core.errors import SENTENCES, DomainError
from webapp.core.i18n import gettext
from webapp.core.shell import Shell, stop
from webapp.core.tree import inclusion_proof
from webapp.core.tx import Call

SHOWN = 20


@click.group("audit")
def audit_group() -> None:
    """The log: its check, its signed heads, its proofs."""


@audit_group.command("verify")
@click.option(
    "--trusted",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="a checkpoint kept outside the office",
)
@click.pass_obj
def verify(shell: Shell, trusted: Sequence[Path]) -> None:
    """Check the whole log, every signed head and the live rows. Exit code 1 when anything is wrong."""
    call: Call = shell.runtime.call()
    sequence(shell.runtime.log_call())
    report = check(call, shell.runtime.reconcilers(), [path.read_text("utf-8") for path in trusted])
    for problem in report.problems[:SHOWN]:
        label = gettext(FAULT_LABELS[problem.fault], index=problem.index, what=problem.what)
        click.echo(f"{problem.fault.value}: {label}")
    if len(report.problems) > SHOWN:
        click.echo(f"… {len(report.problems) - SHOWN} more")
    if report.problems:
        first = "none can be named" if report.first_bad is None else str(report.first_bad)
        click.echo(f"{report.size} entries, {len(report.problems)} problems, first bad index: {first}")
        sys.exit(1)
    click.echo(f"{report.size} entries, everything holds")


@audit_group.command("checkpoint")
@click.pass_obj
def checkpoint(shell: Shell) -> None:
    """Sign the log as it stands and print the checkpoint: keep it outside the office."""
    call: Call = shell.runtime.log_call()
    sequence(call)
    note = sign_head(call, at_once=True)
    if note is None:
        stop("the log is empty", 1)
    click.echo(note, nl=False)


@audit_group.command("keys")
@click.pass_obj
def keys(shell: Shell) -> None:
    """Print the public keys of this log."""
    for key in LogKeys(shell.runtime.call().ports.need_key_dir()).verifiers():
        click.echo(str(key))


@audit_group.command("add-key")
@click.pass_obj
def add_key_command(shell: Shell) -> None:
    """Let a new key sign beside the old one. Both sign until `retire-key`; the change is an entry of the log."""
    key = _or_stop(lambda: add_key(shell.runtime.log_call()))
    click.echo(f"{key}\nboth keys sign now; hand the new line to the auditors, later run: audit retire-key")


@audit_group.command("retire-key")
@click.pass_obj
def retire_key_command(shell: Shell) -> None:
    """Let the newest key sign alone. What the old one signed stays valid; its private half is forgotten."""
    key = _or_stop(lambda: retire_key(shell.runtime.log_call()))
    click.echo(f"{key}\nsigns alone now")


def _or_stop(work: Callable[[], VerifierKey]) -> VerifierKey:
    try:
        return work()
    except DomainError as error:
        stop(gettext(SENTENCES[error.code], **error.details), 1)


@audit_group.command("proof")
@click.argument("number", type=int)
@click.pass_obj
def proof(shell: Shell, number: int) -> None:
    """Print the proof that entry NUMBER is in the log, with the signed head (C2SP tlog-proof)."""
    with shell.runtime.call().read() as session:
        head = queries.newest_head(session)
        if head is None or not 0 <= number < head.size:
            stop("no signed head holds that entry yet", 1)
        path = inclusion_proof(TileReader(session).node, number, head.size)
    click.echo(queries.proof_text(number, path, head.note), nl=False)
