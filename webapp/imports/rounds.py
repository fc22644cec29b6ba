"""What a case's own events say its rounds and their routes were (settled: observed routes), as pure values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from webapp.imports.mapping import Act, Mapped, Mapping
from webapp.imports.readers import LogEvent

_DECISIONS = {Act.APPROVE, Act.FINAL_APPROVE, Act.RETURN}
_CLOSING = {Act.FINAL_APPROVE, Act.RETURN}


@dataclass(frozen=True)
class Step:
    """An event of the log with its meaning and the round it falls into (0: before the first submission)."""

    event: LogEvent
    act: Act
    role: str
    round: int


@dataclass
class Round:
    """One round's stages in the order they decided; `closed` when the last of them ended the round."""

    stages: list[str] = field(default_factory=list)
    closed: bool = False


@dataclass(frozen=True)
class Reading:
    steps: tuple[Step, ...]
    rounds: tuple[Round, ...]
    ignored: int
    unknown: tuple[LogEvent, ...]


def read_case(events: Iterable[LogEvent], mapping: Mapping) -> Reading:
    """Sort a case's events into rounds. A round's route is the sequence of roles that decided in it, up to
    the decision that closed it; what comes after belongs to no stage, and the engine will refuse it.
    """
    steps: list[Step] = []
    rounds: list[Round] = []
    ignored = 0
    unknown: list[LogEvent] = []
    for event in events:
        mapped = mapping.read(event.name)
        if mapped is None or event.at is None:
            unknown.append(event)
        elif mapped.act is Act.IGNORE:
            ignored += 1
        else:
            if mapped.act is Act.SUBMIT:
                rounds.append(Round())
            elif rounds and not rounds[-1].closed:
                _take(rounds[-1], mapped)
            steps.append(Step(event, mapped.act, mapped.role, len(rounds)))
    return Reading(tuple(steps), tuple(rounds), ignored, tuple(unknown))


def _take(current: Round, mapped: Mapped) -> None:
    if mapped.act in _DECISIONS:
        current.stages.append(mapped.role)
        current.closed = mapped.act in _CLOSING


def sequence(stages: Sequence[str], *, closed: bool) -> str:
    """A round's route as one word: `administration>supervisor`, with `>?` while it was left open."""
    return ">".join([*stages, *(() if closed else ("?",))])
