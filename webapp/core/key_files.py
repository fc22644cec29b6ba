"""Key files: replaced whole, with the owner they had, readable by whom they are meant for."""

import os
import secrets
from pathlib import Path

OWNER_ONLY = 0o600
EVERYBODY = 0o644


def create(path: Path, text: str, mode: int = OWNER_ONLY) -> bool:
    """Write a new file whole; False when another process made it first, whose file then stands."""
    draft = _draft(path, text, mode)
    try:
        # Linked, not renamed: two processes at their first start agree on one key, and none reads half of it.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def replace(path: Path, text: str, mode: int = OWNER_ONLY) -> None:
    """Put another content in the file's place; a reader sees the old one or the new one, never half."""
    _draft(path, text, mode).replace(path)


def _draft(path: Path, text: str, mode: int) -> Path:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)  # the process's mask may have taken more away
        if os.geteuid() == 0:
            # A command given as root must not lock the office's own account out of its key.
            home = path if path.exists() else path.parent
            os.fchown(file.fileno(), home.stat().st_uid, home.stat().st_gid)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft
