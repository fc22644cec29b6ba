"""What a subscriber answers when it is asked who is to be told of an event, and with which words.

A file of its own beside the vocabulary: every feature's `notices.py` imports it, and it names SQLAlchemy's session,
which commands must not.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.core.ledger import OutboxMessage


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One message to one account.

    template: 'trips/submitted' means webapp/trips/templates/trips/mail/submitted.txt, first line the subject.
    context: what the template needs; never personal data, since mail leaves the house.
    link: a path of the application, '/trips/2026-0007'; the mail shows it with the office's address.
    is_statutory: goes out whatever is held back.
    by_mail: False keeps the message in the in-app inbox.
    """

    account_id: UUID
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""
    is_statutory: bool = False
    by_mail: bool = True


Subscriber = Callable[[Session, OutboxMessage], Iterable[Notice]]
"""Asked by the relay in the worker; only reads. The message's payload holds figures, details, number, reason."""

Routes = Mapping[str, tuple[Subscriber, ...]]
"""Event name → who is told. An event with an empty tuple was decided to be told to nobody."""
