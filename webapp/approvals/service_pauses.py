"""Own time and waiting time apart: the clocks of slots and spans stand while the office waits for somebody else."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from webapp.approvals.models import ApprovalRequest, ApprovalStage
from webapp.approvals.route import Route
from webapp.approvals.rules_slots import Review
from webapp.approvals.service_clocks import SPAN, STAGE, Changes
from webapp.approvals.states import RequestState, SlotState
from webapp.core.clock import local_date
from webapp.core.tx import Tx
from webapp.deadlines import service as deadlines
from webapp.deadlines import service_pause
from webapp.deadlines.calendar import end_of
from webapp.deadlines.commands import CancelDeadlines, ContinueDeadlines, PauseDeadlines, ReopenDeadlines
from webapp.deadlines.queries_calendar import work_calendar


def stand(rows: Iterable[ApprovalStage], at: datetime) -> None:
    """Mark slots whose clock stands from now on."""
    for row in rows:
        row.paused_at = at


def go_on(tx: Tx, rows: Iterable[ApprovalStage], at: datetime) -> None:
    """Slots whose clock goes on: the pause is counted apart, and the limit moves by its working days."""
    calendar = work_calendar(tx.session)
    for row in rows:
        if row.paused_at is None:
            continue
        row.paused_minutes += (at - row.paused_at) // timedelta(minutes=1)
        row.paused_wd += calendar.working_days_between(local_date(row.paused_at), local_date(at))
        if row.opened_at is not None and row.due_at is not None and row.limit_wd is not None:
            last = calendar.nth_working_day(local_date(row.opened_at), row.limit_wd + row.paused_wd)
            row.due_at = end_of(last.day)
        row.paused_at = None


def turn_pauses(tx: Tx, request: ApprovalRequest, route: Route, review: Review, changes: Changes) -> None:
    """The deadlines follow: those of the slots, and the spans that run over them."""
    subject_id = request.subject_id
    paused, continued = _clocks(changes.paused), _clocks(changes.continued)
    restored = _clocks(changes.restored)
    spans = {(SPAN, clock.code) for clock in route.clocks}
    if review.state is RequestState.SUSPENDED or any(slot.state is SlotState.ASKED for slot in review.slots):
        paused |= spans
    else:
        continued |= spans
    back = {row.stage for row in changes.restored}
    for clock in route.clocks:
        if clock.after in back:
            begun = CancelDeadlines(
                subject_id=subject_id, reason="taken_back", kinds=(SPAN,), item=clock.code
            )
            deadlines.cancel.within(tx, begun)
        if clock.until in back:
            restored |= {(SPAN, clock.code)}
    reason = review.state.value
    service_pause.pause.within(
        tx, PauseDeadlines(subject_id=subject_id, clocks=frozenset(paused), reason=reason)
    )
    service_pause.go_on.within(tx, ContinueDeadlines(subject_id=subject_id, clocks=frozenset(continued)))
    if restored:
        service_pause.reopen.within(
            tx, ReopenDeadlines(subject_id=subject_id, clocks=frozenset(restored), reason="taken_back")
        )


def _clocks(rows: Iterable[ApprovalStage]) -> set[tuple[str, str]]:
    return {(STAGE, row.key) for row in rows}
