"""Opening and closing clocks. Other features call these with `.within` as a part of their own transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from webapp.core.errors import Invalid, NotAllowedNow, NotFound, RuleBroken, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_
from webapp.core.ids import new_id
from webapp.core.tx import Tx, command
from webapp.deadlines import events, queries
from webapp.deadlines.calendar import Term
from webapp.deadlines.commands import (
    CancelDeadlines,
    MeetDeadline,
    OpenDeadline,
    OwnerLink,
    ReaddressDeadlines,
    TurnDeadlines,
    WaiveDeadline,
)
from webapp.deadlines.models import Deadline
from webapp.deadlines.states import RUNNING, DeadlineState

E = TypeVar("E", bound=events.DeadlineEvent)

sentences(
    {
        "deadline_already_open": N_("同一事项的时限已经在计时。"),
        "deadline_not_waivable": N_("这项时限依法不能豁免。"),
    }
)


@command
def open_deadline(tx: Tx, cmd: OpenDeadline) -> Deadline:
    """Start a clock. Raises NotAllowedNow when the same one (subject, kind, item) is running.

    The ladder begins at `started_at`: a report received an hour before it was typed in has lost that hour,
    and the clock's next second rings whatever step is already due.
    """
    return _start(tx, cmd, queries.open_of(tx.session, cmd.about.id, [cmd.kind], cmd.item))


def _start(tx: Tx, cmd: OpenDeadline, running: Iterable[Deadline]) -> Deadline:
    if not cmd.chain:
        raise Invalid(fields={"chain": [N_("缺少责任人。")]})
    if any((found.kind, found.item) == (cmd.kind, cmd.item) for found in running):
        raise NotAllowedNow("deadline_already_open", kind=cmd.kind, item=cmd.item)
    deadline = tx.rows.put(
        Deadline,
        dict(
            id=new_id(tx.now),
            subject_kind=cmd.about.kind,
            subject_id=cmd.about.id,
            subject_number=cmd.about.number,
            subject_unit=cmd.about.unit,
            kind=cmd.kind,
            item=cmd.item,
            label=cmd.label,
            link=cmd.link,
            ladder=cmd.ladder,
            unit=cmd.unit,
            started_at=cmd.started_at,
            due_at=cmd.due_at,
            target_at=cmd.target_at,
            calendar_version=cmd.calendar_version,
            **_counted(cmd.term),
            provisional=cmd.provisional,
            performer=cmd.performer,
            legal_source=cmd.legal_source,
            confidence=cmd.confidence,
            waivable=cmd.waivable,
            state=DeadlineState.OPEN,
            # The scan, which has the calendar at hand, finds the first step; opening needs no calendar.
            next_step_at=cmd.started_at,
            stepped_at=cmd.started_at,
            level=0,
            opened_at=tx.now,
            **_addressed(cmd.chain),
        ),
    )
    tx.record(
        told(
            events.DeadlineOpened,
            deadline,
            tx.now,
            legal_source=cmd.legal_source,
            performer=cmd.performer,
        )
    )
    return deadline


@command
def meet(tx: Tx, cmd: MeetDeadline) -> Deadline:
    """The duty is done; after the legal end the state says so. Raises NotFound if none is running."""
    return _meet(tx, cmd, lock_running(tx, cmd.subject_id))


def _meet(tx: Tx, cmd: MeetDeadline, running: Iterable[Deadline]) -> Deadline:
    deadline = _one(running, cmd.kind, cmd.item)
    met_at = cmd.at or tx.now
    stood_at = deadline.closed_at if deadline.state is DeadlineState.PAUSED else None
    late = (stood_at or met_at) > deadline.due_at
    _close(tx, deadline, DeadlineState.MET_LATE if late else DeadlineState.MET, cmd.note, met_at)
    kind = events.DeadlineMetLate if late else events.DeadlineMet
    tx.record(told(kind, deadline, met_at, reason=cmd.note, occurred_at=met_at))
    return deadline


@command
def turn(tx: Tx, cmd: TurnDeadlines) -> None:
    """Several clocks of one subject at once, looked up in one statement; first the met ones, then the new ones.

    Raises what `meet` and `open_deadline` raise.
    """
    running = lock_running(tx, cmd.subject_id)
    for done in cmd.met:
        _meet(tx, done, running)
    still = [deadline for deadline in running if deadline.state in RUNNING]
    for new in cmd.opened:
        still.append(_start(tx, new, still))


@command
def waive(tx: Tx, cmd: WaiveDeadline) -> Deadline:
    """The duty falls away, with a reason. Raises RuleBroken where the law knows no waiver."""
    if not cmd.reason.strip():
        raise Invalid(fields={"reason": [N_("请写明理由。")]})
    deadline = _one(lock_running(tx, cmd.subject_id), cmd.kind, cmd.item)
    if not deadline.waivable:
        raise RuleBroken("deadline_not_waivable", kind=cmd.kind)
    _close(tx, deadline, DeadlineState.WAIVED, cmd.reason)
    tx.record(told(events.DeadlineWaived, deadline, tx.now, reason=cmd.reason))
    return deadline


@command
def cancel(tx: Tx, cmd: CancelDeadlines) -> int:
    """Stop every running clock that matches; returns how many there were."""
    running = lock_running(tx, cmd.subject_id, cmd.kinds, cmd.item)
    for deadline in running:
        _close(tx, deadline, DeadlineState.CANCELLED, cmd.reason)
        tx.record(told(events.DeadlineCancelled, deadline, tx.now, reason=cmd.reason))
    return len(running)


@command
def readdress(tx: Tx, cmd: ReaddressDeadlines) -> int:
    """Give every running clock that matches to another chain; it starts again at its first link."""
    if not cmd.chain:
        raise Invalid(fields={"chain": [N_("缺少责任人。")]})
    running = lock_running(tx, cmd.subject_id, cmd.kinds, cmd.item)
    for deadline in running:
        before = deadline.chain
        new = {"level": 0, "watched_event_id": None, "watch_until": None, "version": deadline.version + 1}
        tx.rows.change(deadline, {**_addressed(cmd.chain), **new})
        changes = {"chain": (before, deadline.chain)}
        tx.record(told(events.DeadlineReaddressed, deadline, tx.now, reason=cmd.reason, changes=changes))
    return len(running)


def subject_of(deadline: Deadline) -> Subject:
    """The object the deadline belongs to, as events name it."""
    return Subject(
        kind=deadline.subject_kind,
        id=deadline.subject_id,
        unit=deadline.subject_unit,
        number=deadline.subject_number,
    )


def told(kind: type[E], deadline: Deadline, at: datetime, **more: Any) -> E:
    """An event about a deadline with the fields all of them carry; `at` is measured against the legal end."""
    return kind(
        about=subject_of(deadline),
        deadline=deadline.id,
        kind=deadline.kind,
        ladder=deadline.ladder.value,
        seconds_after_due=round((at - deadline.due_at).total_seconds()),
        title=deadline.label,
        due_at=deadline.due_at,
        **more,
    )


def _addressed(chain: Sequence[OwnerLink]) -> dict[str, Any]:
    owner = chain[0]
    links = [
        {
            "account_id": link.account_id and str(link.account_id),
            "role": link.role,
            "unit_id": link.unit_id and str(link.unit_id),
        }
        for link in chain
    ]
    return {
        "chain": links,
        "owner_account_id": owner.account_id,
        "owner_role": owner.role,
        "owner_unit_id": owner.unit_id,
    }


def _counted(term: Term | None) -> dict[str, Any]:
    """Only an end the calendar can move is kept with the way it was counted."""
    if term is None or not term.follows_calendar:
        return {}
    return {"counted_from": term.start, "counted_count": term.count, "is_rolled": term.roll}


def _one(running: Iterable[Deadline], kind: str, item: str) -> Deadline:
    """The clock of this kind and item that runs. Raises NotFound."""
    for deadline in running:
        if (deadline.kind, deadline.item) == (kind, item) and deadline.state in RUNNING:
            return deadline
    raise NotFound


def lock_running(
    tx: Tx, subject_id: UUID, kinds: Sequence[str] | None = None, item: str | None = None
) -> Sequence[Deadline]:
    """The running and paused clocks of a subject that match, all of the subject's locked."""
    running = queries.locked_running(tx.session, subject_id)
    return [
        deadline
        for deadline in running
        if (kinds is None or deadline.kind in kinds) and (item is None or deadline.item == item)
    ]


def _close(
    tx: Tx, deadline: Deadline, state: DeadlineState, note: str, met_at: datetime | None = None
) -> None:
    tx.rows.change(
        deadline,
        {
            "state": state,
            "met_at": met_at,
            "closed_at": tx.now,
            "closed_by": tx.actor.account_id,
            "note": note,
            "watched_event_id": None,
            "watch_until": None,
            "version": deadline.version + 1,
        },
    )
