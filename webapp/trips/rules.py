"""Pure rules of a trip's own: who may do what now, three-way merging of sections, numbers."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from webapp.core.i18n import N_
from webapp.rulebook.states import RouteKind
from webapp.trips.states import TripAction, TripState, possible

CLERKS_WORK = frozenset(
    {
        TripAction.EDIT,
        TripAction.DISCARD,
        TripAction.ASK_WAIVER,
        TripAction.SUBMIT,
        TripAction.POST_NOTICE,
        TripAction.WITHDRAW,
        TripAction.REPORT,
        TripAction.PUBLISH,
        TripAction.EXPLAIN_RETURN,
    }
)
TRAVEL_WORK = frozenset(
    {TripAction.DEPART, TripAction.COME_BACK, TripAction.CONFIRM_RETURN, TripAction.CLOSE}
)
# The return is judged as it stood when it was confirmed: nothing of it is entered afterwards.
RETURN_WORK = frozenset(
    {TripAction.REPORT, TripAction.PUBLISH, TripAction.EXPLAIN_RETURN, TripAction.CONFIRM_RETURN}
)
# The custodian's, member by member, on a page of their own: whose passports they keep is a matter of units.
CUSTODY_WORK = frozenset({TripAction.HAND_OUT_PASSPORT, TripAction.RETURN_PASSPORT})
# Done by the approval engine when the last signature stands, never by a button of the trip itself.
ENGINE_WORK = frozenset({TripAction.SEND_BACK, TripAction.REFUSE, TripAction.APPROVE, TripAction.REVOKE})


@dataclass(frozen=True)
class Standing:
    """What an actor is towards one trip at one moment (asked of grants, units and membership)."""

    drafts: bool = False  # a clerk of the organising unit
    posts_notice: bool = False  # a clerk of a sending unit
    travels: bool = False  # may record travel for the unit: clerk, custodian or office
    settles: bool = False  # settles the claim: the unit's clerk or its finance
    concludes: bool = False  # gives the final approval of the route


@dataclass(frozen=True)
class AfterReturn:
    """How far a trip is that came back."""

    duties_open: int = 0
    is_confirmed: bool = False
    is_settled: bool = False

    @property
    def is_over(self) -> bool:
        return self.is_confirmed and self.is_settled and not self.duties_open


def allowed_actions(
    state: TripState, standing: Standing, after: AfterReturn | None = None
) -> frozenset[TripAction]:
    """The actions a page may offer; with `after` None those a service goes on to ask about.

    Closing waits until the return is confirmed, the claim settled and no duty open.
    """
    actions = possible(state) - ENGINE_WORK - CUSTODY_WORK
    granted: set[TripAction] = set()
    if standing.drafts:
        granted |= actions & CLERKS_WORK
    if standing.posts_notice:
        granted |= actions & {TripAction.POST_NOTICE}
    if standing.travels:
        granted |= actions & TRAVEL_WORK
    if standing.concludes:
        granted |= actions & {TripAction.DECIDE_WAIVER}
    if standing.settles:
        granted |= actions & {TripAction.REIMBURSE}
    if after is not None:
        granted -= RETURN_WORK if after.is_confirmed else set()
        granted -= {TripAction.REIMBURSE} if after.is_settled else set()
        granted -= set() if after.is_over else {TripAction.CLOSE}
    return frozenset(granted)


@dataclass(frozen=True)
class Clash:
    """Two people changed the same cell: both values, for the person to choose."""

    cell: str
    mine: Any
    theirs: Any


@dataclass(frozen=True)
class Merged:
    cells: dict[str, Any]
    clashes: tuple[Clash, ...]
    changed: dict[str, tuple[Any, Any]]


def mark(value: Any) -> str:
    """A short fingerprint of a cell's value, carried by the page to tell later who changed it."""
    return hashlib.sha256(canonical_text(value).encode()).hexdigest()[:10]


