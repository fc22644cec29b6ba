"""A digest's content from the log at one tree size. The same size gives the same bytes, whenever it is built."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.audit import queries as log
from webapp.core.ledger import AuditEntry, stamp
from webapp.core.tree import canonical
from webapp.digests import render
from webapp.digests.figures import Indexed, Population, evaluate
from webapp.digests.rules import bounds

DEFINITIONS = Path(__file__).parent / "definitions"
CURRENT = {"monthly": "monthly-1.json"}


@dataclass(frozen=True)
class Order:
    """Which digest is wanted. `units`: codes of the scope's units, None for the whole office."""

    kind: str
    period: str
    scope: str
    units: frozenset[str] | None
    edition: int
    size: int
    previous_period: str
    previous_size: int


@dataclass(frozen=True)
class Built:
    """A digest's files, and what the list of digests shows of it."""

    content: Mapping[str, Any]
    definitions: bytes
    json_file: bytes
    csv_file: bytes
    html_file: bytes
    exception_count: int


def current_definitions(kind: str) -> bytes:
    """Return the definitions in force for new digests of a kind."""
    return (DEFINITIONS / CURRENT[kind]).read_bytes()


def build(session: Session, order: Order, definitions: bytes) -> Built:
    """Compute and render a digest. Reads nothing but the log's entries below `order.size`."""
    book = json.loads(definitions)
    start, end = bounds(order.period)
    population = Population(stamp(start), stamp(end), order.size, order.previous_size, order.units)
    figures = evaluate(book["figures"], _entries(session, order, book["figures"]), population)
    content = {
        "v": 1,
        "kind": order.kind,
        "period": order.period,
        "scope": order.scope,
        "units": sorted(order.units) if order.units is not None else None,
        "edition": order.edition,
        "start": population.start,
        "end": population.end,
        "zone": "Asia/Shanghai",
        "size": order.size,
        "root": log.root_at(session, order.size).hex(),
        "previous": {
            "period": order.previous_period,
            "size": order.previous_size,
            "root": log.root_at(session, order.previous_size).hex(),
        },
        "definitions": hashlib.sha256(definitions).hexdigest(),
        "figures": figures,
    }
    exceptions = _listed(book["figures"], figures)
    return Built(
        content=content,
        definitions=definitions,
        json_file=canonical(content) + b"\n",
        csv_file=render.csv_file(content, book),
        html_file=render.html_file(content, book),
        exception_count=len(exceptions),
    )


def _listed(definitions: Sequence[Mapping[str, Any]], figures: Mapping[str, Mapping[str, Any]]) -> set[int]:
    lists = [definition["id"] for definition in definitions if definition["measure"] == "list"]
    return {number for figure in lists for number in figures["native"][figure]}


def _entries(session: Session, order: Order, definitions: Sequence[Mapping[str, Any]]) -> list[Indexed]:
    """Return what the figures can be about: the period, what came late, and possible partners of either.

    Partners are read by action, not by period: whoever files in April may be wronged in May.
    """
    start, end = bounds(order.period)
    inside = sa.and_(AuditEntry.occurred_at >= start, AuditEntry.occurred_at < end)
    found = dict(log.public_parts(session, inside, order.size))
    if order.previous_size < order.size:
        late = AuditEntry.occurred_at < start
        found |= dict(log.public_parts(session, late, order.size, at_least=order.previous_size))
    objects = {public["object"] for public in found.values()}
    partners = {
        action
        for definition in definitions
        for word in ("with", "without")
        for action in definition.get(word, {}).get("where", {}).get("action", ())
    }
    if partners:
        by_action = AuditEntry.action.in_(sorted(partners))
        known = log.public_parts(session, by_action, order.size)
        found |= {number: public for number, public in known if public["object"] in objects}
    return sorted(found.items())
