"""`python -m webapp import history LOG --mapping M.yaml`."""

import csv
from pathlib import Path

import click

from webapp.core.errors import DomainError, Invalid
from webapp.core.i18n import gettext
from webapp.core.shell import Shell, stop
from webapp.core.tx import Call
from webapp.imports import queries
from webapp.imports.service import Report, import_history

SHIPPED = Path(__file__).resolve().parent / "mappings"


def find_mapping(name: str) -> str:
    """The text of a mapping: a file, or the name of a shipped one."""
    path = Path(name)
    if not path.exists() and (SHIPPED / f"{name}.yaml").exists():
        path = SHIPPED / f"{name}.yaml"
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        shipped = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.yaml")))
        msg = f"mapping {name!r} cannot be read; shipped ones: {shipped}"
        raise click.ClickException(msg) from error


@click.group("import")
def import_group() -> None:
    """Bring in what happened elsewhere."""


@import_group.command("history")
@click.argument("log", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--mapping", "mapping", required=True, help="A YAML file, or the name of a shipped mapping.")
@click.option(
    "--refused", "refused_to", type=click.Path(path_type=Path), help="Write the refused events to a CSV."
)
@click.pass_obj
def history_command(shell: Shell, log: Path, mapping: str, refused_to: Path | None) -> None:
    """Replay an event log (.xes, .csv, gzipped too) through the approval engine.

    Begun again with the same files it goes on where it stopped and repeats nothing.
    """
    call: Call = shell.runtime.call()
    text = find_mapping(mapping)
    try:
        with click.progressbar(length=log.stat().st_size, label=log.name) as bar:
            report = import_history(call, log, text, lambda done: bar.update(done - bar.pos))
    except DomainError as error:
        stop(_sentence(error))
    _tell(call, report, refused_to)


def _sentence(error: DomainError) -> str:
    fields = error.fields if isinstance(error, Invalid) else {}
    told = "; ".join(f"{name}: {gettext(text)}" for name, texts in fields.items() for text in texts)
    details = ", ".join(f"{name}={value}" for name, value in error.details.items())
    return " ".join(part for part in (told or error.code, f"({details})" if details else "") if part)


def _tell(call: Call, report: Report, refused_to: Path | None) -> None:
    click.echo(
        f"cases {report.cases}, events {report.events}: accepted {report.accepted}, "
        f"refused {report.refused}, ignored {report.ignored} (other documents)"
    )
    with call.read() as session:
        rows = [
            (
                row.case_id,
                row.position,
                row.event,
                row.occurred_at.isoformat() if row.occurred_at else "",
                row.code,
            )
            for row in queries.refusals(session, report.run_id)
        ]
    for case_id, position, event, at, code in rows:
        click.echo(f"refused: case {case_id}, event {position} {event!r} at {at}: {code}")
    if refused_to is not None:
        with refused_to.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow(("case", "position", "event", "occurred_at", "reason"))
            writer.writerows(rows)
