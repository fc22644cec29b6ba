"""The log's keys and its newest checkpoint, as files beside the database and never inside it.

A person with every right on the database can change any row, but can neither sign a new head nor make this
folder forget the last one. On PostgreSQL with separate accounts only the sequencer's account reads the private
key; on the embedded default the office's one account does, which is the weaker guarantee.
"""

import os
import secrets
from pathlib import Path

from webapp.audit.checkpoints import SignerKey, VerifierKey

PRIVATE = "log-signing.key"
PUBLIC = "log-keys.txt"
NEWEST = "log-checkpoint.txt"


class LogKeys:
    """The files of one office's log."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def signer(self) -> SignerKey:
        """Return the private key, made at first use (mode 0600), its public half published beside it."""
        path = self._folder / PRIVATE
        if not path.exists():
            self._make(path)
        return SignerKey.parse(path.read_text("utf-8"))

    def verifiers(self) -> list[VerifierKey]:
        """Return all public keys this log ever had, the newest last; none before the first use."""
        path = self._folder / PUBLIC
        if not path.exists():
            return []
        return [VerifierKey.parse(line) for line in path.read_text("utf-8").splitlines() if line.strip()]

    def newest_checkpoint(self) -> str | None:
        """Return the newest checkpoint ever signed here, also when the database was put back since."""
        path = self._folder / NEWEST
        return path.read_text("utf-8") if path.exists() else None

    def keep_checkpoint(self, note: str) -> None:
        """Remember a checkpoint as the newest; a reader sees the old file or the new one, never half."""
        path = self._folder / NEWEST
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        draft.write_text(note, "utf-8")
        draft.replace(path)

    def _make(self, path: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = SignerKey.generate(f"waishi-log/{secrets.token_hex(4)}")
        # Written aside and linked: two processes at their first start agree on one key, and none reads half of it.
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key.dump() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        finally:
            draft.unlink()
        with (self._folder / PUBLIC).open("a", encoding="utf-8") as public:
            public.write(f"{key.verifier}\n")
