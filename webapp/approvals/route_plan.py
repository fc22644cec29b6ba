"""What the machine needs of a route: which stages wait for which, and how many signatures are enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Quorum:
    """How many of a stage's signatures are enough: `needs` in all, and of each group of seats its own number.

    `votes`: a refusal is one vote and ends nothing while the others can still make the number.
    """

    needs: int
    groups: tuple[tuple[frozenset[str], int], ...] = ()
    votes: bool = False

    def missing(self, seats: Sequence[str]) -> int:
        """How many signatures are still wanted when these seats have given theirs."""
        short = sum(max(0, number - sum(seat in group for seat in seats)) for group, number in self.groups)
        return max(0, self.needs - len(seats), short)


@dataclass(frozen=True)
class Plan:
    """What opens when: `after` names the stages a stage waits for, where that is not simply all steps before;
    `quorums` the stages that are over before everybody has signed.
    """

    after: Mapping[str, frozenset[str]] = field(default_factory=dict)
    quorums: Mapping[str, Quorum] = field(default_factory=dict)


LINEAR = Plan()
"""One step after the other, everybody signs."""
