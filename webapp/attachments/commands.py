"""What is asked of attachments, as values."""

from dataclasses import dataclass
from uuid import UUID

from webapp.attachments.rules import FileKind
from webapp.core.events import Subject


@dataclass(frozen=True)
class Received:
    """Checked bytes that already lie in the storage; nothing refers to them yet."""

    name: str
    kind: FileKind
    sha256: str
    size: int


@dataclass(frozen=True)
class Attach:
    """Put a received file to its owner. `replaces` names the document of which this is the next version."""

    owner: Subject
    unit_path: str
    document_type: str
    file: Received
    replaces: UUID | None = None


@dataclass(frozen=True)
class Detach:
    owner: Subject
    attachment_id: UUID


@dataclass(frozen=True)
class Download:
    owner: Subject
    attachment_id: UUID
