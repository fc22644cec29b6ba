"""What operators do to the office as a whole."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class FieldKeyAdded(Event):
    """`key` is the name of the key that seals from now on, never the key."""

    name: ClassVar[str] = "field_key.added"
    label: ClassVar[str] = N_("新增字段加密密钥")
    key: str = figure()


@dataclass(frozen=True, kw_only=True)
class FieldsResealed(Event):
    """`rows` counts the values sealed anew with `key`, `unreadable` those that did not open and were left."""

    name: ClassVar[str] = "fields.resealed"
    label: ClassVar[str] = N_("加密字段已换用新密钥")
    key: str = figure()
    rows: int = figure()
    unreadable: int = figure()


@dataclass(frozen=True, kw_only=True)
class FieldKeysDropped(Event):
    """`keys` are the names of the keys forgotten, separated by commas."""

    name: ClassVar[str] = "field_key.dropped"
    label: ClassVar[str] = N_("删除旧字段加密密钥")
    keys: str = figure()
