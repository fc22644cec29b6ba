"""`python -m webapp routes …`: check, compare and hand in routes written as text."""

from pathlib import Path

import click

from webapp.approvals import route_cases, route_text, route_write
from webapp.approvals.route import Route
from webapp.approvals.route_problem import RouteTextError
from webapp.core.i18n import in_locale
from webapp.core.shell import stop
from webapp.deadlines import calendar_source

_FIRST_YEAR = 2015


@click.group("routes")
def routes_group() -> None:
    """Approval routes as text."""


@routes_group.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--all", "is_all", is_flag=True, help="The routes that come with the product, too.")
def check_command(files: tuple[Path, ...], *, is_all: bool) -> None:
    """Read route files and run the test cases inside; ends with 1 when a file or a case is wrong.

    No database is needed: working days are those of the published calendars.
    """
    texts = [(path.name, path.read_text("utf-8")) for path in files]
    if is_all:
        texts += [(f"{code}.yaml", text) for code, text in route_text.shipped_texts().items()]
    if not texts:
        stop("Name files to check, or --all.")
    with in_locale("en"):
        wrong = [name for name, text in texts if not _check(name, text)]
    if wrong:
        raise SystemExit(1)


def _check(name: str, text: str) -> bool:
    try:
        route = route_text.parse(text, source=name)
    except RouteTextError as error:
        click.echo(str(error))
        return False
    calendar = calendar_source.library_calendar(_FIRST_YEAR, calendar_source.last_published_year() + 3)
    outcomes = route_cases.run(route, calendar)
    for outcome in outcomes:
        for sentence in outcome.wrong:
            click.echo(f"{name}: {outcome.case.name}: {sentence}")
    right = sum(outcome.is_right for outcome in outcomes)
    click.echo(
        f"{name}: {route.code} version {route.version}, {len(route.stages)} stages, "
        f"{right} of {len(outcomes)} cases right"
    )
    return right == len(outcomes)


@routes_group.command("diff")
@click.argument("old", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("new", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def diff_command(old: Path, new: Path) -> None:
    """What one route file changes against another, in their canonical form (order and comments do not count)."""
    for line in route_write.difference(_read(old), _read(new)):
        click.echo(f"{line.mark}{line.text}" if line.mark != "@" else line.text)


@routes_group.command("canonical")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def canonical_command(file: Path) -> None:
    """The file in the one form all routes that say the same share."""
    click.echo(route_write.canonical(_read(file)), nl=False)


def _read(path: Path) -> Route:
    with in_locale("en"):
        try:
            return route_text.parse(path.read_text("utf-8"), source=path.name)
        except RouteTextError as error:
            stop(str(error))
