"""From waiting mails to a mail server's 250: claim, send without a transaction, settle.

Nobody can hand over a mail exactly once (RFC 1047). Promised is: no mail is lost, and every mail that may have
been sent twice says so in its row and in the log.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from webapp.core.errors import NotAllowedNow, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_
from webapp.core.mail import Letter, Line, Mailer, Outcome, Verdict
from webapp.core.tx import Call, Tx, command
from webapp.notifications import events
from webapp.notifications.models import InboxItem, Mail
from webapp.notifications.rules import (
    FARTHEST,
    LEASE,
    MAX_EXPIRED_LEASES,
    SENDING_SECONDS,
    pause_after,
)
from webapp.notifications.service_relay import Post, relay
from webapp.notifications.states import LIVE, STUCK, MailState

BATCH = 20

sentences({"mail_not_stuck": N_("这封邮件没有失败，不用重发。")})


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail this process may send until its lease ends."""

    mail_id: UUID
    lease_token: UUID
    letter: Letter


@dataclass(frozen=True, slots=True)
class Delivered:
    taken: int
    failed: int


@dataclass(frozen=True, slots=True)
class Drained:
    """What one run moved: outbox rows turned, mails taken by the server, attempts that failed."""

    messages: int
    taken: int
    failed: int


def drain(call: Call, post: Post, mailer: Mailer, *, seconds: float = 40.0) -> Drained:
    """Relay and deliver what is due, for at most about `seconds`; safe in any number of processes at once."""
    end = time.monotonic() + seconds
    messages = taken = failed = 0
    while time.monotonic() < end:
        relayed = relay(call, post)
        sent = deliver_due(call, mailer, seconds=end - time.monotonic())
        messages += relayed.messages
        taken, failed = taken + sent.taken, failed + sent.failed
        if not relayed.more:
            break
    return Drained(messages, taken, failed)


def deliver_due(call: Call, mailer: Mailer, *, seconds: float = 40.0) -> Delivered:
    """Send what is due, batch by batch over one line, for at most about `seconds`; safe in any number of
    processes at once.
    """
    end = time.monotonic() + seconds
    taken = failed = 0
    with mailer.line() as line:
        while time.monotonic() < end:
            claimed_at = time.monotonic()
            batch = claim(call, BATCH)
            if not batch:
                break
            got = _send(call, line, batch, claimed_at + SENDING_SECONDS)
            taken, failed = taken + got.taken, failed + got.failed
    return Delivered(taken, failed)


def _send(call: Call, line: Line, batch: Sequence[Claimed], last_start: float) -> Delivered:
    """Each mail is settled before the next is begun: a death then costs at most one second copy."""
    taken = failed = 0
    for index, mail in enumerate(batch):
        if time.monotonic() > last_start:
            release(call, [(late.mail_id, late.lease_token) for late in batch[index:]])
            break
        outcome = line.send(mail.letter)
        settle(call, mail.mail_id, mail.lease_token, outcome)
        if outcome.verdict is Verdict.TAKEN:
            taken += 1
            continue
        failed += 1
        if outcome.verdict is Verdict.DOWN:
            # Nobody answers: the rest of the batch would each wait for the same silence.
            for rest in batch[index + 1 :]:
                settle(call, rest.mail_id, rest.lease_token, outcome)
            failed += len(batch) - index - 1
            break
    return Delivered(taken, failed)


@command
def claim(tx: Tx, limit: int) -> list[Claimed]:
    """Take up to `limit` due mails for the length of a lease, statutory ones first.

    A mail whose lease ran out is taken alone: if it is what kills workers, it takes no other with it.
    """
    rows = _due(tx, Mail.expired_leases == 0, Mail.state == MailState.WAITING, limit=limit)
    if not rows:
        rows = _due(tx, sa.or_(Mail.expired_leases > 0, Mail.state == MailState.SENDING), limit=1)
    return [claimed for row in rows if (claimed := _take(tx, row)) is not None]


def _due(tx: Tx, *wanted: sa.ColumnElement[bool], limit: int) -> Sequence[Mail]:
    now = tx.now
    query = (
        sa.select(Mail)
        .options(joinedload(Mail.item, innerjoin=True))
        .where(
            Mail.state.in_(LIVE),
            # Nothing is honestly due hours ahead: a wrong clock set that time, and it must not hold the mail.
            sa.or_(Mail.due_at <= now, Mail.due_at > now + FARTHEST),
            *wanted,
        )
        .order_by(Mail.is_statutory.desc(), Mail.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Mail)
    )
    return tx.session.scalars(query, execution_options={"populate_existing": True}).all()


