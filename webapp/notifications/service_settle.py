"""What became of mails is written down: the attempts of many in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.core.errors import NotAllowedNow, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_
from webapp.core.mail import Outcome, Verdict
from webapp.core.tx import Tx, command
from webapp.notifications import events
from webapp.notifications.models import InboxItem, Mail
from webapp.notifications.rules import pause_after
from webapp.notifications.states import STUCK, MailState

sentences({"mail_not_stuck": N_("这封邮件没有失败，不用重发。")})


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one mail in the hands of the holder of a lease."""

    mail_id: UUID
    lease_token: UUID
    outcome: Outcome


@command
def settle(tx: Tx, attempts: Sequence[Attempt]) -> None:
    """Write down what became of the attempts; the usual end, taken by the server, in two statements for all.

    Who lost the lease meanwhile may only say that a copy may exist.
    """
    if not tx.call.db.is_sqlite:
        # Losing this commit in a crash of the database costs labelled copies; waiting for the disk costs time.
        tx.session.execute(sa.text("SET LOCAL synchronous_commit = off"))
    rows = tx.session.execute(
        sa.select(Mail.id, Mail.lease_token, Mail.attempts)
        .where(Mail.id.in_([attempt.mail_id for attempt in attempts]))
        .order_by(Mail.id)  # two who settle at once lock in one order
        .with_for_update()
    )
    held = {row.id: row for row in rows}
    taken: list[dict[str, Any]] = []
    for attempt in attempts:
        row = held[attempt.mail_id]
        if attempt.outcome.verdict is Verdict.TAKEN and row.lease_token == attempt.lease_token:
            taken.append({"id": row.id, "attempts": row.attempts + 1, "reply": attempt.outcome.reply})
        else:
            _settle_one(tx, attempt)
    if taken:
        done = {"state": MailState.SENT, "lease_token": None, "done_at": tx.now}
        tx.session.execute(sa.update(Mail), [done | own for own in taken])


def _settle_one(tx: Tx, attempt: Attempt) -> None:
    row = tx.lock(Mail, attempt.mail_id)
    outcome = attempt.outcome
    if row.lease_token != attempt.lease_token:
        if outcome.verdict in {Verdict.TAKEN, Verdict.UNSURE}:
            label(tx, row)
        return
    row.attempts += 1
    row.reply = outcome.reply
    if outcome.verdict is Verdict.UNSURE:
        label(tx, row)
    pause = None if outcome.verdict is Verdict.REFUSED else pause_after(row.attempts)
    if pause is None:
        lay_aside(row, MailState.DEAD, tx.now)
        tx.record(about(tx, events.MailFailed, row, reply=outcome.reply))
        return
    row.state, row.lease_token, row.due_at = MailState.WAITING, None, tx.now + pause


@command
def requeue(tx: Tx, mail_id: UUID) -> Mail:
    """A person sends a failed or quarantined mail again. Raises NotAllowedNow for any other."""
    row = tx.lock(Mail, mail_id)
    if row.state not in STUCK:
        raise NotAllowedNow("mail_not_stuck")
    row.state, row.due_at, row.done_at = MailState.WAITING, tx.now, None
    row.attempts = row.expired_leases = 0
    tx.record(about(tx, events.MailRequeued, row))
    return row


def lay_aside(row: Mail, state: MailState, now: datetime) -> None:
    """The mail rests until a person acts."""
    row.state, row.lease_token, row.done_at = state, None, now


def label(tx: Tx, row: Mail) -> None:
    """Say, in the row and in the log, that the mail may have been sent twice; once for each mail."""
    if not row.maybe_twice:
        row.maybe_twice = True
        tx.record(about(tx, events.MailPossiblySentTwice, row))


def about(tx: Tx, kind: type[events.MailEvent], row: Mail, **more: Any) -> events.MailEvent:
    """The event of a mail; what it is about is what its message tells of."""
    item = tx.session.get_one(InboxItem, row.item_id)
    subject = Subject(kind=item.subject_kind, id=item.subject_id, number=item.number)
    return kind(about=subject, mail=row.id, item=item.id, attempts=row.attempts, **more)
