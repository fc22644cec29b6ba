"""From outbox rows to messages: who is told of what, in which words, decided once and written down."""

import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts import queries as accounts
from webapp.accounts.states import AccountState
from webapp.core.ledger import OutboxMessage
from webapp.core.tx import Tx, command
from webapp.notifications.models import InboxItem, Mail
from webapp.notifications.notice import Notice, Routes
from webapp.notifications.render import Renderer
from webapp.notifications.rules import FARTHEST, may_be_mailed, message_id, relay_pause
from webapp.notifications.states import MailState

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Post:
    """What turns events into letters in this process: the routes of all features, words, the office's domain."""

    routes: Routes
    renderer: Renderer
    domain: str


@dataclass(frozen=True, slots=True)
class Relayed:
    """What one run did; `more` says that the limit was reached."""

    messages: int
    items: int
    failed: int
    more: bool


@command
def relay(tx: Tx, post: Post, limit: int = 100) -> Relayed:
    """Turn waiting outbox rows into inbox items and mails. Any number of processes may do it at once.

    A row that cannot be turned (no route, a template that fails) stays, says why, and waits longer each time; the
    rows behind it go on.
    """
    waiting = sa.or_(
        OutboxMessage.retry_at.is_(None),
        OutboxMessage.retry_at <= tx.now,
        OutboxMessage.retry_at > tx.now + FARTHEST,
    )
    rows = tx.session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.relayed_at.is_(None), waiting)
        .order_by(OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    try:
        with tx.savepoint():
            items = _turn_all(tx, post, rows)
        failed = 0
    except Exception:  # noqa: BLE001 - one of them is bad: find it, and let the others go on
        items, failed = _turn_one_by_one(tx, post, rows)
    return Relayed(len(rows), items, failed, more=len(rows) == limit)


def _turn_all(tx: Tx, post: Post, rows: Sequence[OutboxMessage]) -> int:
    # Written together at the end: each question a subscriber asks would else first write what is there so far.
    with tx.session.no_autoflush:
        told = [(row, notice) for row in rows for notice in _notices(tx, post, row)]
        people = (
            accounts.accounts_by_id(tx.session, [notice.account_id for _row, notice in told]) if told else {}
        )
        for row, notice in told:
            _write(tx, post, row, people[notice.account_id], notice)
    for row in rows:
        row.relayed_at = tx.now
    return len(told)


def _turn_one_by_one(tx: Tx, post: Post, rows: Sequence[OutboxMessage]) -> tuple[int, int]:
    items = failed = 0
    for row in rows:
        try:
            with tx.savepoint():
                items += _turn_all(tx, post, [row])
        except Exception as error:  # what fails is the row's own; it is written there and in the process log
            log.exception("outbox row %s (%s) cannot be relayed", row.id, row.event)
            tx.session.refresh(row)
            row.failures += 1
            row.retry_at = tx.now + relay_pause(row.failures)
            row.problem = f"{type(error).__name__}: {error}"[:300]
            failed += 1
    return items, failed


def _notices(tx: Tx, post: Post, row: OutboxMessage) -> Iterable[Notice]:
    """One for everybody the event's subscribers name; the first notice to a person wins."""
    told: dict[UUID, Notice] = {}
    for subscriber in post.routes[row.event]:
        for notice in subscriber(tx.session, row):
            told.setdefault(notice.account_id, notice)
    return told.values()


def _write(tx: Tx, post: Post, row: OutboxMessage, account: accounts.AccountRow, notice: Notice) -> None:
    """The item of one person, and the mail that carries it."""
    if account.state is AccountState.DISABLED:
        return  # gone from the office; what concerns the post goes to its other holders
    token = secrets.token_urlsafe(9)
    words = post.renderer.words(
        notice.template,
        notice.context,
        # The mail leads through the message, so that opening it counts as read.
        link=f"/messages/{token}" if notice.link else "",
        locale=account.locale,
        now=tx.now,
    )
    item = tx.add(
        InboxItem(
            token=token,
            event_id=UUID(row.payload["entry"]),
            account_id=account.id,
            event=row.event,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            number=row.payload.get("number", ""),
            title=words.subject,
            text=words.text,
            link=notice.link,
            is_statutory=notice.is_statutory,
            created_at=tx.now,
        )
    )
    if notice.by_mail and account.email and not account.is_imported:
        tx.add(_mail(item, account.email, post.domain, row.request_id, tx.now))


def _mail(item: InboxItem, address: str, domain: str, request_id: str, now: datetime) -> Mail:
    mail = Mail(
        item_id=item.id,
        address=address,
        message_id=message_id(item.event_id, item.account_id, domain),
        is_statutory=item.is_statutory,
        request_id=request_id,
        state=MailState.WAITING,
        due_at=now,
        created_at=now,
    )
    if not may_be_mailed(address):
        mail.state, mail.done_at, mail.reply = MailState.DEAD, now, "invalid address"
    return mail
