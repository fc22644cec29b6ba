"""What services need from outside the database, handed to them with each call (fakes exist only for these)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from webapp.core.scanner import CommandScanner
from webapp.core.vault import Vault


class Wake(Protocol):
    """A hint to the worker that something is due; it may fail silently, the clock finds the row anyway."""

    def ring(self) -> None:
        """Mail is due."""
        ...

    def send(self, task: str, queue: str) -> None:
        """There is work for another task; it has no arguments."""
        ...


class NoWake:
    def ring(self) -> None:
        return

    def send(self, task: str, queue: str) -> None:  # noqa: ARG002 - the port's form
        return


class Storage(Protocol):
    """Files by the SHA-256 of their content; written once, never changed."""

    def put(self, content: BinaryIO) -> tuple[str, int]:
        """Store and return (SHA-256 in hex, size in bytes)."""
        ...

    def open(self, sha256: str) -> BinaryIO: ...


@dataclass(frozen=True)
class Ports:
    """`subjects` maps a subject kind ('trip') to its handler: lower features call upper ones only this way.

    `followers` are the features that keep days counted on the working-day calendar.
    """

    vault: Vault | None = None
    storage: Storage | None = None
    subjects: Mapping[str, Any] = field(default_factory=dict)
    followers: Sequence[Any] = ()
    key_dir: Path | None = None
    #: None: nobody looks for viruses, and the system page says so.
    scanner: CommandScanner | None = None

    def need_vault(self) -> Vault:
        if self.vault is None:
            msg = "this process was built without the key ring"
            raise RuntimeError(msg)
        return self.vault

    def need_key_dir(self) -> Path:
        """Where the log's signing key lies, readable by its owner only."""
        if self.key_dir is None:
            msg = "this process was built without the folder of keys"
            raise RuntimeError(msg)
        return self.key_dir

    def need_storage(self) -> Storage:
        if self.storage is None:
            msg = "this process was built without file storage"
            raise RuntimeError(msg)
        return self.storage


NO_PORTS = Ports()
