"""An event that exists to be told while processes are being killed; it is written in throw-away databases only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from webapp.core.events import Event, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class DrillCalled(Event):
    name: ClassVar[str] = "drill.called"
    label: ClassVar[str] = N_("邮件演练")
    notifies: ClassVar[bool] = True

    account: UUID = figure()
    turn: int = figure()
