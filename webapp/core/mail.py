"""The mailer port: a letter goes in, an outcome comes out; and the folder that stands in until SMTP is set."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, rendered: every attempt sends the same bytes under the same Message-ID."""

    message_id: str
    to: str
    subject: str
    text: str
    written_at: datetime


class Verdict(StrEnum):
    """What became of an attempt.

    TAKEN: the server said 250. REFUSED: it said 5xx to this mail. LATER: 4xx, or the line broke before the mail
    was handed over. UNSURE: the line broke after the final dot; the server may hold the mail (RFC 1047).
    DOWN: no line at all; nothing was tried.
    """

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"
    UNSURE = "unsure"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    reply: str = ""


class Line(Protocol):
    """An open way to the mail server, kept over several letters."""

    def send(self, letter: Letter) -> Outcome: ...


class Mailer(Protocol):
    def line(self) -> AbstractContextManager[Line]:
        """A line to send on; it is opened with the first letter and closed at the end of the block."""
        ...


@dataclass(frozen=True)
class Sender:
    """Who the office's mails come from; the address's domain is that of the Message-IDs."""

    address: str
    name: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @classmethod
    def of(cls, mail_from: str, office_name: str, public_url: str) -> "Sender":
        """The configured address, else one of the office's own host."""
        host = urlsplit(public_url).hostname or "localhost"
        domain = "localhost.invalid" if host.replace(".", "").isdigit() or host == "localhost" else host
        return cls(mail_from or f"waishi@{domain}", office_name)


def message(letter: Letter, sender: Sender) -> bytes:
    """The mail as bytes (RFC 5322): plain text, marked as written by a machine (RFC 3834)."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((sender.name, sender.address))
    mail["To"] = letter.to
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.written_at)
    mail["Message-ID"] = letter.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(letter.text, charset="utf-8", cte="base64")
    return bytes(mail)


class FolderMailer:
    """Lays mails as .eml files into a folder: the demo, and an office before its mail server is known."""

    def __init__(self, folder: Path, sender: Sender) -> None:
        self._folder = folder
        self._sender = sender

    @contextmanager
    def line(self) -> Iterator["FolderMailer"]:
        self._folder.mkdir(parents=True, exist_ok=True)
        yield self

    def send(self, letter: Letter) -> Outcome:
        """Write under a name made of the Message-ID: a second attempt replaces the first, it makes no copy."""
        path = mail_file(self._folder, letter.message_id)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(message(letter, self._sender))
        draft.replace(path)
        return Outcome(Verdict.TAKEN, "folder")


def mail_file(folder: Path, message_id: str) -> Path:
    """Where the folder keeps the mail of a Message-ID."""
    name = message_id.strip("<>").partition("@")[0]
    if not name.isalnum():
        msg = f"no file name can be made of {message_id!r}"
        raise ValueError(msg)
    return folder / f"{name}.eml"


@dataclass(frozen=True)
class SmtpAddress:
    """Where and how to hand over mail, from a URL: smtp://, smtps:// or smtp+starttls://user:password@host:port."""

    host: str
    port: int
    user: str
    password: str
    encryption: str

    @classmethod
    def parse(cls, url: str) -> "SmtpAddress":
        parts = urlsplit(url)
        ports = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or ports[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            encryption={"smtps": "tls", "smtp+starttls": "starttls"}.get(parts.scheme, ""),
        )
