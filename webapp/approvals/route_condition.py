"""Conditions in a route's text: comparisons of declared facts joined by and, or, not. Typed, without calls or loops.

    days > 5 and (rank == 'bureau' or not needs_discipline)
    route_kind in ['foreign', 'hkmo']

A condition that was read evaluates for all facts of the declared types; nothing of it is ever run as code.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from webapp.approvals.route_facts import NUMBER, TEXT, YES_NO, Fact, Value, read_all
from webapp.core.i18n import N_, gettext

LONGEST = 300
_DEEPEST = 12


class ConditionError(ValueError):
    """A condition that cannot be read: `said` with `values` filled in says why, in the reader's language."""

    def __init__(self, said: str, /, **values: Any) -> None:
        super().__init__(said)
        self.said, self.values = said, values

    def sentence(self) -> str:
        return gettext(self.said, **self.values)


@dataclass(frozen=True)
class Asked:
    name: str

    def value(self, facts: Mapping[str, Value]) -> Value:
        return facts[self.name]


@dataclass(frozen=True)
class Written:
    written: Value

    def value(self, facts: Mapping[str, Value]) -> Value:  # noqa: ARG002 - the form of all parts
        return self.written


@dataclass(frozen=True)
class Compared:
    left: "Part"
    sign: str
    right: "Part"

    def value(self, facts: Mapping[str, Value]) -> bool:
        return _COMPARES[self.sign](self.left.value(facts), self.right.value(facts))


@dataclass(frozen=True)
class Listed:
    part: "Part"
    words: tuple[Value, ...]
    negated: bool

    def value(self, facts: Mapping[str, Value]) -> bool:
        return (self.part.value(facts) in self.words) is not self.negated


@dataclass(frozen=True)
class Turned:
    part: "Part"

    def value(self, facts: Mapping[str, Value]) -> bool:
        return not self.part.value(facts)


@dataclass(frozen=True)
class Joined:
    word: str
    parts: tuple["Part", ...]

    def value(self, facts: Mapping[str, Value]) -> bool:
        join = all if self.word == "and" else any
        return join(bool(part.value(facts)) for part in self.parts)


Part: TypeAlias = Asked | Written | Compared | Listed | Turned | Joined
_COMPARES: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


