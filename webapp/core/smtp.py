"""SMTP by hand-over steps, because it matters at which step a line broke.

`smtplib.sendmail` says only that it failed. Before the final dot the server has nothing and the mail may be sent
again without a thought; after it the server may have taken the mail although no answer came.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from webapp.core.mail import Letter, Outcome, Sender, SmtpAddress, Verdict, message

_GO_AHEAD = 354
_SERVICE_CLOSING = 421


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


class SmtpLine:
    """The connection: opened with the first letter, opened again when the server has hung up in between."""

    def __init__(self, address: SmtpAddress, sender: Sender, timeout: float) -> None:
        self._address = address
        self._sender = sender
        self._timeout = timeout
        self._server: smtplib.SMTP | None = None
        self._at_dot = False

    def send(self, letter: Letter) -> Outcome:
        # One limit over the whole dialogue: a socket's own timeout starts anew with every byte received.
        watch = threading.Timer(self._timeout, self._cut)
        watch.daemon = True
        watch.start()
        try:
            return self._send(letter)
        finally:
            watch.cancel()

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                if server.sock is not None:
                    server.sock.settimeout(1)
                server.quit()
            server.close()

    def _send(self, letter: Letter) -> Outcome:
        fresh = self._server is None
        try:
            server = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Outcome(Verdict.DOWN, _words(error))
        self._at_dot = False
        try:
            return self._dialogue(server, letter)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            if self._at_dot:
                return Outcome(Verdict.UNSURE, _words(error))
            if not fresh and isinstance(error, smtplib.SMTPServerDisconnected):
                return self._send(
                    letter
                )  # the kept line had been hung up while idle; nothing was handed over
            return Outcome(Verdict.LATER, _words(error))

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            place = self._address
            if place.encryption == "tls":
                context = ssl.create_default_context()
                server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=self._timeout, context=context)
            else:
                server = smtplib.SMTP(timeout=self._timeout)
            self._server = server
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
        return self._server

    def _dialogue(self, server: smtplib.SMTP, letter: Letter) -> Outcome:
        payload = message(letter, self._sender)
        code, answer = server.mail(self._sender.address)
        if code >= 400:  # noqa: PLR2004 - a refused sender is the office's own setting: it can be put right
            return self._refused(server, code, answer, permanent=False)
        code, answer = server.rcpt(letter.to)
        if code >= 400:  # noqa: PLR2004
            return self._refused(server, code, answer, permanent=code >= 500)  # noqa: PLR2004
        code, answer = server.docmd("DATA")
        if code != _GO_AHEAD:
            return self._refused(server, code, answer, permanent=code >= 500)  # noqa: PLR2004
        # Base64 lines hold no leading dot, headers begin with their names: nothing needs to be stuffed.
        self._at_dot = True
        server.send(payload + b".\r\n")
        code, answer = server.getreply()
        self._at_dot = False
        if code >= 400:  # noqa: PLR2004
            return self._refused(server, code, answer, permanent=code >= 500)  # noqa: PLR2004
        return Outcome(Verdict.TAKEN, _reply(code, answer))

    def _refused(self, server: smtplib.SMTP, code: int, answer: bytes, *, permanent: bool) -> Outcome:
        if code in {_SERVICE_CLOSING, -1}:
            self._drop()
        else:
            server.rset()
        return Outcome(Verdict.REFUSED if permanent else Verdict.LATER, _reply(code, answer))

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _cut(self) -> None:
        server = self._server
        sock = server.sock if server is not None else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _reply(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode('utf-8', 'replace')}"[:300]


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
