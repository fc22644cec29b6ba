"""Encryption of single fields (passport and ID numbers, TOTP secrets): AES-256-GCM with a key ring on disk.

A sealed value names its key, so that keys rotate without downtime; the place (`table.column:row`) is
authenticated, so that a value moved to another row does not open. A column that holds sealed values says so
(`info=sealed("thing.field")`), so that a rotation finds every one. Where a value is to be found again without
opening any, a column beside it holds a keyed hash of it (a blind index), made with the key of the same name.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from webapp.core import key_files

RING = "fields.json"
SUITE = "aes256gcm"
SEALED, INDEX = "sealed", "blind index"
_NONCE_BYTES = 12


class VaultError(Exception):
    """A sealed value does not open: wrong key ring, wrong place, or altered bytes."""


def sealed(place: str, index: str = "") -> dict[str, str]:
    """What a column of sealed values says of itself: they are bound to `place:<row id>`.

    `index`: the column of the same row that holds the blind index of the value, for the purpose `place`.
    """
    return {SEALED: place, INDEX: index} if index else {SEALED: place}


@dataclass(frozen=True)
class Ring:
    """Keys by name, the one that seals now, when it began to, and the keys of blind indexes by the same names."""

    keys: dict[str, bytes]
    current: str
    since: datetime | None
    indexes: dict[str, bytes]

    @classmethod
    def parse(cls, text: str) -> "Ring":
        raw = json.loads(text)
        since = raw.get("since")
        # A ring written before blind indexes changed their key has one for all names.
        indexes = raw.get("indexes") or dict.fromkeys(raw["keys"], raw["index"])
        return cls(
            keys={name: bytes.fromhex(key) for name, key in raw["keys"].items()},
            current=raw["current"],
            since=datetime.fromisoformat(since) if since else None,
            indexes={name: bytes.fromhex(key) for name, key in indexes.items()},
        )

    def dump(self) -> str:
        return json.dumps(
            {
                "current": self.current,
                "since": self.since.isoformat() if self.since else None,
                "keys": {name: key.hex() for name, key in self.keys.items()},
                "indexes": {name: key.hex() for name, key in self.indexes.items()},
            }
        )


class Vault:
    """The key ring of one file, read at its first use and again whenever another process changed it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, int], Ring] | None = None

    @classmethod
    def at(cls, folder: Path) -> "Vault":
        """The key ring in `folder`, made at the first use (mode 0600)."""
        return cls(folder / RING)

    @property
    def ring(self) -> Ring:
        """The ring as the file has it now."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._make()
            stat = self._path.stat()
        mark = (stat.st_ino, stat.st_mtime_ns)
        if self._read is None or self._read[0] != mark:
            self._read = (mark, Ring.parse(self._path.read_text("utf-8")))
        return self._read[1]

    def seal(self, text: str, place: str) -> str:
        ring = self.ring
        nonce = os.urandom(_NONCE_BYTES)
        body = AESGCM(ring.keys[ring.current]).encrypt(nonce, text.encode(), place.encode())
        return f"{prefix(ring.current)}{base64.urlsafe_b64encode(nonce + body).decode()}"

    def open(self, sealed_text: str, place: str) -> str:
        """The plain text. Raises `VaultError`."""
        try:
            _suite, key_id, body = sealed_text.split(".")
            raw = base64.urlsafe_b64decode(body)
            key = self.ring.keys[key_id]
            return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
        except (ValueError, KeyError, InvalidTag) as error:
            raise VaultError(place) from error

    def index(self, text: str, purpose: str, sealed_text: str) -> str:
        """The blind index to be kept beside a value just sealed, by the key of the same name.

        The name is taken from the value: between sealing and this another key may have come.
        """
        return _hash(self.ring.indexes[sealed_text.split(".")[1]], text, purpose)

    def indexes(self, text: str, purpose: str) -> list[str]:
        """Every blind index an equal value may be kept under, the newest first: two while keys change."""
        ring = self.ring
        newest = [ring.current, *(name for name in ring.indexes if name != ring.current)]
        return list(dict.fromkeys(_hash(ring.indexes[name], text, purpose) for name in newest))

    def add_key(self, now: datetime) -> str:
        """Make a new key the one that seals; older ones go on opening. Returns its name."""
        ring = self.ring
        number = max(int(name.removeprefix("k")) for name in ring.keys) + 1
        name = f"k{number}"
        keys = ring.keys | {name: secrets.token_bytes(32)}
        self._write(Ring(keys, name, now, ring.indexes | {name: secrets.token_bytes(32)}))
        return name

    def drop_keys(self) -> list[str]:
        """Forget every key but the one that seals; the caller knows that nothing sealed by them is left."""
        ring = self.ring
        old = [name for name in ring.keys if name != ring.current]
        now = ring.current
        self._write(Ring({now: ring.keys[now]}, now, ring.since, {now: ring.indexes[now]}))
        return old

    def _make(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        first = Ring({"k1": secrets.token_bytes(32)}, "k1", None, {"k1": secrets.token_bytes(32)})
        key_files.create(self._path, first.dump())

    def _write(self, ring: Ring) -> None:
        key_files.replace(self._path, ring.dump())


def _hash(key: bytes, text: str, purpose: str) -> str:
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def prefix(key: str) -> str:
    """What every value sealed by a key begins with."""
    return f"{SUITE}.{key}."
