"""Password hashing (Argon2id) and one-time secrets. At most two hashes at once, so that sign-in cannot
take the machine's memory (64 MiB each).
"""

import hashlib
import os
import secrets
import threading
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_MEMORY_KIB = 64 * 1024
_ITERATIONS = 3
_LANES = 4
_gate = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    with _gate:
        return Argon2id(
            salt=os.urandom(16), length=32, iterations=_ITERATIONS, lanes=_LANES, memory_cost=_MEMORY_KIB
        ).derive_phc_encoded(password.encode())


def password_matches(password: str, encoded: str | None) -> bool:
    """Constant work whether or not the account exists, so that names cannot be probed."""
    with _gate:
        try:
            Argon2id.verify_phc_encoded(password.encode(), encoded or _nobody())
        except InvalidKey:
            return False
    return encoded is not None


@cache
def _nobody() -> str:
    return Argon2id(
        salt=os.urandom(16), length=32, iterations=_ITERATIONS, lanes=_LANES, memory_cost=_MEMORY_KIB
    ).derive_phc_encoded(secrets.token_bytes(16))


def new_token() -> str:
    """256 random bits for a cookie, a link or an API token."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()
