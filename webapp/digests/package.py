"""A digest's evidence package: its files together with the log they follow from."""

from typing import IO

from webapp.audit.export import write_package
from webapp.audit.keys import LogKeys
from webapp.core.tx import Call
from webapp.digests.models import Digest
from webapp.digests.queries import content_of


def file_name(digest: Digest) -> str:
    """Return what the package is called in a folder of downloads."""
    scope = f"-{digest.scope}" if digest.scope else ""
    return f"digest-{digest.period}{scope}-{digest.edition}.zip"


def write(call: Call, digest: Digest, out: IO[bytes], *, bodies: bool = False) -> None:
    """Write the package to `out`, with the log as it is now. Raises NotAllowedNow before the first signed head."""
    content, _ = content_of(digest)
    with call.read() as session:
        write_package(
            session,
            out,
            name=file_name(digest),
            files={
                "digest.json": digest.json_file,
                "digest.csv": digest.csv_file,
                "digest.html": digest.html_file,
                "figures.json": digest.definitions,
            },
            keys=LogKeys(call.ports.need_key_dir()),
            previous_size=content["previous"]["size"],
            bodies=bodies,
        )
