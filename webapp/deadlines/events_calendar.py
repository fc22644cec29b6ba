"""What happens to the calendar."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class CalendarFilled(Event):
    """Years taken from the libraries' tables."""

    name: ClassVar[str] = "calendar.filled"
    label: ClassVar[str] = N_("填入工作日历")
    edition: int = figure()
    year_count: int = figure()
    day_count: int = figure()


@dataclass(frozen=True, kw_only=True)
class CalendarNoticeImported(Event):
    """The State Council's notice of a year was entered; open deadlines may move."""

    name: ClassVar[str] = "calendar.notice_imported"
    label: ClassVar[str] = N_("导入放假通知")
    edition: int = figure()
    year: int = figure()
    changed_count: int = figure()
    source: str = detail()


@dataclass(frozen=True, kw_only=True)
class CalendarDayChanged(Event):
    name: ClassVar[str] = "calendar.day_changed"
    label: ClassVar[str] = N_("修改工作日历")
    edition: int = figure()
    day: str = figure()
