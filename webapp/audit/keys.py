"""The log's keys and its newest checkpoint, as files beside the database and never inside it.

A person with every right on the database can change any row, but can neither sign a new head nor make this
folder forget the last one. On PostgreSQL with separate accounts only the sequencer's account reads the private
key (`LOG_KEY_DIR`); on the embedded default the office's one account does, which is the weaker guarantee.

Keys change without a gap: the new one is added, both sign until the old one is retired. The old key's word for
the new one is kept for ever, so that whoever trusts the old one can follow.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from webapp.audit.checkpoints import SignerKey, VerifierKey, vouch
from webapp.core import key_files

PRIVATE = "log-signing.key"
PUBLIC = "log-keys.txt"
NEWEST = "log-checkpoint.txt"
CHANGE = "log-key-change-{:03d}.txt"


class LogKeys:
    """The files of one office's log."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def signers(self) -> list[SignerKey]:
        """Return the private keys that sign now, the newest last; the first is made at first use (mode 0600)."""
        path = self._folder / PRIVATE
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o755)
            key = SignerKey.generate(f"waishi-log/{secrets.token_hex(4)}")
            if key_files.create(path, key.dump() + "\n"):
                self._publish([*self.verifiers(), key.verifier])
        return [SignerKey.parse(line) for line in path.read_text("utf-8").splitlines() if line.strip()]

    def may_sign(self) -> bool:
        """Return whether this process's account reads the private key, or would make the first one."""
        path = self._folder / PRIVATE
        return os.access(path, os.R_OK) if path.exists() else os.access(self._nearest(), os.W_OK)

    def verifiers(self) -> list[VerifierKey]:
        """Return all public keys this log ever had, the newest last; none before the first use."""
        path = self._folder / PUBLIC
        if not path.exists():
            return []
        return [VerifierKey.parse(line) for line in path.read_text("utf-8").splitlines() if line.strip()]

    def add(self, key: SignerKey) -> None:
        """Let a further key sign beside those that do, which vouch for it."""
        signing, known = self.signers(), [*self.verifiers(), key.verifier]
        place = self._folder / CHANGE.format(len(known))
        key_files.replace(place, vouch(key, signing), mode=key_files.EVERYBODY)
        self._publish(known)
        self._keep([*signing, key])

    def retire(self) -> None:
        """Forget every private key but the newest."""
        self._keep(self.signers()[-1:])

    def changes(self) -> list[str]:
        """Return the notes by which older keys vouch for newer ones, the oldest first."""
        return [path.read_text("utf-8") for path in sorted(self._folder.glob(CHANGE.replace("{:03d}", "*")))]

    def newest_checkpoint(self) -> str | None:
        """Return the newest checkpoint ever signed here, also when the database was put back since."""
        path = self._folder / NEWEST
        return path.read_text("utf-8") if path.exists() else None

    def keep_checkpoint(self, note: str) -> None:
        """Remember a checkpoint as the newest."""
        key_files.replace(self._folder / NEWEST, note, mode=key_files.EVERYBODY)

    def _keep(self, signing: Sequence[SignerKey]) -> None:
        key_files.replace(self._folder / PRIVATE, "".join(f"{key.dump()}\n" for key in signing))

    def _publish(self, known: Sequence[VerifierKey]) -> None:
        text = "".join(f"{key}\n" for key in known)
        key_files.replace(self._folder / PUBLIC, text, mode=key_files.EVERYBODY)

    def _nearest(self) -> Path:
        return next(path for path in (self._folder, *self._folder.parents) if path.exists())