def marks(cells: Mapping[str, Any]) -> dict[str, str]:
    return {cell: mark(value) for cell, value in cells.items()}


def merge(base: Mapping[str, str], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merged:
    """Three-way merge of one section's cells.

    ``base`` holds the marks of the values my page was made from, ``mine`` what I sent, ``theirs`` what
    is stored now. A cell only one of us changed takes that change; a cell both changed to different
    values is a clash and keeps the stored value. A missing cell is a deleted one.
    """
    cells: dict[str, Any] = {}
    clashes: list[Clash] = []
    changed: dict[str, tuple[Any, Any]] = {}
    for cell in {**theirs, **mine, **base}:
        before = base.get(cell)
        my_mark = mark(mine[cell]) if cell in mine else None
        their_mark = mark(theirs[cell]) if cell in theirs else None
        take_mine = my_mark != before
        if take_mine and their_mark not in (before, my_mark):
            clashes.append(Clash(cell, mine.get(cell), theirs.get(cell)))
            take_mine = False
        source = mine if take_mine else theirs
        if cell in source:
            cells[cell] = source[cell]
        if take_mine and my_mark != their_mark:
            changed[cell] = (theirs.get(cell), mine.get(cell))
    return Merged(cells=cells, clashes=tuple(clashes), changed=changed)


def canonical_text(value: Any) -> str:
    """One text per value, for hashing: sorted keys, no spaces, dates and amounts as plain text."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain(value: Any) -> Any:
    """A value as JSON can hold it without floats."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        # 20.00 and 20 are the same money, whichever the column gives back.
        return format(value.normalize(), "f")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def content_hash(section: Any) -> str:
    """SHA-256 of one section's canonical text, in hexadecimal."""
    return hashlib.sha256(canonical_text(section).encode()).hexdigest()


def trip_number(year: int, sequence: int) -> str:
    """The number of a submitted request: CG-2026-118."""
    return f"CG-{year}-{sequence:03d}"


def draft_number(year: int, sequence: int) -> str:
    """The number of a draft until it is submitted: D-2026-007."""
    return f"D-{year}-{sequence:03d}"


def permit_number(template: str, year: int, sequence: int) -> str:
    """A permit number from the authority's template, e.g. 江外出〔{year}〕{seq}号 (DOC-07)."""
    return template.replace("{year}", str(year)).replace("{seq}", str(sequence))


TEMPLATES: dict[RouteKind, str] = {
    RouteKind.FOREIGN: "外出〔{year}〕{seq}号",
    RouteKind.HKMO: "外港澳出〔{year}〕{seq}号",
    RouteKind.TAIWAN: "台出〔{year}〕{seq}号",
}
"""What permits are numbered by until the office has confirmed its own."""


def permit_series(route_kind: RouteKind, year: int) -> str:
    """The name of an authority's series of one year; a change of the template within a year goes on counting."""
    return f"permit {route_kind.value} {year}"


def template_fault(template: str, others: Iterable[str]) -> str:
    """What is wrong with a template, '' when nothing is.

    Year and number stand in it once each, and the rest holds no digits and differs from every other authority's:
    so no two authorities, and no two years, can ever print one number.
    """
    if template.count("{year}") != 1 or template.count("{seq}") != 1:
        return N_("文号里要有一个 {year} 和一个 {seq}。")
    rest = _without_places(template)
    if not rest.strip() or any(character.isdigit() or character in "{}" for character in rest):
        return N_("文号里除 {year} 和 {seq} 以外要有文字，不能有数字。")
    if "{year}{seq}" in template or "{seq}{year}" in template:
        return N_("{year} 和 {seq} 之间要有文字隔开。")
    if rest in {_without_places(other) for other in others}:
        return N_("和另一个去向的文号相同，会出现重复的文号。")
    return ""


def _without_places(template: str) -> str:
    return template.replace("{year}", "").replace("{seq}", "")
