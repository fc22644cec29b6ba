"""The tree's hashes in tiles of 256 (C2SP tlog-tiles): a root or a proof reads a handful of rows."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from webapp.audit.models import AuditTile
from webapp.core.tree import MemoryTree

WIDTH = 256
HEIGHT = 8  # tree levels in one tile: 2**8 = 256
HASH_SIZE = 32


class TileReader:
    """Complete subtrees from stored tiles; a reader lives as long as one session and keeps what it read."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of one complete subtree (`webapp.core.tree.Nodes`); IndexError when it is not stored."""
        tile_level, inside = divmod(level, HEIGHT)
        first = index << inside
        hashes = self._hashes(tile_level, first // WIDTH)[first % WIDTH :][: 1 << inside]
        if len(hashes) != 1 << inside:
            raise IndexError(level, index)
        return MemoryTree(hashes).root()

    def _hashes(self, level: int, number: int) -> list[bytes]:
        if (level, number) not in self._tiles:
            tile = self._session.get(AuditTile, (level, number))
            self._tiles[level, number] = split(tile.hashes) if tile else []
        return self._tiles[level, number]


def split(hashes: bytes) -> list[bytes]:
    """Return a tile's single hashes."""
    return [hashes[start : start + HASH_SIZE] for start in range(0, len(hashes), HASH_SIZE)]


def append(session: Session, size: int, leaves: Sequence[bytes]) -> None:
    """Add leaf hashes after the first `size`, filling the tiles above whenever one is complete."""
    level, start, new = 0, size, list(leaves)
    while new:
        above: list[bytes] = []
        taken = 0
        while taken < len(new):
            number, used = divmod(start + taken, WIDTH)
            part = new[taken : taken + WIDTH - used]
            tile = session.get(AuditTile, (level, number))
            if tile is None:
                tile = AuditTile(level=level, number=number, hashes=b"")
                session.add(tile)
            tile.hashes = tile.hashes[: used * HASH_SIZE] + b"".join(part)
            if used + len(part) == WIDTH:
                above.append(MemoryTree(split(tile.hashes)).root())
            taken += len(part)
        level, start, new = level + 1, start // WIDTH, above
