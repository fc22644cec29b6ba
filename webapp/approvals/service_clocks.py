"""Limits of stages and of spans of stages: opened, met and stopped with the request's own moves."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from webapp.approvals.models import ApprovalRequest, ApprovalStage
from webapp.approvals.route import Route
from webapp.approvals.rules_slots import Review, is_over
from webapp.approvals.states import SUPERIOR, RequestState, SlotState
from webapp.core.clock import local_date, local_midnight
from webapp.core.events import Subject
from webapp.core.permissions import Role
from webapp.core.tx import Tx
from webapp.deadlines import service as deadlines
from webapp.deadlines.calendar import Term
from webapp.deadlines.commands import CancelDeadlines, MeetDeadline, OpenDeadline, OwnerLink, TurnDeadlines
from webapp.deadlines.queries_calendar import work_calendar
from webapp.deadlines.states import Ladder, TimeUnit

STAGE = "approvals.stage"
SPAN = "approvals.span"


@dataclass
class Changes:
    """Slots that opened (with whether their limit rests on a provisional calendar) and that ended.

    The rarer ones: `paused` clocks stand, `continued` ones go on, of `restored` slots a signature was taken back,
    and `shut` ones, opened by that signature, wait again.
    """

    opened: list[tuple[ApprovalStage, bool]] = field(default_factory=list)
    ended: list[ApprovalStage] = field(default_factory=list)
    paused: list[ApprovalStage] = field(default_factory=list)
    continued: list[ApprovalStage] = field(default_factory=list)
    restored: list[ApprovalStage] = field(default_factory=list)
    shut: list[ApprovalStage] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        return not (self.paused or self.continued or self.restored or self.shut)


@dataclass(frozen=True)
class Span:
    """From when to when a limit runs, and whether its end rests on a provisional calendar."""

    started_at: datetime
    due_at: datetime
    provisional: bool
    working_days: int


def ends_after(tx: Tx, start: date, working_days: int) -> tuple[date, bool]:
    """The n-th working day strictly after a day, and whether its year's calendar is still provisional."""
    return work_calendar(tx.session).nth_working_day(start, working_days)


def due_after(tx: Tx, at: datetime, working_days: int) -> tuple[datetime, bool]:
    """24:00 (Asia/Shanghai) of the n-th working day after the day of `at`."""
    day, provisional = ends_after(tx, local_date(at), working_days)
    return local_midnight(day + timedelta(days=1)), provisional


_DROPPED = (SlotState.SPARED, SlotState.REMOVED)


def turn_clocks(
    tx: Tx,
    request: ApprovalRequest,
    route: Route,
    review: Review,
    changes: Changes,
    at: datetime,
) -> None:
    """Slots that were signed meet their limit, those just opened get theirs; of a round that is over all stops."""
    # in a round that goes on, a refusal was one vote of several
    votes = review.state is RequestState.IN_REVIEW
    answered = (SlotState.SIGNED, SlotState.REJECTED) if votes else (SlotState.SIGNED,)
    met = [
        MeetDeadline(subject_id=request.subject_id, kind=STAGE, item=row.key, at=at)
        for row in changes.ended
        if row.due_at is not None and row.state in answered
    ]
    for row in [row for row in changes.ended if row.state in _DROPPED] + changes.shut:
        dropped = CancelDeadlines(
            subject_id=request.subject_id, reason=row.state.value, kinds=(STAGE,), item=row.key
        )
        deadlines.cancel.within(tx, dropped)
    opened = list(_stage_clocks(request, changes.opened, at))
    goes_on = review.state in (RequestState.IN_REVIEW, RequestState.SUSPENDED, RequestState.APPROVED)
    if goes_on:
        stages = {row.stage for row in changes.ended}
        ended = {stage for stage in stages if is_over(review, stage)}
        opened += _span_clocks(tx, request, route, ended, at)
        met += [
            MeetDeadline(subject_id=request.subject_id, kind=SPAN, item=clock.code, at=at)
            for clock in route.clocks
            if clock.until in ended
        ]
    if met or opened:
        turned = TurnDeadlines(subject_id=request.subject_id, met=tuple(met), opened=tuple(opened))
        deadlines.turn.within(tx, turned)
    if not goes_on:
        deadlines.cancel.within(
            tx,
            CancelDeadlines(subject_id=request.subject_id, kinds=(STAGE, SPAN), reason=review.state.value),
        )


def _span_clocks(
    tx: Tx, request: ApprovalRequest, route: Route, ended: Collection[str], at: datetime
) -> Iterator[OpenDeadline]:
    """Limits over several stages start when one of them is over."""
    for clock in route.clocks:
        if clock.after in ended:
            due, provisional = due_after(tx, at, clock.limit)
            chain = (OwnerLink(role=Role.SECTION_CHIEF.value), OwnerLink(role=Role.FAO_DIRECTOR.value))
            span = Span(at, due, provisional, clock.limit)
            yield _clock(request, (SPAN, clock.code, clock.title), span, chain)


def _stage_clocks(
    request: ApprovalRequest, opened: Sequence[tuple[ApprovalStage, bool]], at: datetime
) -> Iterator[OpenDeadline]:
    """A clock for each slot just opened whose stage has a limit."""
    for row, provisional in opened:
        if row.due_at is None:
            continue
        span = Span(at, row.due_at, provisional, row.limit_wd or 0)
        yield _clock(request, (STAGE, row.key, row.title), span, owners(row))


def owners(row: ApprovalStage) -> tuple[OwnerLink, ...]:
    """Who answers for a slot, and who is told after them: the one it is for, else the post; then the post above."""
    first = OwnerLink(account_id=row.person_id) if row.person_id else _post(row.role, row)
    return tuple(link for link in (first, _post(SUPERIOR.get(row.role) if row.role else None, row)) if link)


def _post(role: Role | None, row: ApprovalStage) -> OwnerLink | None:
    return OwnerLink(role=role.value, unit_id=row.unit_id) if role else None


def _clock(
    request: ApprovalRequest, what: tuple[str, str, str], span: Span, chain: tuple[OwnerLink, ...]
) -> OpenDeadline:
    kind, item, label = what
    return OpenDeadline(
        about=Subject(
            kind=request.subject_kind,
            id=request.subject_id,
            version=request.version,
            unit=request.unit_code,
            number=request.number,
        ),
        kind=kind,
        item=item,
        label=label,
        ladder=Ladder.STAGE,
        started_at=span.started_at,
        due_at=span.due_at,
        unit=TimeUnit.WORKING_DAYS,
        term=Term(start=local_date(span.started_at), count=span.working_days, unit=TimeUnit.WORKING_DAYS),
        chain=chain,
        link=request.link,
        provisional=span.provisional,
    )
