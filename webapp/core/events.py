"""What happened, as typed values: the one form from which log entry and outbox row are made.

A field of an event says which part of the log leaf it belongs to (settled form of the entry):
`figure()` is public (integers and codes that digests count), `detail()` lies in the redactable body,
`personal()` is kept only as a salted commitment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from webapp.core.i18n import N_

_PART = "part"

#: What an action can come to, by the code its entry bears; an event with another one is not recorded.
RESULT_LABELS: Mapping[str, str] = {
    "done": N_("完成"),
    "refused": N_("拒绝"),
    "granted": N_("同意"),
    "approve": N_("同意"),
    "return": N_("退回修改"),
    "reject": N_("不同意"),
    "confirm": N_("确认公示"),
    "advise": N_("办理意见"),
    "failed": N_("失败"),
}


def figure(default: Any = ...) -> Any:
    """Public: an integer or a code. Stays readable when bodies are left out of a package."""
    return _part("figure", default)


def detail(default: Any = ...) -> Any:
    """Body: free text, names, structured values. Redactable."""
    return _part("detail", default)


def personal(default: Any = ...) -> Any:
    """Never stored: the log holds SHA-256(salt || value) with a salt of its own that can be erased."""
    return _part("personal", default)


def _part(part: str, default: Any) -> Any:
    if default is ...:
        return field(metadata={_PART: part})
    return field(default=default, metadata={_PART: part})


@dataclass(frozen=True)
class Subject:
    """The object an event is about. `number` is what people call it; `unit` is its unit's code."""

    kind: str
    id: UUID
    version: int = 0
    unit: str = ""
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    name: ClassVar[str]
    label: ClassVar[str]
    notifies: ClassVar[bool] = False

    about: Subject
    occurred_at: datetime | None = None
    acting_for: UUID | None = None
    role: str = ""
    result: str = "done"
    reason: str = ""
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.result not in RESULT_LABELS:
            msg = f"{self.result!r} is no result anybody has words for"
            raise ValueError(msg)

    def part(self, part: str) -> dict[str, Any]:
        """The values of this event that belong to one part of the log leaf, without the empty ones."""
        return {
            name: value for name in self._names().get(part, ()) if (value := getattr(self, name)) is not None
        }

    @classmethod
    @cache
    def _names(cls) -> dict[str, list[str]]:
        """The fields of each part."""
        found: dict[str, list[str]] = {}
        for each in fields(cls):
            found.setdefault(each.metadata.get(_PART, ""), []).append(each.name)
        return found


def all_events() -> dict[str, type[Event]]:
    """Every event class by its name; features' event modules must have been imported."""
    found: dict[str, type[Event]] = {}
    waiting: list[type[Event]] = list(Event.__subclasses__())
    while waiting:
        cls = waiting.pop()
        waiting.extend(cls.__subclasses__())
        if "name" in cls.__dict__:
            if cls.name in found and found[cls.name] is not cls:
                msg = f"two events are called {cls.name}"
                raise RuntimeError(msg)
            found[cls.name] = cls
    return found
