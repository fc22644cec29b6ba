"""Eight browsers without a face: a kept connection each, a session cookie and a CSRF token per person."""

import re
import socket
import threading
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


class Connection:
    """HTTP/1.1 over one kept socket; just enough to measure a server and not the client."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)

    def send(self, method: str, path: str, cookie: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and the whole answer."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nCookie: waishi={cookie}\r\n"
            f"Sec-Fetch-Site: same-origin\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        self.socket.sendall(head.encode() + body)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        top, _, rest = data.partition(b"\r\n\r\n")
        length = _LENGTH.search(top)
        wanted = int(length.group(1)) if length else 0
        while len(rest) < wanted:
            rest += self._more()
        return int(top[9:12]), top + b"\r\n\r\n" + rest

    def _more(self) -> bytes:
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("the server closed the connection")
        return more


@dataclass
class Tally:
    """What the clients saw: seconds of every sign-off that was accepted, and what was refused."""

    seconds: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    elapsed: float = 0.0

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
        _status, page = Connection(port).send("GET", "/inbox", cookie)
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
    """Every request through all seats; the requests are dealt out to the clients, who work at once."""
    tallies = [Tally() for _ in range(clients)]
    start = threading.Barrier(clients + 1)
    threads = [
        threading.Thread(
            target=_client, args=(port, sessions, tokens, requests[n::clients], tallies[n], start)
        )
        for n in range(clients)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    whole = Tally(elapsed=time.monotonic() - began)
    for tally in tallies:
        whole.seconds += tally.seconds
        whole.refused += tally.refused
    return whole


def _client(
    port: int,
    sessions: dict[str, str],
    tokens: dict[str, str],
    requests: Sequence[tuple[str, int, str]],
    tally: Tally,
    start: threading.Barrier,
) -> None:
    connection = Connection(port)
    start.wait()
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
            began = time.monotonic()
            path = f"/approvals/{KIND}/{number}/decision"
            status, _answer = connection.send("POST", path, sessions[seat], urlencode(form).encode())
            if status == SEE_OTHER:
                tally.seconds.append(time.monotonic() - began)
            else:
                tally.refused.append(status)
