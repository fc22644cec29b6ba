"""An event that means nothing, to see what becomes of events."""

import uuid
from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, Subject
from webapp.core.tx import command


@dataclass(frozen=True, kw_only=True)
class BellRung(Event):
    name: ClassVar[str] = "bell.rung"
    label: ClassVar[str] = "铃响"
    notifies: ClassVar[bool] = True


@command
def ring(tx, number="CG-1"):
    tx.record(BellRung(about=Subject(kind="bell", id=uuid.uuid4(), number=number), reason="试"))
