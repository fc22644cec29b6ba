"""Takes known keys out of a mapping, notes what is wrong with its line, and goes on with something harmless."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from webapp.approvals.route_condition import Condition, ConditionError
from webapp.approvals.route_condition import read as read_condition
from webapp.approvals.route_facts import Fact
from webapp.approvals.route_problem import Problem
from webapp.approvals.route_yaml import Document, Path
from webapp.core.i18n import N_

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
_LONGEST_TITLE = 80
_KINDS = {
    str: N_("文字"),
    int: N_("整数"),
    bool: N_("true 或 false"),
    list: N_("清单"),
    dict: N_("“键: 值”"),
    date: N_("日期，如 2026-03-02"),
}
_HARMLESS: dict[type, Any] = {str: "", int: 1, bool: False, list: [], dict: {}, date: date(2000, 1, 3)}


class Log:
    """What was found wrong, each with its line. What is stored was let in once: its names are not judged again."""

    def __init__(self, document: Document, *, is_text: bool) -> None:
        self._document, self.is_text = document, is_text
        self.problems: list[Problem] = []

    def say(self, path: Path, said: str, /, **values: Any) -> None:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
        self.problems.append(Problem(self._document.line(path), place, said, values))

    def check(self, path: Path, holds: bool, said: str, **values: Any) -> None:  # noqa: FBT001 - reads as a sentence
        if not holds:
            self.say(path, said, **values)


class Reader:
    def __init__(self, data: Any, path: Path, log: Log) -> None:
        log.check(path, isinstance(data, dict), N_("这里要写“键: 值”。"))
        self.data: dict[str, Any] = dict(data) if isinstance(data, dict) else {}
        self._is_mapping = isinstance(data, dict)
        self.path, self.log = path, log

    def say(self, key: str, said: str, /, **values: Any) -> None:
        self.log.say((*self.path, key), said, **values)

    def check(self, key: str, holds: bool, said: str, **values: Any) -> None:  # noqa: FBT001 - reads as a sentence
        if not holds:
            self.say(key, said, **values)

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        """The value of a key in its type; where it is wrong or missing, that is noted."""
        if key not in self.data:
            if default is not ...:
                return default
            if self._is_mapping:
                self.log.say(self.path, N_("缺少 %(key)s。"), key=key)
            return _HARMLESS[kind]
        value = self.data.pop(key)
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        self.say(key, N_("%(key)s 应当是%(kind)s。"), key=key, kind=_KINDS[kind])
        return _HARMLESS[kind] if default is ... else default

    def word(self, key: str) -> str:
        """A code: letters, digits, _ . -"""
        value: str = self.take(key, str)
        fits = not value or not self.log.is_text or _CODE.fullmatch(value) is not None
        self.check(key, fits, N_("代码只能用字母、数字和 _ . -，最多 60 个：%(value)s"), value=value)
        return value

    def title(self, key: str) -> str:
        value: str = self.take(key, str)
        fits = len(value) <= _LONGEST_TITLE
        self.check(key, fits, N_("名称最多 %(most)s 个字。"), most=_LONGEST_TITLE)
        return value

    def words(self, key: str, default: Any = ...) -> tuple[str, ...]:
        """A list of texts."""
        found = self.take(key, list, [] if default is ... else default)
        for place, word in enumerate(found):
            self.log.check((*self.path, key, place), isinstance(word, str), N_("这里只能写文字。"))
        return tuple(word for word in found if isinstance(word, str))

    def enum(self, key: str, kind: type[StrEnum], default: Any = None) -> Any:
        """A member of a list of words; `...` as default makes the key necessary."""
        value = self.take(key, str, ... if default is ... else None)
        if value is None:
            return default
        known = [member.value for member in kind]
        if value in known:
            return kind(value)
        if value:
            self.say(key, N_("不认识：%(what)s。可以写：%(known)s"), what=value, known=", ".join(known))
        return next(iter(kind)) if default is ... else default

    def enums(self, key: str, kind: type[StrEnum]) -> tuple[Any, ...]:
        found = []
        for place, word in enumerate(self.words(key)):
            if word in [member.value for member in kind]:
                found.append(kind(word))
            else:
                self.log.say((*self.path, key, place), N_("不认识：%(what)s"), what=word)
        return tuple(found)

    def items(self, key: str, *, needed: bool = False) -> Iterator[tuple[int, Any]]:
        return iter(list(enumerate(self.take(key, list, ... if needed else []))))

    def condition(self, key: str, facts: Mapping[str, Fact]) -> Condition | None:
        text = self.take(key, str, None)
        if text is None:
            return None
        try:
            return read_condition(text, facts)
        except ConditionError as error:
            self.say(key, error.said, **error.values)
            return None

    def done(self) -> None:
        for key in self.data:
            self.say(key, N_("不认识的键：%(key)s"), key=key)
