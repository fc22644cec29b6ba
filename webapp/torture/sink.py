"""A mail server that takes everything and counts every Message-ID, in a thread of the process that judges."""

import asyncio
import threading
import time
from collections import Counter
from typing import Self


class Sink:
    """SMTP as far as a client needs it (RFC 5321). `seen` counts copies, `last_at` is monotonic seconds.

    Between taking a mail and saying so it waits `pause` seconds: that is where a killed client makes a copy.
    """

    def __init__(self, pause: float = 0.005) -> None:
        self._pause = pause
        self.seen: Counter[str] = Counter()
        self.last_at = 0.0
        self.port = 0
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="sink", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def distinct(self) -> int:
        with self._lock:
            return len(self.seen)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._loop.close()

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"220 sink\r\n")
            while line := await reader.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    writer.write(b"354 go on\r\n")
                    # Counted before the answer: what a killed client handed over has been handed over.
                    self._take(await reader.readuntil(b"\r\n.\r\n"))
                    await asyncio.sleep(self._pause)
                    writer.write(b"250 taken\r\n")
                elif word == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    writer.write(b"250 ok\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client was killed; what it handed over has been counted
        finally:
            writer.close()

    def _take(self, raw: bytes) -> None:
        head = raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
        name = next(line for line in head.splitlines() if line.lower().startswith("message-id:"))
        with self._lock:
            self.seen[name.partition(":")[2].strip()] += 1
            self.last_at = time.monotonic()
