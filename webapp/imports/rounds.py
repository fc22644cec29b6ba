"""What a case's own events say its rounds and their routes were (settled: observed routes), as pure values."""

from dataclasses import dataclass, field

from webapp.imports.mapping import Act, CaseAct, Mapped, Mapping
from webapp.imports.readers import LogCase, LogEvent

_DECISIONS = {Act.APPROVE, Act.FINAL_APPROVE, Act.RETURN}
_CLOSING = {Act.FINAL_APPROVE, Act.RETURN}


@dataclass(frozen=True)
class Step:
    """An event of the log with its meaning and the round it falls into (0: before the first submission)."""

    event: LogEvent
    mapped: Mapped
    round: int

    @property
    def act(self) -> Act | CaseAct:
        return self.mapped.act

    @property
    def role(self) -> str:
        return self.mapped.role


@dataclass
class Round:
    """One round's stages in the order they decided.

    `is_over`: it was rejected, approved or taken back; `is_finished`: its last stage ended it, so that the
    route is known to its end. A round taken back or left open waited for something the log does not show.
    """

    stages: list[str] = field(default_factory=list)
    is_over: bool = False
    is_finished: bool = False


@dataclass(frozen=True)
class Reading:
    case_id: str
    steps: tuple[Step, ...]
    rounds: tuple[Round, ...]
    ignored: int
    unknown: tuple[LogEvent, ...]


def read_case(case: LogCase, mapping: Mapping) -> Reading:
    """Sort a case's events into rounds. A round's route is the sequence of roles that decided in it, up to
    the decision that closed it; what comes after belongs to no stage, and the engine will refuse it.

    A second submission while a round is open begins none: the engine refuses it like a person's.
    """
    steps: list[Step] = []
    rounds: list[Round] = []
    ignored = 0
    unknown: list[LogEvent] = []
    for event in case.events:
        mapped = mapping.read(event)
        if mapped is None or event.at is None:
            unknown.append(event)
        elif mapped.is_ignored:
            ignored += 1
        else:
            if mapped.act is Act.SUBMIT and (not rounds or rounds[-1].is_over):
                rounds.append(Round())
            elif rounds and not rounds[-1].is_over:
                _take(rounds[-1], mapped)
            steps.append(Step(event, mapped, len(rounds)))
    return Reading(case.id, tuple(steps), tuple(rounds), ignored, tuple(unknown))


def _take(current: Round, mapped: Mapped) -> None:
    if mapped.act in _DECISIONS:
        current.stages.append(mapped.role)
        current.is_finished = current.is_over = mapped.act in _CLOSING
    elif mapped.act is Act.ACKNOWLEDGE:
        current.is_over = True


def sequence(current: Round) -> str:
    """A round's route as one word: `administration>supervisor`, with `>?` while it was left open."""
    return ">".join([*current.stages, *(() if current.is_finished else ("?",))])
