"""What is asked of the calendar, as values."""

from dataclasses import dataclass
from datetime import date

from webapp.deadlines.calendar import DayKind
from webapp.deadlines.rules_calendar import NoticeDay


@dataclass(frozen=True, kw_only=True)
class SetDay:
    """Make one day free or worked, or (kind None) ordinary again."""

    day: date
    kind: DayKind | None
    name: str = ""
    reason: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class ImportNotice:
    """Put a year's published notice in the place of what the year holds."""

    year: int
    days: tuple[NoticeDay, ...]
    source: str
    version: int | None = None

    @property
    def kinds(self) -> dict[date, DayKind]:
        return {entry.day: entry.kind for entry in self.days}
