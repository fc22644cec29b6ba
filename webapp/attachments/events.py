"""What happens to attachments. The name is redactable, the content's digest is public."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class _FileEvent(Event):
    sha256: str = figure()
    size: int = figure()
    document_type: str = figure()
    file_name: str = detail()


@dataclass(frozen=True, kw_only=True)
class AttachmentAdded(_FileEvent):
    name: ClassVar[str] = "attachment.added"
    label: ClassVar[str] = N_("上传材料")


@dataclass(frozen=True, kw_only=True)
class AttachmentRemoved(_FileEvent):
    name: ClassVar[str] = "attachment.removed"
    label: ClassVar[str] = N_("删除材料")


@dataclass(frozen=True, kw_only=True)
class AttachmentDownloaded(_FileEvent):
    name: ClassVar[str] = "attachment.downloaded"
    label: ClassVar[str] = N_("下载材料")


@dataclass(frozen=True, kw_only=True)
class AttachmentViewed(_FileEvent):
    """Somebody opened the pages drawn from the file."""

    name: ClassVar[str] = "attachment.viewed"
    label: ClassVar[str] = N_("查看材料预览")


@dataclass(frozen=True, kw_only=True)
class AttachmentRefused(Event):
    """The virus scanner found something, or gave no answer; the file was not kept. `code` is which of both."""

    name: ClassVar[str] = "attachment.refused"
    label: ClassVar[str] = N_("查毒拒收材料")
    sha256: str = figure()
    size: int = figure()
    code: str = figure()
    file_name: str = detail()


@dataclass(frozen=True, kw_only=True)
class PreviewMade(Event):
    """What became of a file's preview. `pages_sha256` is the digest over the digests of the pictures, in order."""

    name: ClassVar[str] = "preview.made"
    label: ClassVar[str] = N_("生成材料预览")
    sha256: str = figure()
    pages: int = figure()
    pages_sha256: str | None = figure(default=None)
