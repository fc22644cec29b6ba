"""SMTP by hand-over steps, because it matters at which step a line broke.

`smtplib.sendmail` says only that it failed. Before the final dot the server has nothing and the mail may be sent
again without a thought; after it the server may have taken the mail although no answer came. So smtplib opens the
line, and the dialogue of each mail is led here: where the server offers it (RFC 2920) in one round trip a mail,
the next mail's envelope travelling behind this one's final dot.
"""

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from webapp.core.mail import Letter, Outcome, Sender, SmtpAddress, Verdict, message

_GO_AHEAD = 354
_SERVICE_CLOSING = 421
_FAILED = 400
_FOR_GOOD = 500
_LONGEST_REPLY_BYTES = 65536


class SmtpMailer:
    """Hands letters to one server over one kept connection, each within `timeout` seconds in all."""

    def __init__(self, address: SmtpAddress, sender: Sender, *, timeout: float = 10.0) -> None:
        self._address = address
        self._sender = sender
        self._timeout = timeout

    @contextmanager
    def line(self) -> Iterator["SmtpLine"]:
        line = SmtpLine(self._address, self._sender, self._timeout)
        try:
            yield line
        finally:
            line.close()


class _Refused(Exception):
    """The server said no to a step; `for_good` when no later attempt would change that."""

    def __init__(self, code: int, answer: bytes, *, for_good: bool) -> None:
        super().__init__(code)
        self.outcome = Outcome(Verdict.REFUSED if for_good else Verdict.LATER, _reply(code, answer))
        self.closes = code == _SERVICE_CLOSING


class _HungUp(OSError):
    """The server closed the line."""


class _Talk:
    """The dialogue over an open connection. `at_dot`: a mail has been handed over and not been answered.

    `ahead` is the letter whose envelope is under way already; `until` the monotonic time at which patience ends.
    """

    def __init__(self, server: smtplib.SMTP, sock: socket.socket) -> None:
        self.server = server
        self.at_dot = False
        self.ahead: Letter | None = None
        self.until = 0.0
        self._pipelining = server.has_extn("pipelining")
        self._sock = sock
        self._read = b""

    def begin(self, letter: Letter, sender: str) -> None:
        """Say whom it is from and to and ask to go on. Raises `_Refused`."""
        replies = self._ask(_envelope(letter, sender), sent=self.ahead is letter)
        self.ahead = None
        no = next((step for step, (code, _) in enumerate(replies) if code >= _FAILED), None)
        may_go_on = replies[-1][0] == _GO_AHEAD
        if no is None and may_go_on:
            return
        with suppress(OSError, _Refused):  # a line that breaks now is found broken by the next mail
            # A server that takes DATA although nobody is to be written to waits for a mail: it gets an empty one.
            self._ask([b".\r\n", b"RSET\r\n"] if may_go_on else [b"RSET\r\n"])
        code, answer = replies[-1 if no is None else no]
        # A refused sender (the first step) is the office's own setting: it can be put right.
        raise _Refused(code, answer, for_good=no != 0 and code >= _FOR_GOOD)

    def finish(self, payload: bytes, following: Letter | None, sender: str) -> bytes:
        """The mail and its final dot; returns the server's words. Raises `_Refused`."""
        if not self._pipelining:
            following = None
        behind = b"".join(_envelope(following, sender)) if following else b""
        self.at_dot = True
        # Base64 lines hold no leading dot, headers begin with their names: nothing needs to be stuffed.
        self._send(payload + b".\r\n" + behind)
        self.ahead = following
        code, answer = self._reply()
        self.at_dot = False
        if code >= _FAILED:
            raise _Refused(code, answer, for_good=code >= _FOR_GOOD)
        return answer

    def _ask(self, words: Sequence[bytes], *, sent: bool = False) -> list[tuple[int, bytes]]:
        """The replies to several steps: all at once where the server allows it, else up to the first no."""
        if self._pipelining:
            if not sent:
                self._send(b"".join(words))
            return [self._reply() for _ in words]
        replies = []
        for word in words:
            self._send(word)
            replies.append(self._reply())
            if replies[-1][0] >= _FAILED:
                break
        return replies

    def _send(self, data: bytes) -> None:
        self._sock.settimeout(self._left())
        self._sock.sendall(data)

    def _reply(self) -> tuple[int, bytes]:
        """One reply (RFC 5321, 4.2), its lines joined. Raises `_Refused` for 421: the server is about to hang up."""
        words: list[bytes] = []
        while True:
            line = self._line()
            words.append(line[4:].strip())
            if line[3:4] != b"-":
                break
        if not line[:3].isdigit():
            raise _HungUp(f"not a reply: {line[:60]!r}")
        code = int(line[:3])
        if code == _SERVICE_CLOSING:
            raise _Refused(code, b" ".join(words), for_good=False)
        return code, b" ".join(words)

    def _line(self) -> bytes:
        while b"\n" not in self._read:
            # One limit over the whole dialogue: a socket's own timeout starts anew with every byte received.
            self._sock.settimeout(self._left())
            more = self._sock.recv(4096)
            if not more:
                raise _HungUp("the server closed the connection")
            self._read += more
            if len(self._read) > _LONGEST_REPLY_BYTES:
                raise _HungUp("a reply without an end")
        line, _, self._read = self._read.partition(b"\n")
        return line.rstrip(b"\r")

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server took too long")
        return left


