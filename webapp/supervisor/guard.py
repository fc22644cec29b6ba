"""What is looked at before anything starts, each fault said in one sentence."""

import errno
import fcntl
import os
import shutil
import socket
from pathlib import Path
from typing import IO

SPACE_NEEDED_BYTES = 50_000_000
FILLING, FILLED = "filling\n", "invented\n"


class CannotStart(Exception):
    """The office cannot open here; the text is one sentence for the person at the shell."""


def writable_folder(folder: Path) -> None:
    """Make the data folder and try a real write, which also finds a full disk. Raises `CannotStart`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".write-probe"
        probe.write_bytes(b"0" * 4096)
        probe.unlink()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise CannotStart(full(folder)) from error
        raise CannotStart(f"The folder {folder} cannot be written: {error.strerror}.") from error
    free = shutil.disk_usage(folder).free
    if free < SPACE_NEEDED_BYTES:
        raise CannotStart(
            f"The disk of {folder} is full: {free // 1_000_000} MB are free and 50 MB are needed."
        )


def full(folder: Path) -> str:
    """What is said of a disk without room."""
    return f"The disk of {folder} is full; free some space and start again."


def half_filled(mark: Path) -> bool:
    """Whether the filling of a demo office began and did not come to its end; `mark` is the file that says so."""
    return mark.exists() and mark.read_text() == FILLING


def only_one(folder: Path) -> IO[str]:
    """Hold the folder's lock until the returned file is closed. Raises `CannotStart` when another holds it."""
    file = (folder / "up.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise CannotStart(f"An office already runs on {folder} (process {holder}); stop it first.") from error
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


def free_port(host: str, port: int) -> None:
    """Raises `CannotStart` when something else listens there, or this account may not."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise CannotStart(
                f"Port {port} needs administrator rights; choose one above 1023 with --port."
            ) from error
        except OverflowError as error:
            raise CannotStart(
                f"There is no port {port}; choose one from 1024 to 65535 with --port."
            ) from error
        except OSError as error:
            raise CannotStart(
                f"Port {port} is taken by another program; choose another with --port."
            ) from error
