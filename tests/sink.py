"""A real mail server for tests (aiosmtpd) that can misbehave on demand."""

import asyncio
import email
import socket
from collections import Counter
from email.policy import default

from aiosmtpd.controller import Controller


class Sink:
    """Keeps what it took. `mode` is what it does with the next mails; `modes` per recipient goes before it.

    ok, slow (1 s before the answer), hole (never answers), 4xx, 5xx, drop (takes the mail and hangs up before 250).
    """

    def __init__(self) -> None:
        self.mode = "ok"
        self.modes: dict[str, str] = {}
        self.taken: list[bytes] = []
        self.dropped = 0
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.url = f"smtp://127.0.0.1:{port}"
        self._controller = Controller(self, hostname="127.0.0.1", port=port)

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *exc) -> None:
        self._controller.stop()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        mode = self.modes.get(envelope.rcpt_tos[0], self.mode)
        if mode == "4xx":
            return "451 4.3.0 try again later"
        if mode == "5xx":
            return "550 5.1.1 no such user"
        if mode == "slow":
            await asyncio.sleep(1)
        if mode == "hole":
            await asyncio.sleep(60)
        self.taken.append(envelope.original_content)
        if mode == "drop":
            self.dropped += 1
            server.transport.abort()
            return "250 never heard"
        return "250 2.0.0 taken"

    def letters(self):
        return [email.message_from_bytes(raw, policy=default) for raw in self.taken]

    def ids(self) -> Counter:
        return Counter(letter["Message-ID"] for letter in self.letters())
