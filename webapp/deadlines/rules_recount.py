"""What a change of the calendar does to ends that were counted on it, as values to look at before saving."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Move:
    """One end counted again. `before` and `after` are last days in time (of a notice: the first day to confirm).

    row_id: the row the end stands in. label: Chinese words marked with N_(). number, link: the object it belongs to.
    """

    row_id: UUID
    label: str
    number: str
    link: str
    before: date
    after: date
    was_provisional: bool
    provisional: bool

    @property
    def moved(self) -> bool:
        """Whether people have to be told; a mark that falls away tells nobody anything to do."""
        return self.before != self.after

    @property
    def changes_anything(self) -> bool:
        return self.moved or self.was_provisional != self.provisional
