"""Figures as data: one small evaluator over the public parts of log entries.

A figure is a definition, not code: `where` chooses entries, `by` groups them, `measure` says what is computed.
The evidence package carries the same evaluator in its verification program, written apart; a test holds both
equal on random entries. Values are integers, texts or lists of them, so that equal logs give equal bytes.

Measures:
    count      number of entries
    sum        sum of the integer field `of` (entries without it count as 0)
    distinct   number of different values of the field `of`
    share      [numerator, denominator]; the numerator also satisfies `part`
    spread     {"n", "median", "p90"} of the integer field `of`, by nearest rank: always a value that occurred
    list       indexes of the entries, in log order (an exceptions list)

Conditions (`where`, `unless`, `part`): {field: [accepted values]} or {field: {"min": n, "max": n}}; all must
hold. A field is the name of a public field, or `figures.NAME`. `with` = {"where", "on"}: an entry counts only if
another entry known at that size satisfies the condition and agrees in the fields `on`; `without`: only if none does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entry = Mapping[str, Any]
Definition = Mapping[str, Any]
Indexed = tuple[int, Entry]

#: What stands for "no value" in a group's key.
NOTHING = "none"

ORIGINS = ("native", "imported")
_PARTNER_WORDS = ("with", "without")


@dataclass(frozen=True)
class Population:
    """What a digest is about: entries that occurred in [start, end) and are known at `size`.

    `start` and `end` are UTC times in the log's own form ("YYYY-MM-DDTHH:MM:SS.ffffffZ"), so texts compare like
    times. `previous_size` is the tree size of the digest of the period before (0 without one): what occurred
    before `start` and was recorded since then is *late*. `units` limits it to entries of these units; None is
    the whole office.
    """

    start: str
    end: str
    size: int
    previous_size: int = 0
    units: frozenset[str] | None = None

    def has(self, index: int, entry: Entry) -> bool:
        """Return whether the entry belongs to the period."""
        return self.knows(index, entry) and self.start <= entry["occurred_at"] < self.end

    def has_late(self, index: int, entry: Entry) -> bool:
        """Return whether the entry tells of an earlier period, recorded after that period's digest."""
        return self.knows(index, entry) and index >= self.previous_size and entry["occurred_at"] < self.start

    def knows(self, index: int, entry: Entry) -> bool:
        """Return whether the entry was in the tree at the digest's size and lies in its scope."""
        return index < self.size and (self.units is None or entry["unit"] in self.units)


def field(entry: Entry, path: str) -> Any:
    """Return a public field, or `figures.NAME`; None when the entry has none."""
    if path.startswith("figures."):
        return entry["figures"].get(path.removeprefix("figures."))
    return entry.get(path)


def origin_of(entry: Entry) -> str:
    """Return 'imported' for history from a file (its origin names the file's hash), otherwise 'native'."""
    return "native" if entry["origin"] == "native" else "imported"


def satisfies(entry: Entry, conditions: Mapping[str, Any]) -> bool:
    """Return whether the entry meets every condition."""
    return all(_accepts(field(entry, path), wanted) for path, wanted in conditions.items())


def _accepts(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return (
            isinstance(value, int) and wanted.get("min", value) <= value and value <= wanted.get("max", value)
        )
    return value in wanted


def evaluate(
    definitions: Sequence[Definition], entries: Iterable[Indexed], population: Population
) -> dict[str, dict[str, Any]]:
    """Return {origin: {figure id: value}} for both origins; native and imported never mix.

    `entries` are (index, public part) in log order: at least those of the population and those a `with` may
    match.
    """
    known = [(index, entry) for index, entry in entries if index < population.size]
    partners = {
        (definition["id"], word): _partners(definition[word], known)
        for definition in definitions
        for word in _PARTNER_WORDS
        if word in definition
    }
    chosen: dict[tuple[str, str], list[Indexed]] = {
        (origin, definition["id"]): [] for origin in ORIGINS for definition in definitions
    }
    for index, entry in known:
        for definition in definitions:
            if _belongs(definition, index, entry, population) and all(
                _has_partner(definition[word], index, entry, partners[definition["id"], word])
                == (word == "with")
                for word in _PARTNER_WORDS
                if word in definition
            ):
                chosen[origin_of(entry), definition["id"]].append((index, entry))
    return {
        origin: {
            definition["id"]: _value(definition, chosen[origin, definition["id"]])
            for definition in definitions
        }
        for origin in ORIGINS
    }


def _belongs(definition: Definition, index: int, entry: Entry, population: Population) -> bool:
    inside = population.has_late if definition.get("late") else population.has
    return (
        inside(index, entry)
        and satisfies(entry, definition["where"])
        and not ("unless" in definition and satisfies(entry, definition["unless"]))
    )


def _key(entry: Entry, paths: Sequence[str]) -> tuple[Any, ...]:
    return tuple(field(entry, path) for path in paths)


def _partners(wanted: Mapping[str, Any], known: Iterable[Indexed]) -> dict[tuple[Any, ...], set[int]]:
    keys: dict[tuple[Any, ...], set[int]] = {}
    for index, entry in known:
        if satisfies(entry, wanted["where"]):
            keys.setdefault(_key(entry, wanted["on"]), set()).add(index)
    return keys


def _has_partner(
    wanted: Mapping[str, Any], index: int, entry: Entry, partners: Mapping[tuple[Any, ...], set[int]]
) -> bool:
    return bool(partners.get(_key(entry, wanted["on"]), set()) - {index})


def _value(definition: Definition, chosen: Sequence[Indexed]) -> Any:
    measure = MEASURES[definition["measure"]]
    if "by" not in definition:
        return measure(definition, chosen)
    groups: dict[str, list[Indexed]] = {}
    for index, entry in chosen:
        key = "|".join(NOTHING if part is None else str(part) for part in _key(entry, definition["by"]))
        groups.setdefault(key, []).append((index, entry))
    return {key: measure(definition, groups[key]) for key in sorted(groups)}


def _numbers(definition: Definition, chosen: Sequence[Indexed]) -> list[int]:
    values = (field(entry, definition["of"]) for _, entry in chosen)
    return sorted(value for value in values if isinstance(value, int))


def _rank(ordered: Sequence[int], percent: int) -> int | None:
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else None


def _spread(definition: Definition, chosen: Sequence[Indexed]) -> dict[str, int | None]:
    ordered = _numbers(definition, chosen)
    return {"n": len(ordered), "median": _rank(ordered, 50), "p90": _rank(ordered, 90)}


MEASURES: dict[str, Callable[[Definition, Sequence[Indexed]], Any]] = {
    "count": lambda _, chosen: len(chosen),
    "sum": lambda definition, chosen: sum(_numbers(definition, chosen)),
    "distinct": lambda definition, chosen: len({field(entry, definition["of"]) for _, entry in chosen}),
    "share": lambda definition, chosen: [
        sum(satisfies(entry, definition["part"]) for _, entry in chosen),
        len(chosen),
    ],
    "spread": _spread,
    "list": lambda _, chosen: [index for index, _ in chosen],
}