@dataclass(frozen=True)
class Condition:
    """A condition as it was written, and what it means."""

    text: str
    part: Part
    facts: tuple[Fact, ...]

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Raises `NotAllowedNow` where the request does not state a fact, or states it in another type."""
        return bool(self.part.value(read_all(self.facts, facts)))


def read(text: str, facts: Mapping[str, Fact]) -> Condition:
    """The condition a text says. Raises `ConditionError` for what is not one, or compares unlike things."""
    if len(text) > LONGEST:
        raise ConditionError(N_("条件太长，最多 %(most)s 个字。"), most=LONGEST)
    reader = _Reader(_tokens(text), facts)
    part, kind = reader.joined()
    reader.require_end()
    if kind != YES_NO:
        raise ConditionError(N_("条件的结果不是“是”或“否”：%(what)s。"), what=text)
    return Condition(text, part, tuple(facts[name] for name in sorted(reader.asked)))


_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|'(?P<text>[^'\n]*)'|(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)"
    r"|(?P<name>[a-z][a-z0-9_]*))"
)
_WORDS = {"and", "or", "not", "in", "true", "false"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise ConditionError(N_("条件里看不懂的地方：%(what)s。"), what=text[place : place + 20].strip())
        word = match[match.lastgroup]
        found.append(
            _Token("word" if match.lastgroup == "name" and word in _WORDS else match.lastgroup, word)
        )
        place = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens; every method gives a part and the kind of its value."""

    def __init__(self, tokens: list[_Token], facts: Mapping[str, Fact]) -> None:
        self._tokens, self._facts = tokens, facts
        self._place = self._depth = 0
        self.asked: set[str] = set()

    def require_end(self) -> None:
        if self._place < len(self._tokens):
            raise ConditionError(N_("条件里多出：%(what)s。"), what=self._tokens[self._place].text)

    def joined(self, word: str = "or") -> tuple[Part, str]:
        part, kind = self._lower(word)
        parts = [part]
        while self._takes(word):
            _require(kind == YES_NO, word)
            part, kind = self._lower(word)
            _require(kind == YES_NO, word)
            parts.append(part)
        return (Joined(word, tuple(parts)), YES_NO) if len(parts) > 1 else (part, kind)

    def _lower(self, word: str) -> tuple[Part, str]:
        return self.joined("and") if word == "or" else self._turned()

    def _turned(self) -> tuple[Part, str]:
        turns = 0
        while self._takes("not"):
            turns += 1
        part, kind = self._compared()
        _require(kind == YES_NO or not turns, "not")
        return (Turned(part), YES_NO) if turns % 2 else (part, kind)

    def _compared(self) -> tuple[Part, str]:
        left, kind = self._single()
        for sign in _COMPARES:
            if self._takes(sign):
                right, other = self._single()
                _require(kind == other and (kind == NUMBER or sign in ("==", "!=")), sign)
                self._require_known_word(left, right)
                return Compared(left, sign, right), YES_NO
        negated = self._takes("not")
        if negated or self._next_is("in"):
            self._expect("in")
            words = self._list(left, kind)
            return Listed(left, words, negated), YES_NO
        return left, kind

    def _list(self, left: Part, kind: str) -> tuple[Value, ...]:
        self._expect("[")
        words: list[Value] = []
        while True:
            part, other = self._single()
            if not isinstance(part, Written) or other != kind:
                raise ConditionError(N_("“in” 后面的清单只能写同一类的值。"))
            self._require_known_word(left, part)
            words.append(part.written)
            if self._takes("]"):
                return tuple(words)
            self._expect(",")

    def _single(self) -> tuple[Part, str]:
        token = self._take()
        if token.kind == "number":
            return Written(Decimal(token.text)), NUMBER
        if token.kind == "text":
            return Written(token.text), TEXT
        if token.kind == "word" and token.text in ("true", "false"):
            return Written(token.text == "true"), YES_NO
        if token.kind == "name":
            if token.text not in self._facts:
                raise ConditionError(N_("没有声明这项事实：%(name)s。"), name=token.text)
            self.asked.add(token.text)
            return Asked(token.text), self._facts[token.text].kind
        if token.kind == "sign" and token.text == "(":
            self._depth += 1
            if self._depth > _DEEPEST:
                raise ConditionError(N_("括号套得太深，最多 %(most)s 层。"), most=_DEEPEST)
            part, kind = self.joined()
            self._expect(")")
            self._depth -= 1
            return part, kind
        raise ConditionError(N_("条件里看不懂的地方：%(what)s。"), what=token.text)

    def _require_known_word(self, left: Part, right: Part) -> None:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Asked) and isinstance(other, Written):
                words = self._facts[one.name].words
                if words and other.written not in words:
                    raise ConditionError(
                        N_("%(name)s 没有“%(word)s”这个值。"), name=one.name, word=str(other.written)
                    )

    def _next_is(self, text: str) -> bool:
        here = self._tokens[self._place] if self._place < len(self._tokens) else None
        return here is not None and here.kind in ("word", "sign") and here.text == text

    def _takes(self, text: str) -> bool:
        found = self._next_is(text)
        self._place += found
        return found

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise ConditionError(N_("条件里缺少“%(what)s”。"), what=text)

    def _take(self) -> _Token:
        if self._place >= len(self._tokens):
            raise ConditionError(N_("条件没有写完。"))
        self._place += 1
        return self._tokens[self._place - 1]


def _require(fits: bool, sign: str) -> None:  # noqa: FBT001 - a guard reads as a sentence
    if not fits:
        raise ConditionError(N_("“%(sign)s” 两边的类型不合。"), sign=sign)
