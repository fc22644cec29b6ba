"""The log's tree, pure: canonical JSON, RFC 6962 hashing, and proofs of inclusion and consistency.

Hashing and proofs follow RFC 6962, section 2.1 (SHA-256, 0x00 before a leaf, 0x01 before a node);
verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2, which states the same proofs as loops.
A function that needs stored hashes asks a `Nodes` reader for complete subtrees only: those never change
once they exist, so a root or a proof costs O(log n) reads wherever they are kept.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

#: The hash of the complete subtree over the leaves [index << level, (index + 1) << level).
Nodes = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()

#: The largest integer every JSON reader keeps exactly (RFC 8259, section 6).
MAX_INTEGER = 2**53 - 1


class NotCanonicalError(ValueError):
    """A value that has no canonical form: a float, a huge integer, a lone surrogate."""


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Any) -> bytes:
    """Return the one byte string of a JSON value: keys sorted by code point, compact, UTF-8, no floats.

    Two equal values always give equal bytes, on every platform, so that a hash over them can be recomputed
    by anybody. Raises NotCanonicalError for what JSON readers do not agree on.
    """
    _refuse_ambiguous(value)
    try:
        return _encode(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonicalError("a lone surrogate has no UTF-8 form") from error


def _refuse_ambiguous(value: Any) -> None:
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise NotCanonicalError("an integer beyond 2**53 - 1")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotCanonicalError(f"a key of type {type(key).__name__}")
            _refuse_ambiguous(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_ambiguous(item)
    else:
        raise NotCanonicalError(f"a value of type {type(value).__name__}")


def salted_hash(salt: bytes, data: bytes) -> bytes:
    """Return SHA-256(salt || data): a commitment that says nothing about `data` once the salt is erased.

    The salt has a fixed length (see `webapp.core.ledger`), so salt and data cannot be shifted.
    """
    return hashlib.sha256(salt + data).digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256(0x00 || data) (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 || left || right) (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class MemoryTree:
    """All complete subtrees over leaf hashes held in memory: for verification and for small trees."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash at the end."""
        level, levels = 0, self._levels
        levels[0].append(leaf)
        while len(levels[level]) % 2 == 0:
            if level + 1 == len(levels):
                levels.append([])
            levels[level + 1].append(node_hash(levels[level][-2], levels[level][-1]))
            level += 1

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of one complete subtree; IndexError when it is not complete yet."""
        if level >= len(self._levels):
            raise IndexError(level)
        return self._levels[level][index]

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` leaves (default: all)."""
        return root(self.node, self.size if size is None else size)


class Frontier:
    """The right edge of a growing tree: the root after every leaf in O(log n) memory."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # complete subtrees, the largest first, as in the bits of the size

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash at the end."""
        value, size = leaf, self.size
        while size & 1:
            value, size = node_hash(self._peaks.pop(), value), size >> 1
        self._peaks.append(value)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        value = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            value = node_hash(peak, value)
        return value


def root(node: Nodes, size: int) -> bytes:
    """Return the tree head MTH over the first `size` leaves (RFC 6962, section 2.1)."""
    return EMPTY_ROOT if size == 0 else _range_hash(node, 0, size)


def _split(count: int) -> int:
    """Return the largest power of two smaller than `count` (count > 1)."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_hash(node: Nodes, start: int, end: int) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range_hash(node, start, middle), _range_hash(node, middle, end))


def inclusion_proof(node: Nodes, index: int, size: int) -> list[bytes]:
    """Return PATH(index, D[size]) (RFC 6962, section 2.1.1), from the leaf's sibling up to the root.

    Raises ValueError when there is no such leaf in a tree of that size.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, end = 0, size
    proof: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_hash(node, middle, end))
            end = middle
        else:
            proof.append(_range_hash(node, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(node: Nodes, old: int, new: int) -> list[bytes]:
    """Return PROOF(old, D[new]) (RFC 6962, section 2.1.2): that the first `old` leaves are unchanged.

    Empty for old == 0 and for old == new. Raises ValueError when old > new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"no proof from {old} to {new}")
    if old in (0, new):
        return []
    start, end, proof, whole = 0, new, list[bytes](), True
    while old != end - start:
        split = _split(end - start)
        if old <= split:
            proof.append(_range_hash(node, start + split, end))
            end = start + split
        else:
            proof.append(_range_hash(node, start, start + split))
            start, old, whole = start + split, old - split, False
    if not whole:
        proof.append(_range_hash(node, start, end))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Return whether `proof` shows that `leaf` (a leaf hash) is number `index` under the root `expected`.

    RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    number, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            value = node_hash(sibling, value)
            while not number & 1 and number != 0:
                number, last = number >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and hmac.compare_digest(value, expected)


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether `proof` shows that the tree of size `new` only appended to the one of size `old`.

    RFC 9162, section 2.1.4.2. An empty old tree is consistent with everything and has an empty proof.
    """
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not proof and old_root == (EMPTY_ROOT if old == 0 else new_root)
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old_value = new_value = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old_value, new_value = node_hash(sibling, old_value), node_hash(sibling, new_value)
            while not number & 1 and number != 0:
                number, last = number >> 1, last >> 1
        else:
            new_value = node_hash(new_value, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and hmac.compare_digest(old_value, old_root) and hmac.compare_digest(new_value, new_root)
