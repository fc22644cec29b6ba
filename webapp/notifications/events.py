"""What the log keeps of mails; every event is about the object the mail told of."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class MailEvent(Event):
    """Which mail, which message it carries, and how often it was tried."""

    mail: UUID = figure()
    item: UUID = figure()
    attempts: int = figure()


@dataclass(frozen=True, kw_only=True)
class MailPossiblySentTwice(MailEvent):
    """A process or a line died between the final dot and the record of the answer; copies bear one Message-ID."""

    name: ClassVar[str] = "mail.possibly_sent_twice"
    label: ClassVar[str] = N_("邮件可能发送了两次")


@dataclass(frozen=True, kw_only=True)
class MailFailed(MailEvent):
    name: ClassVar[str] = "mail.failed"
    label: ClassVar[str] = N_("邮件发送失败")
    notifies: ClassVar[bool] = True

    reply: str = detail("")


@dataclass(frozen=True, kw_only=True)
class MailQuarantined(MailEvent):
    name: ClassVar[str] = "mail.quarantined"
    label: ClassVar[str] = N_("邮件已隔离")
    notifies: ClassVar[bool] = True

    reply: str = detail("")


@dataclass(frozen=True, kw_only=True)
class MailRequeued(MailEvent):
    name: ClassVar[str] = "mail.requeued"
    label: ClassVar[str] = N_("邮件重新发送")
