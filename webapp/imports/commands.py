"""What can be asked of an import."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BeginRun:
    log_sha256: str
    mapping_sha256: str
    file_name: str
    kind: str
