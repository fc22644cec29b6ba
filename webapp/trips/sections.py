"""Sections between their three forms: values of the page, cells of the merge, rows of the database."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID, uuid5

from webapp.core.errors import Invalid
from webapp.core.i18n import gettext
from webapp.trips.commands_sections import (
    BudgetRow,
    DeclarationSection,
    ExplanationRow,
    InvitationRow,
    LegRow,
    MemberRow,
    Row,
    Section,
    SlotRow,
    TaskSection,
    Values,
)
from webapp.trips.models import BudgetLine, Invitation, Leg, Member, Slot, Trip
from webapp.trips.rules import content_hash

Cells = dict[str, Any]

ROWS: dict[Section, tuple[type[Row], type[Any], str]] = {
    Section.LEGS: (LegRow, Leg, "legs"),
    Section.SLOTS: (SlotRow, Slot, "slots"),
    Section.INVITATIONS: (InvitationRow, Invitation, "invitations"),
    Section.MEMBERS: (MemberRow, Member, "members"),
    Section.BUDGET: (BudgetRow, BudgetLine, "budget"),
}
MAX_ROWS = 100
_SIGNED_AS_TASK = (Section.TASK, Section.INVITATIONS, Section.DECLARATIONS, Section.EXPLANATIONS)
_TASK = tuple(f.name for f in fields(TaskSection))


def columns(section: Section) -> tuple[str, ...]:
    """The editable columns of a section of rows."""
    return _columns_of(ROWS[section][0])


def _columns_of(row: Row | type[Row]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(row) if f.name != "key")


def stored(trip: Trip, section: Section) -> Cells:
    """The section as it lies in the database."""
    if section is Section.TASK:
        return {name: getattr(trip, name) for name in _TASK}
    if section is Section.DECLARATIONS:
        return {f.name: bool(trip.declarations.get(f.name)) for f in fields(DeclarationSection)}
    if section is Section.EXPLANATIONS:
        return {f"{rule}.text": text for rule, text in trip.explanations.items()}
    cells: Cells = {}
    for row in getattr(trip, ROWS[section][2]):
        for column in columns(section):
            cells[f"{row.key}.{column}"] = getattr(row, column)
    return cells


def sent(trip: Trip, section: Section, values: Values) -> tuple[Cells, list[str]]:
    """The section as a page sent it, and the order of its rows.

    A page names its new rows itself, at random; the row's id is made from that name and the trip. So a
    row saved by autosave and sent again by the same page is the same row, and a name that somebody
    invents can never reach another trip's row.
    """
    if not isinstance(values, tuple):
        return asdict(values), []
    if len(values) > MAX_ROWS:
        raise Invalid(fields={section.value: [gettext("行数太多，一张表最多 100 行。")]})
    cells: Cells = {}
    order: list[str] = []
    for index, row in enumerate(values):
        key = row.key if section is Section.EXPLANATIONS else _row_name(trip, section, row.key, index)
        if key in order:
            raise Invalid
        order.append(key)
        for column in _columns_of(row):
            cells[f"{key}.{column}"] = getattr(row, column)
    return cells, order


def write(trip: Trip, section: Section, cells: Cells, order: list[str]) -> None:
    """Put merged cells into the trip's rows: change, add, delete, and number them in order."""
    if section is Section.TASK:
        for name, value in cells.items():
            setattr(trip, name, value)
        return
    if section is Section.DECLARATIONS:
        trip.declarations = dict(cells)
        return
    if section is Section.EXPLANATIONS:
        trip.explanations = {cell.removesuffix(".text"): text for cell, text in cells.items() if text}
        return
    _write_rows(trip, section, cells, order)


def _write_rows(trip: Trip, section: Section, cells: Cells, order: list[str]) -> None:
    _, model, attribute = ROWS[section]
    rows: list[Any] = getattr(trip, attribute)
    known = {row.key: row for row in rows}
    merged = _by_row(cells)
    for key, row in known.items():
        if key not in merged:
            rows.remove(row)
    for key, values in merged.items():
        target = known.get(key)
        if target is None:
            target = _new_row(model, key)
            rows.append(target)
        for column, value in values.items():
            setattr(target, column, value)
        if key in order and hasattr(target, "position"):
            target.position = order.index(key)
    if rows and hasattr(rows[0], "position"):
        rows.sort(key=lambda row: row.position)


def _new_row(model: type[Any], key: str) -> Any:
    return model(id=UUID(key), position=0)


def _row_name(trip: Trip, section: Section, key: str, index: int) -> str:
    if key in {row.key for row in getattr(trip, ROWS[section][2])}:
        return key
    return str(uuid5(trip.id, f"{section.value} {key or index}"))


def _by_row(cells: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for cell, value in cells.items():
        key, _, column = cell.rpartition(".")
        rows.setdefault(key, {})[column] = value
    return rows


def values_of(trip: Trip, section: Section) -> Values:
    """The section as the page shows it."""
    if section is Section.TASK:
        return TaskSection(**{name: getattr(trip, name) for name in _TASK})
    if section is Section.DECLARATIONS:
        return DeclarationSection(**stored(trip, section))
    if section is Section.EXPLANATIONS:
        return tuple(ExplanationRow(key=rule, text=text) for rule, text in trip.explanations.items())
    row_type, _, attribute = ROWS[section]
    return tuple(
        row_type(key=row.key, **{column: getattr(row, column) for column in columns(section)})
        for row in getattr(trip, attribute)
    )


def content(trip: Trip, files: list[dict[str, Any]]) -> dict[str, str]:
    """Part → SHA-256: what a decision signs for. Row ids and people's account ids are left out.

    The parts are those the stages of a route name; half-day slots belong to the legs, declarations and
    explanations to the task, and ``notice`` is what the notice before the trip makes public.
    """
    bare: dict[Section, Any] = {
        section: _bare_values(trip, section) for section in Section if section is not Section.FILES
    }
    return {
        "task": content_hash([bare[section] for section in _SIGNED_AS_TASK]),
        "legs": content_hash([bare[Section.LEGS], bare[Section.SLOTS]]),
        "members": content_hash(bare[Section.MEMBERS]),
        "budget": content_hash(bare[Section.BUDGET]),
        "attachments": content_hash(files),
        "notice": content_hash(published(trip)),
    }


def _bare_values(trip: Trip, section: Section) -> Any:
    if section not in ROWS:
        return stored(trip, section)
    rows = values_of(trip, section)
    assert isinstance(rows, tuple)
    return [_bare(row) for row in rows]


def _bare(row: Row) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name != "key"}


def published(trip: Trip) -> dict[str, Any]:
    """The fields of the notice before the trip (厦门市外办 2013-09-29; content list of DOC-02)."""
    return {
        "title": trip.title,
        "members": sorted((m.name, m.unit_code, m.post) for m in trip.members),
        "countries": list(trip.countries),
        "purpose": trip.purpose,
        "exit_on": trip.exit_on,
        "entry_on": trip.entry_on,
        "route": [(leg.from_city, leg.to_country, leg.to_city) for leg in trip.legs],
        "schedule": [(slot.on_day, slot.half, slot.what) for slot in trip.slots],
        "inviters": [(letter.inviter, letter.profile) for letter in trip.invitations],
        "fund_source": trip.fund_source,
        "total_cny": trip.total_cny,
    }
