"""Days that the approval keeps beside its clocks, counted again when the calendar changes: notices, stage limits."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.approvals import events, queries
from webapp.approvals.models import ApprovalRequest, ApprovalStage
from webapp.approvals.states import RequestState, SlotState
from webapp.core.clock import local_date, local_midnight
from webapp.core.events import Subject
from webapp.core.i18n import N_
from webapp.core.tx import Tx
from webapp.deadlines.calendar import WorkCalendar
from webapp.deadlines.rules_recount import Move

_READY = N_("公示最早确认日")
_DAY = timedelta(days=1)


class CountedStages:
    """Follows the calendar for open slots: when a notice may be confirmed, until when a stage may take."""

    def moves(self, session: Session, calendar: WorkCalendar) -> Sequence[Move]:
        return [
            move
            for request, row in session.execute(_open(ApprovalStage.posted_on.is_not(None)))
            if (move := _window(session, request, row, calendar))
        ]

    def follow(self, tx: Tx, calendar: WorkCalendar, reason: str) -> Sequence[Move]:
        """Requests are locked before their clocks, as every verdict does it."""
        either = sa.or_(ApprovalStage.posted_on.is_not(None), ApprovalStage.due_at.is_not(None))
        rows = tx.session.execute(
            _open(either).with_for_update(), execution_options={"populate_existing": True}
        ).all()
        found = []
        for request, row in rows:
            if row.due_at is not None and row.opened_at is not None and row.limit_wd is not None:
                last = calendar.nth_working_day(local_date(row.opened_at), row.limit_wd + row.paused_wd).day
                row.due_at = local_midnight(last + _DAY)
            move = _window(tx.session, request, row, calendar)
            if move is not None:
                row.ready_on = move.after
                tx.record(_told(tx, request, row, move, reason))
                found.append(move)
        return found


def _open(counted: sa.ColumnElement[bool]) -> sa.Select[ApprovalRequest, ApprovalStage]:
    return (
        sa.select(ApprovalRequest, ApprovalStage)
        .join(ApprovalStage, ApprovalStage.request_id == ApprovalRequest.id)
        .where(
            ApprovalRequest.state == RequestState.IN_REVIEW,
            ApprovalRequest.origin == "native",
            ApprovalStage.round == ApprovalRequest.round,
            ApprovalStage.state == SlotState.OPEN,
            counted,
        )
        .order_by(ApprovalRequest.id, ApprovalStage.id)
    )


def _window(
    session: Session, request: ApprovalRequest, row: ApprovalStage, calendar: WorkCalendar
) -> Move | None:
    """A notice that has been put up and not confirmed; None when its first day to confirm stays."""
    if row.posted_on is None or row.ready_on is None:
        return None
    wait = queries.route_of(session, request.route_id).stage(row.stage).wait
    counted = calendar.nth_working_day(row.posted_on, wait)
    move = Move(
        row_id=row.id,
        label=_READY,
        number=request.number,
        link=request.link,
        before=row.ready_on,
        after=counted.day + _DAY,
        was_provisional=False,
        provisional=False,
    )
    return move if move.moved else None


def _told(
    tx: Tx, request: ApprovalRequest, row: ApprovalStage, move: Move, reason: str
) -> events.ApprovalNoticeMoved:
    route = queries.route_of(tx.session, request.route_id)
    return events.ApprovalNoticeMoved(
        about=Subject(
            kind=request.subject_kind,
            id=request.subject_id,
            version=request.version,
            unit=request.unit_code,
            number=request.number,
        ),
        route=route.code,
        route_version=route.version,
        round=request.round,
        title=request.title,
        stage=row.stage,
        ready_on=move.after.isoformat(),
        slots=(row.key,),
        reason=reason,
        changes={"ready_on": (move.before, move.after)},
        before=move.before.isoformat(),
    )
