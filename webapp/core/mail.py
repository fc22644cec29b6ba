"""The mailer port: a letter goes in, an outcome comes out; and the folder that stands in until SMTP is set."""

import base64
import functools
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, formataddr
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

_WORD_BYTES = 39
"""Of text in one encoded word: with its frame and the longest header name it stays under 76 characters."""
_PLAIN_LIMIT = 60


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

    def send(self, letters: Sequence[Letter]) -> Iterator[Outcome]:
        """Hand over one letter after the other; each outcome, in their order, as soon as it is known.

        A letter is begun when the outcome before it has been taken: who stops asking stops the sending.
        """
        ...


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
    """The mail as bytes (RFC 5322): plain text, marked as written by a machine (RFC 3834).

    Written out here, since the standard library's header objects take longer than the whole dialogue with a server.
    Message-ID and address have been checked when the mail was made; every line is ASCII and short.
    """
    head = (
        f"From: {_mailbox(sender)}",
        f"To: {letter.to}",
        f"Subject: {_phrase(letter.subject)}",
        f"Date: {format_datetime(letter.written_at)}",
        f"Message-ID: {letter.message_id}",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: base64",
        "MIME-Version: 1.0",
    )
    lines = "\r\n".join(letter.text.splitlines()) + "\r\n"
    body = base64.encodebytes(lines.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
    return "\r\n".join(head).encode("ascii") + b"\r\n\r\n" + body


@functools.cache
def _mailbox(sender: Sender) -> str:
    if sender.name.isascii():
        return formataddr((sender.name, sender.address))
    return f"{_phrase(sender.name)}\r\n <{sender.address}>"


def _phrase(text: str) -> str:
    """Text of a header as encoded words (RFC 2047): whole characters, no line over 76."""
    plain = " ".join(text.split())
    if plain.isascii() and plain.isprintable() and len(plain) <= _PLAIN_LIMIT and "=?" not in plain:
        return plain
    words, word = [], b""
    for character in plain:
        more = character.encode("utf-8", "replace")
        if len(word) + len(more) > _WORD_BYTES:
            words.append(word)
            word = b""
        word += more
    words.append(word)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode('ascii')}?=" for word in words)


class FolderMailer:
    """Lays mails as .eml files into a folder: the demo, and an office before its mail server is known."""

    def __init__(self, folder: Path, sender: Sender) -> None:
        self._folder = folder
        self._sender = sender

    @contextmanager
    def line(self) -> Iterator["FolderMailer"]:
        self._folder.mkdir(parents=True, exist_ok=True)
        yield self

    def send(self, letters: Sequence[Letter]) -> Iterator[Outcome]:
        """Write under a name made of the Message-ID: a second attempt replaces the first, it makes no copy."""
        for letter in letters:
            path = mail_file(self._folder, letter.message_id)
            draft = path.with_suffix(f".{os.getpid()}")
            draft.write_bytes(message(letter, self._sender))
            draft.replace(path)
            yield Outcome(Verdict.TAKEN, "folder")


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
