"""The backup file: one tar with a manifest of checksums, written whole or not at all, checked whole before use."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

MANIFEST = "manifest.json"
FORMAT = 1
CHUNK_BYTES = 1 << 20


class BadArchive(Exception):
    """The file is not a backup that may be restored; the text is one sentence."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself. `made_at` is ISO 8601 UTC; `checksums` maps member name → SHA-256 in hex."""

    format: int
    made_at: str
    database: str
    revision: str
    checksums: Mapping[str, str]


def write(
    target: Path, members: Iterable[tuple[str, Path]], *, made_at: str, database: str, revision: str
) -> Manifest:
    """Write the archive beside its place, then move it there, so that a cut-off run leaves no half backup."""
    partial = target.with_name(target.name + ".partial")
    checksums: dict[str, str] = {}
    try:
        with partial.open("xb") as raw:
            partial.chmod(0o600)  # keys lie inside
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as tar:
                for name, path in members:
                    tar.add(path, name, recursive=False)
                    checksums[name] = _sha256(path)
                manifest = Manifest(FORMAT, made_at, database, revision, checksums)
                content = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
                entry = tarfile.TarInfo(MANIFEST)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack into an empty folder and compare every checksum. Raises `BadArchive`."""
    try:
        with tarfile.open(source, "r:gz") as tar:
            for member in tar:
                if not member.isfile() or not _inside(member.name):
                    raise BadArchive(
                        f"{source.name} holds {member.name!r}, which no backup of ours contains."
                    )
                tar.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadArchive(f"{source} cannot be read as a backup: {error}.") from error
    manifest = _manifest(folder / MANIFEST, source)
    for name, wanted in manifest.checksums.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != wanted:
            raise BadArchive(f"{source.name} is damaged: {name} is not what was saved.")
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    extra = found - set(manifest.checksums) - {MANIFEST}
    if extra:
        raise BadArchive(f"{source.name} holds {min(extra)!r}, which its manifest does not name.")
    return manifest


def _manifest(path: Path, source: Path) -> Manifest:
    try:
        manifest = Manifest(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise BadArchive(f"{source.name} has no manifest; it is not a backup of this program.") from error
    if manifest.format != FORMAT:
        raise BadArchive(f"{source.name} has the format {manifest.format}, this program reads {FORMAT}.")
    return manifest


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
