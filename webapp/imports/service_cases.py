"""One case of a foreign log through the table of moves of our own cases: which call each event makes."""

from dataclasses import dataclass

from webapp.core.events import Subject
from webapp.imports.mapping import CaseAct, Engine
from webapp.imports.models import ObservedSubject
from webapp.imports.rounds import Step
from webapp.imports.service_actors import Cast
from webapp.incidents import service_observed
from webapp.incidents.commands import BeginObserved, TakeObserved
from webapp.incidents.states import Action

_ACTIONS = {
    CaseAct.SET_LEVEL: Action.SET_LEVEL,
    CaseAct.NOTE: Action.ADD_NOTE,
    CaseAct.TAKE_OVER: Action.ADD_NOTE,
}


@dataclass(frozen=True)
class Scene:
    """The subject a case became, who plays in it, and on which engine."""

    cast: Cast
    subject: ObservedSubject
    engine: Engine


class CasePlay:
    """The calls of one case, in its own order; the first one receives it."""

    def __init__(self, scene: Scene) -> None:
        self._cast, self._subject = scene.cast, scene.subject
        self._is_begun = False

    def take(self, step: Step) -> None:
        """Do what the event did. Raises `DomainError` with the engine's reason where it refuses."""
        tx, row, at = self._cast.tx_of(step.role), self._subject, step.event.at
        assert at is not None
        if not self._is_begun:
            about = Subject(kind=row.kind, id=row.id, number=row.number)
            service_observed.begin.within(tx, BeginObserved(about=about, occurred_at=at))
            self._is_begun = row.is_submitted = True
        state = step.mapped.state
        asked = TakeObserved(
            subject_id=row.id,
            occurred_at=at,
            text=step.event.name,
            source=step.event.actor,
            state=state,
            action=None if state is not None else _ACTIONS.get(CaseAct(step.act)),
            is_taken_over=step.act is CaseAct.TAKE_OVER,
        )
        service_observed.take.within(tx, asked)
