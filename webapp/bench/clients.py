"""Eight browsers without a face: a kept connection each, a session cookie and a CSRF token per person."""

import re
import selectors
import socket
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from webapp.bench.office import KIND, SEATS

TIMEOUT_SECONDS = 30
_CSRF = re.compile(rb'name="csrf_token" value="([^"]+)"')
_LENGTH = re.compile(rb"(?i)content-length: (\d+)")
SEE_OTHER = 303


def written(method: str, port: int, path: str, cookie: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: waishi={cookie}\r\n"
        f"Sec-Fetch-Site: same-origin\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    return head.encode() + body


class Connection:
    """HTTP/1.1 over one kept socket; just enough to measure a server and not the client."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
        self._data = b""

    def send(self, request: bytes) -> None:
        self._data = b""
        self.socket.sendall(request)

    def more(self) -> tuple[int, bytes] | None:
        """Read what is there: status and the whole answer once it is complete."""
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("the server closed the connection")
        self._data += more
        top, end, rest = self._data.partition(b"\r\n\r\n")
        if not end:
            return None
        length = _LENGTH.search(top)
        if length is not None and len(rest) < int(length.group(1)):
            return None
        return int(top[9:12]), self._data


@dataclass
class Tally:
    """What the clients saw: seconds of every sign-off that was accepted, and what was refused."""

    seconds: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    elapsed: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.elapsed if self.elapsed else 0.0

    def quantile(self, share: float) -> float:
        """Milliseconds under which this share of sign-offs was answered."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def csrf_tokens(port: int, sessions: dict[str, str]) -> dict[str, str]:
    """One page per person gives the token its forms carry."""
    found = {}
    for seat, cookie in sessions.items():
        connection = Connection(port)
        connection.send(written("GET", port, "/inbox", cookie))
        while (answer := connection.more()) is None:
            pass
        _status, page = answer
        match = _CSRF.search(page)
        if match is None:
            raise RuntimeError(f"no form for {seat}")
        found[seat] = match.group(1).decode()
    return found


def sign_all(
    port: int,
    sessions: dict[str, str],
    tokens: dict[str, str],
    requests: Sequence[tuple[str, int, str]],
    clients: int,
) -> Tally:
    """Every request through all seats; the requests are dealt out to the clients, who work at once.

    What is sent is written before the time runs, and one thread serves all sockets: the clients share the
    machine with the server, and what they take is missing there.
    """
    working = [
        _Client(Connection(port), _turns(port, sessions, tokens, requests[number::clients]))
        for number in range(clients)
    ]
    tally = Tally()
    began, used = time.monotonic(), time.process_time()
    with selectors.DefaultSelector() as selector:
        for client in working:
            selector.register(client.connection.socket, selectors.EVENT_READ, client)
            client.next()
        left = len(working)
        while left:
            for key, _events in selector.select(TIMEOUT_SECONDS):
                left -= key.data.is_over(tally)
    tally.elapsed = time.monotonic() - began
    tally.cpu_seconds = time.process_time() - used
    return tally


class _Client:
    """One browser: sends its next form as soon as the last one is answered."""

    def __init__(self, connection: Connection, turns: list[bytes]) -> None:
        self.connection = connection
        self._turns = iter(turns)
        self._began = 0.0

    def next(self) -> bool:
        turn = next(self._turns, None)
        if turn is None:
            self.connection.socket.close()
            return False
        self._began = time.monotonic()
        self.connection.send(turn)
        return True

    def is_over(self, tally: Tally) -> bool:
        """Read what has come; whether that was the last answer. A closed socket leaves the selector."""
        answer = self.connection.more()
        if answer is None:
            return False
        status, _answer = answer
        if status == SEE_OTHER:
            tally.seconds.append(time.monotonic() - self._began)
        else:
            tally.refused.append(status)
        return not self.next()


def _turns(
    port: int, sessions: dict[str, str], tokens: dict[str, str], requests: Sequence[tuple[str, int, str]]
) -> list[bytes]:
    """The forms of one client: each request by all seats in turn."""
    turns = []
    for number, version, content_hash in requests:
        for step, seat in enumerate(SEATS):
            form = {
                "csrf_token": tokens[seat],
                "_key": str(uuid.uuid4()),
                "_version": str(version + step),
                "slot": seat,
                "verdict": "approve",
                "opinion": "同意。",
                "content_hash": content_hash,
            }
            path = f"/approvals/{KIND}/{number}/decision"
            turns.append(written("POST", port, path, sessions[seat], urlencode(form).encode()))
    return turns
