"""What is wrong in a route's text, by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.core.i18n import N_, gettext


@dataclass(frozen=True)
class Problem:
    """Something wrong in a route's text. `line` counts from 1, 0 where the text is not at hand; `place` is the path."""

    line: int
    place: str
    said: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self) -> str:
        said = gettext(self.said, **self.values)
        if self.line:
            return gettext(N_("第 %(line)s 行：%(said)s"), line=self.line, said=said)
        return f"{self.place}: {said}" if self.place else said


class RouteTextError(ValueError):
    """A route's text that cannot be used, with everything that is wrong in it."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source, self.problems = source, tuple(problems)
        lines = (f"{source}:{p.line or p.place}: {gettext(p.said, **p.values)}" for p in self.problems)
        super().__init__("\n".join(lines))
