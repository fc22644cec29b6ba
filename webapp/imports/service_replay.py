"""One case through the engine: which call each kind of event makes."""

from webapp.approvals import queries as approval_queries
from webapp.approvals import service_end, service_observed
from webapp.approvals.commands import EndRequest, ObservedHandOver, ObservedRound, ObservedVerdict
from webapp.approvals.states import RequestState, Verdict
from webapp.core.errors import NotAllowedNow
from webapp.core.events import Subject
from webapp.imports.events import SubjectDrafted
from webapp.imports.mapping import Act
from webapp.imports.models import ObservedSubject
from webapp.imports.rounds import Reading, Step
from webapp.imports.service_actors import Cast

_VERDICTS = {
    Act.APPROVE: Verdict.APPROVE,
    Act.FINAL_APPROVE: Verdict.APPROVE,
    Act.RETURN: Verdict.RETURN,
}
_EDITABLE = {None, RequestState.RETURNED, RequestState.WITHDRAWN, RequestState.REVOKED}


class Replay:
    """The calls of one case, in its own order."""

    def __init__(self, cast: Cast, subject: ObservedSubject, reading: Reading) -> None:
        self._cast = cast
        self._subject = subject
        self._reading = reading

    def take(self, step: Step) -> None:
        """Do what the event did. Raises `DomainError` with the engine's reason where it refuses."""
        if step.act is Act.DRAFT:
            self._draft(step)
        elif step.act is Act.SUBMIT:
            self._submit(step)
        elif step.act in _VERDICTS:
            self._decide(step, _VERDICTS[Act(step.act)])
        elif step.act is Act.ACKNOWLEDGE:
            self._acknowledge(step)
        elif step.act is Act.REVOKE:
            service_end.revoke.within(self._cast.tx_of(step.role), self._end(step))
        else:
            self._hand_over(step)

    @property
    def _about(self) -> Subject:
        row = self._subject
        return Subject(kind=row.kind, id=row.id, version=row.version, number=row.number)

    def _state(self) -> RequestState | None:
        session = self._cast.tx_of(self._reading.steps[0].role).session
        found = approval_queries.find(session, self._subject.kind, self._subject.id)
        return found.state if found else None

    def _draft(self, step: Step) -> None:
        if self._state() not in _EDITABLE:
            raise NotAllowedNow("not_in_this_state")
        tx = self._cast.tx_of(step.role)
        tx.record(SubjectDrafted(about=self._about, occurred_at=step.event.at))

    def _submit(self, step: Step) -> None:
        current = self._reading.rounds[step.round - 1]
        assert step.event.at is not None
        service_observed.begin_round.within(
            self._cast.tx_of(step.role),
            ObservedRound(
                about=self._about,
                title=self._subject.number,
                stages=tuple(current.stages),
                is_finished=current.is_finished,
                occurred_at=step.event.at,
            ),
        )
        self._subject.is_submitted = True

    def _decide(self, step: Step, verdict: Verdict) -> None:
        assert step.event.at is not None
        service_observed.take_verdict.within(
            self._cast.tx_of(step.role),
            ObservedVerdict(
                kind=self._subject.kind,
                subject_id=self._subject.id,
                stage=step.role,
                verdict=verdict,
                occurred_at=step.event.at,
            ),
        )

    def _hand_over(self, step: Step) -> None:
        assert step.event.at is not None
        handed = ObservedHandOver(
            kind=self._subject.kind, subject_id=self._subject.id, occurred_at=step.event.at
        )
        service_observed.hand_over.within(self._cast.tx_of(step.role), handed)

    def _acknowledge(self, step: Step) -> None:
        """The applicant's own word: what is under review is taken back, what was returned is noted."""
        in_review = self._state() is RequestState.IN_REVIEW
        service = service_end.withdraw if in_review else service_end.acknowledge
        service.within(self._cast.tx_of(step.role), self._end(step))

    def _end(self, step: Step) -> EndRequest:
        return EndRequest(kind=self._subject.kind, subject_id=self._subject.id, occurred_at=step.event.at)
