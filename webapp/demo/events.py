"""What the log itself says of an invented office."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class DemoBegun(Event):
    """Everything after this entry is invented: whoever opens the database from another folder is told so."""

    name: ClassVar[str] = "demo.begun"
    label: ClassVar[str] = N_("开始填入演示数据")
