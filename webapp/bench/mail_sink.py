"""A mail server that costs next to nothing, in a process of its own: what is measured is who talks to it."""

import multiprocessing
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

_END = b"\r\n.\r\n"


@contextmanager
def sink() -> Iterator[int]:
    """A running server's port on the loopback address. It offers PIPELINING (RFC 2920)."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.kill()
        process.join()


def _run(pipe: Connection) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    pipe.send(server.getsockname()[1])
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_serve, args=(connection,), daemon=True).start()


def _serve(connection: socket.socket) -> None:
    with connection, suppress(ConnectionError):  # whoever has measured enough just goes
        _converse(connection)


def _converse(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(b"220 sink\r\n")
    data, in_mail = b"", False
    while more := connection.recv(65536):
        data += more
        answers = b""
        while True:
            line, end, rest = data.partition(_END if in_mail else b"\r\n")
            if not end:
                break
            data = rest
            answer, in_mail = (b"250 2.0.0 taken\r\n", False) if in_mail else _answer(line)
            answers += answer
        if answers:
            connection.sendall(answers)


def _answer(line: bytes) -> tuple[bytes, bool]:
    word = line[:4].upper()
    if word == b"EHLO":
        return b"250-sink\r\n250 PIPELINING\r\n", False
    if word == b"DATA":
        return b"354 go on\r\n", True
    return b"250 2.1.0 ok\r\n", False
