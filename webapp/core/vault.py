"""Encryption of single fields (passport and ID numbers, TOTP secrets): AES-256-GCM with a key ring on disk.

A sealed value names its key, so that keys rotate without downtime; the place (`table.column:row`) is
authenticated, so that a value moved to another row does not open.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class VaultError(Exception):
    """A sealed value does not open: wrong key ring, wrong place, or altered bytes."""


class Vault:
    def __init__(self, keys: dict[str, bytes], current: str, index_key: bytes) -> None:
        self._keys = keys
        self._current = current
        self._index_key = index_key

    @classmethod
    def at(cls, folder: Path) -> "Vault":
        """The key ring in `folder`, made at the first use (mode 0600)."""
        path = folder / "fields.json"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            ring = {"current": "k1", "keys": {"k1": secrets.token_hex(32)}, "index": secrets.token_hex(32)}
            try:
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                    json.dump(ring, file)
            except FileExistsError:
                return cls.at(folder)  # another process of this office was first
        ring = json.loads(path.read_text())
        keys = {name: bytes.fromhex(key) for name, key in ring["keys"].items()}
        return cls(keys, ring["current"], bytes.fromhex(ring["index"]))

    def seal(self, text: str, place: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, text.encode(), place.encode())
        return f"aes256gcm.{self._current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """The plain text. Raises `VaultError`."""
        try:
            _suite, key_id, body = sealed.split(".")
            raw = base64.urlsafe_b64decode(body)
            key = self._keys[key_id]
            return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
        except (ValueError, KeyError, InvalidTag) as error:
            raise VaultError(place) from error

    def index(self, text: str, purpose: str) -> str:
        """A keyed hash for finding an equal value without opening any."""
        return hmac.new(self._index_key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
