"""Checkpoints: size and root of the log as a signed note that anybody can keep and compare later.

Formats: C2SP signed-note (https://c2sp.org/signed-note) and C2SP tlog-checkpoint
(https://c2sp.org/tlog-checkpoint), Ed25519 signatures (type 0x01). Lines of signatures by unknown keys are
ignored, as the format demands: that is how keys change and how witnesses are added.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
HASH_SIZE = 32


class BadNoteError(ValueError):
    """A text that is no signed note, no checkpoint, or no key; the message says what is wrong."""


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log: its name, how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name it signs under."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell a signature line's key."""
        return _key_id(self.name, self.public)

    def __str__(self) -> str:
        encoded = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read `name+hexid+base64`; raises BadNoteError when the parts do not belong together."""
        name, key_id, encoded = _three_parts(text)
        key = cls(name, _key_bytes(encoded))
        if key.key_id.hex() != key_id:
            raise BadNoteError("the key's id does not fit its name and bytes")
        return key

    def verifies(self, body: str, signature: bytes) -> bool:
        """Return whether `signature` is this key's over `body`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, body.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SignerKey:
    """A private key with the name it signs under. Never logged, never stored in the database."""

    name: str
    seed: bytes

    @classmethod
    def generate(cls, name: str) -> "SignerKey":
        """Make a new key from the system's random source."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    def __repr__(self) -> str:
        return f"SignerKey({self.name!r})"

    def dump(self) -> str:
        """Return the key file's text, in the form used by the reference implementation of signed notes."""
        encoded = base64.b64encode(ED25519 + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> "SignerKey":
        """Read a key file's text; raises BadNoteError."""
        if not text.startswith("PRIVATE+KEY+"):
            raise BadNoteError("not a private key")
        name, key_id, encoded = _three_parts(text.strip().removeprefix("PRIVATE+KEY+"))
        key = cls(name, _key_bytes(encoded))
        if key.verifier.key_id.hex() != key_id:
            raise BadNoteError("the key's id does not fit its name and bytes")
        return key

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return VerifierKey(
            self.name,
            public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw),
        )

    def line(self, body: str) -> str:
        """Return this key's signature line under a body. Ed25519 is deterministic: same head, same text."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(body.encode())
        encoded = base64.b64encode(self.verifier.key_id + signature).decode()
        return f"\N{EM DASH} {self.name} {encoded}\n"


def sign(checkpoint: Checkpoint, signers: Sequence[SignerKey]) -> str:
    """Return the checkpoint as a note signed by every one of `signers`."""
    return _note(checkpoint.body(), signers)


def vouch(new: SignerKey, signers: Sequence[SignerKey]) -> str:
    """Return the note by which `signers` say that `new` signs for this log too; the new key signs it as well.

    Whoever trusts one of them trusts the new one. It can be taken for no checkpoint: its second line is no number.
    """
    return _note(f"{new.name}\n{new.verifier}\n", [*signers, new])


def _note(body: str, signers: Sequence[SignerKey]) -> str:
    return f"{body}\n{''.join(signer.line(body) for signer in signers)}"


def open_checkpoint(note: str, keys: Iterable[VerifierKey]) -> tuple[Checkpoint, list[VerifierKey]]:
    """Return the checkpoint and those of `keys` that signed it.

    A signature line by one of `keys` that does not verify raises BadNoteError; so does a note none of them
    signed.
    """
    body, signatures = _split(note)
    known = {(key.name, key.key_id): key for key in keys}
    signers: list[VerifierKey] = []
    for name, key_id, signature in signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        if not key.verifies(body, signature):
            raise BadNoteError(f"the signature by {name} is wrong")
        signers.append(key)
    if not signers:
        raise BadNoteError("no signature by a known key")
    return parse_body(body), signers


def parse_body(body: str) -> Checkpoint:
    """Read origin, size and root; further lines are extensions and are kept out of sight."""
    lines = body.split("\n")
    if len(lines) < 4 or not lines[0] or not lines[1].isascii() or not lines[1].isdigit():  # noqa: PLR2004 three lines and the end
        raise BadNoteError("not a checkpoint")
    root = _decode(lines[2])
    if len(root) != HASH_SIZE or str(int(lines[1])) != lines[1]:
        raise BadNoteError("not a checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root)


def _split(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    body, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise BadNoteError("not a signed note")
    signatures = []
    for line in tail.removesuffix("\n").split("\n"):
        mark, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        decoded = _decode(encoded)
        if mark != "\N{EM DASH}" or not name or len(decoded) <= 4:  # noqa: PLR2004 a key id has four bytes
            raise BadNoteError("a malformed signature line")
        signatures.append((name, decoded[:4], decoded[4:]))
    return body + "\n", signatures


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def _three_parts(text: str) -> tuple[str, str, str]:
    # base64 may hold a plus sign itself, so only the first two separate.
    parts = text.strip().split("+", 2)
    if len(parts) != 3:  # noqa: PLR2004 name, id, bytes
        raise BadNoteError("not a key")
    return parts[0], parts[1], parts[2]


def _key_bytes(encoded: str) -> bytes:
    decoded = _decode(encoded)
    if decoded[:1] != ED25519 or len(decoded) != 1 + HASH_SIZE:
        raise BadNoteError("not an Ed25519 key")
    return decoded[1:]


def _decode(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNoteError("not base64") from error
