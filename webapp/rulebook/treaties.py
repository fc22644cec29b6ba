"""Terms of consular notification as a value: what a nationality's treaty asks, or what holds without one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from webapp.rulebook import places
from webapp.rulebook.states import Basis, Confidence, Counting

EVERYBODY_ELSE = "*"
UNKNOWN_TERMS_DAYS = 3  # the shortest verified term (settled: no opting out until the office has confirmed)
NOT_FOREIGN = frozenset({"CN", "HK", "MO", "TW"})


TERMS = (
    "basis",
    "instrument",
    "notify_days",
    "counting",
    "mandatory",
    "opt_out",
    "known",
    "visit_days",
    "source",
    "confidence",
)
"""What the terms of a nationality consist of, in the order in which pages show it."""

_CODES: dict[str, type[StrEnum]] = {"basis": Basis, "counting": Counting, "confidence": Confidence}


def plain_terms(holder: Any) -> dict[str, Any]:
    """The terms of whatever has them, as JSON can hold them."""
    values = {name: getattr(holder, name) for name in TERMS}
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in values.items()}


def restored_terms(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse of `plain_terms`."""
    return {name: _CODES[name](plain[name]) if name in _CODES else plain[name] for name in TERMS}


@dataclass(frozen=True, kw_only=True)
class TreatyTerms:
    """`notify_days` None: nobody need be notified. `known` False: a treaty exists whose terms are unconfirmed.

    `mandatory`: notified whatever the person says. `opt_out`: a signed statement of the person is enough not to.
    """

    code: str
    basis: Basis
    instrument: str
    notify_days: int | None
    counting: Counting
    mandatory: bool
    opt_out: bool
    known: bool
    visit_days: int | None
    source: str
    confidence: Confidence

    @property
    def country(self) -> str:
        return places.name(self.code, "zh")
