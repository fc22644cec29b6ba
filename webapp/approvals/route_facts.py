"""Facts a route may ask of a request, in their types, and the facts each kind of subject states."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from webapp.core.errors import NotAllowedNow, sentences
from webapp.core.i18n import N_

YES_NO, NUMBER, TEXT = "yes_no", "number", "text"
Value: TypeAlias = bool | Decimal | str
sentences({"fact_not_stated": N_("审批路线要用“%(fact)s”这项事实，申请里没有，不能送审。")})


@dataclass(frozen=True)
class Fact:
    """What a route may ask of a request: yes or no, a number, a text, or one of listed words."""

    name: str
    kind: str
    words: tuple[str, ...] = ()

    def read(self, value: Any) -> Value | None:
        """The value in the fact's own type; None where it is no such value."""
        if self.kind == YES_NO:
            return value if isinstance(value, bool) else None
        if self.kind == NUMBER:
            return _number(value)
        if not isinstance(value, str) or (self.words and value not in self.words):
            return None
        return value


def _number(value: Any) -> Decimal | None:
    """Whole numbers and decimal texts: facts are kept as JSON without floats."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


#: Kind of subject → the facts it states when it is submitted. A route for it may ask for no others.
STATED: dict[str, dict[str, Fact]] = {}


def states_facts(kind: str, *facts: Fact) -> None:
    """Declare, where a feature names its kind, what its routes may ask for."""
    STATED[kind] = {fact.name: fact for fact in facts}


def read_all(asked: Iterable[Fact], facts: Mapping[str, Any]) -> dict[str, Value]:
    """The values of the facts asked for. Raises `NotAllowedNow` for one not stated, or of another type."""
    found: dict[str, Value] = {}
    for fact in asked:
        value = fact.read(facts.get(fact.name))
        if value is None:
            raise NotAllowedNow("fact_not_stated", fact=fact.name)
        found[fact.name] = value
    return found