def _take(tx: Tx, row: Mail) -> Claimed | None:
    if row.state is MailState.SENDING:
        row.expired_leases += 1
        if row.expired_leases >= MAX_EXPIRED_LEASES:
            _rest(row, MailState.QUARANTINED, tx.now)
            tx.record(_about(tx, events.MailQuarantined, row, reply=row.reply))
            return None
        _label(tx, row)
    row.state, row.lease_token, row.due_at = MailState.SENDING, uuid4(), tx.now + LEASE
    letter = Letter(row.message_id, row.address, row.item.title, row.item.text, row.created_at)
    return Claimed(row.id, row.lease_token, letter)


@command
def settle(tx: Tx, mail_id: UUID, lease_token: UUID, outcome: Outcome) -> None:
    """Write down what became of an attempt. Who lost the lease meanwhile may only say that a copy may exist."""
    if not tx.call.db.is_sqlite:
        # Losing this commit in a crash of the database costs a labelled copy; waiting for the disk costs
        # half of the mails per second.
        tx.session.execute(sa.text("SET LOCAL synchronous_commit = off"))
    if outcome.verdict is Verdict.TAKEN and _settled_at_once(tx, mail_id, lease_token, outcome):
        return
    row = tx.lock(Mail, mail_id)
    if row.lease_token != lease_token:
        if outcome.verdict in {Verdict.TAKEN, Verdict.UNSURE} and not row.maybe_twice:
            _label(tx, row)
        return
    row.attempts += 1
    row.reply = outcome.reply
    if outcome.verdict is Verdict.UNSURE:
        _label(tx, row)
    pause = None if outcome.verdict is Verdict.REFUSED else pause_after(row.attempts)
    if pause is None:
        _rest(row, MailState.DEAD, tx.now)
        tx.record(_about(tx, events.MailFailed, row, reply=outcome.reply))
        return
    row.state, row.lease_token, row.due_at = MailState.WAITING, None, tx.now + pause


def _settled_at_once(tx: Tx, mail_id: UUID, lease_token: UUID, outcome: Outcome) -> bool:
    """The usual end in one statement; False when the lease has passed to somebody else."""
    done = tx.session.execute(
        sa.update(Mail)
        .where(Mail.id == mail_id, Mail.lease_token == lease_token)
        .values(
            state=MailState.SENT,
            lease_token=None,
            attempts=Mail.attempts + 1,
            reply=outcome.reply,
            done_at=tx.now,
        )
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


@command
def release(tx: Tx, claimed: Sequence[tuple[UUID, UUID]]) -> None:
    """Give back mails that were claimed and not begun, so that nobody waits for their leases to end."""
    for mail_id, lease_token in claimed:
        tx.session.execute(
            sa.update(Mail)
            .where(Mail.id == mail_id, Mail.lease_token == lease_token)
            .values(state=MailState.WAITING, lease_token=None, due_at=tx.now)
        )


@command
def requeue(tx: Tx, mail_id: UUID) -> Mail:
    """A person sends a failed or quarantined mail again. Raises NotAllowedNow for any other."""
    row = tx.lock(Mail, mail_id)
    if row.state not in STUCK:
        raise NotAllowedNow("mail_not_stuck")
    row.state, row.due_at, row.done_at = MailState.WAITING, tx.now, None
    row.attempts = row.expired_leases = 0
    tx.record(_about(tx, events.MailRequeued, row))
    return row


def _rest(row: Mail, state: MailState, now: datetime) -> None:
    row.state, row.lease_token, row.done_at = state, None, now


def _label(tx: Tx, row: Mail) -> None:
    if not row.maybe_twice:
        row.maybe_twice = True
        tx.record(_about(tx, events.MailPossiblySentTwice, row))


def _about(tx: Tx, kind: type[events.MailEvent], row: Mail, **more: Any) -> events.MailEvent:
    item = tx.session.get_one(InboxItem, row.item_id)
    about = Subject(kind=item.subject_kind, id=item.subject_id, number=item.number)
    return kind(about=about, mail=row.id, item=item.id, attempts=row.attempts, **more)