class SmtpLine:
    """The connection: opened with the first letter, opened again when the server has hung up in between."""

    def __init__(self, address: SmtpAddress, sender: Sender, timeout: float) -> None:
        self._address = address
        self._sender = sender
        self._timeout = timeout
        self._talk: _Talk | None = None

    def send(self, letters: Sequence[Letter]) -> Iterator[Outcome]:
        """See `webapp.core.mail.Line`."""
        for letter, following in zip(letters, [*letters[1:], None], strict=True):
            yield self._send(letter, following, time.monotonic() + self._timeout)

    def close(self) -> None:
        talk, self._talk = self._talk, None
        if talk is not None:
            with suppress(smtplib.SMTPException, OSError):
                if talk.ahead is None and talk.server.sock is not None:
                    talk.server.sock.settimeout(1)
                    talk.server.quit()
            talk.server.close()

    def _send(self, letter: Letter, following: Letter | None, until: float) -> Outcome:
        if self._talk is not None and self._talk.ahead is not None and self._talk.ahead is not letter:
            self._drop()  # somebody stopped asking with an envelope under way: that mail is not sent on this line
        fresh = self._talk is None
        try:
            talk = self._connected(until)
        except (smtplib.SMTPException, OSError) as error:
            return Outcome(Verdict.DOWN, _words(error))
        talk.until = until
        try:
            talk.begin(letter, self._sender.address)
            answer = talk.finish(message(letter, self._sender), following, self._sender.address)
        except _Refused as refused:
            talk.at_dot = False
            if refused.closes:
                self._drop()
            return refused.outcome
        except OSError as error:
            self._drop()
            if talk.at_dot:
                return Outcome(Verdict.UNSURE, _words(error))
            if not fresh and not isinstance(error, TimeoutError):
                # The kept line had been hung up while idle or behind the mail before; nothing was handed over.
                return self._send(letter, following, until)
            return Outcome(Verdict.LATER, _words(error))
        return Outcome(Verdict.TAKEN, _reply(250, answer))

    def _connected(self, until: float) -> _Talk:
        if self._talk is None:
            server = self._server()
            # smtplib waits anew for every byte; greeting and sign-in share the mail's one limit.
            watch = threading.Timer(max(0.0, until - time.monotonic()), _cut, [server])
            watch.daemon = True
            watch.start()
            try:
                self._greet(server)
                if server.sock is None:
                    raise _HungUp("the server closed the connection")
            except (smtplib.SMTPException, OSError):
                server.close()
                raise
            finally:
                watch.cancel()
            self._talk = _Talk(server, server.sock)
        return self._talk

    def _server(self) -> smtplib.SMTP:
        if self._address.encryption == "tls":
            return smtplib.SMTP_SSL(timeout=self._timeout, context=ssl.create_default_context())
        return smtplib.SMTP(timeout=self._timeout)

    def _greet(self, server: smtplib.SMTP) -> None:
        place = self._address
        # smtplib checks the certificate's name against `_host`, which only its constructor's form sets.
        server._host = place.host  # type: ignore[attr-defined]  # noqa: SLF001
        code, greeting = server.connect(place.host, place.port)
        if code != 220:  # noqa: PLR2004 - RFC 5321, 4.2: service ready
            raise smtplib.SMTPConnectError(code, greeting)
        server.ehlo_or_helo_if_needed()
        if place.encryption == "starttls":
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if place.user:
            server.login(place.user, place.password)
        assert server.sock is not None
        # An envelope behind a mail would else wait for the server's kernel to confirm the mail's last packet.
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _drop(self) -> None:
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.server.close()


def _envelope(letter: Letter, sender: str) -> list[bytes]:
    return [f"MAIL FROM:<{sender}>\r\n".encode(), f"RCPT TO:<{letter.to}>\r\n".encode(), b"DATA\r\n"]


def _cut(server: smtplib.SMTP) -> None:
    if server.sock is not None:
        with suppress(OSError):
            server.sock.shutdown(socket.SHUT_RDWR)


def _reply(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode('utf-8', 'replace')}"[:300]


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
