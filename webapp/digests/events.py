"""What happens to digests."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class DigestEvent(Event):
    """Which digest: kind, period, scope (unit code, empty for the whole office) and edition."""

    kind: str = figure()
    period: str = figure()
    scope: str = figure()
    edition: int = figure()


@dataclass(frozen=True, kw_only=True)
class DigestBuilt(DigestEvent):
    """`json`, `csv`, `html` are the files' SHA-256, so that the log itself vouches for them."""

    name: ClassVar[str] = "digest.built"
    label: ClassVar[str] = N_("生成摘要")
    tree_size: int = figure()
    exceptions: int = figure()
    json: str = figure()
    csv: str = figure()
    html: str = figure()


@dataclass(frozen=True, kw_only=True)
class DigestPublished(DigestEvent):
    """Mailed to the subscribers, with the signed head that vouches for it."""

    name: ClassVar[str] = "digest.published"
    label: ClassVar[str] = N_("寄送摘要")
    notifies: ClassVar[bool] = True
    exceptions: int = figure()
    checkpoint: str = detail()
    lines: tuple[dict[str, str], ...] = detail(())


@dataclass(frozen=True, kw_only=True)
class DigestDownloaded(DigestEvent):
    name: ClassVar[str] = "digest.downloaded"
    label: ClassVar[str] = N_("下载摘要")
    file: str = figure()
    sha256: str = figure()


@dataclass(frozen=True, kw_only=True)
class SubscriptionKept(Event):
    name: ClassVar[str] = "digest_subscription.kept"
    label: ClassVar[str] = N_("订阅摘要")
    kind: str = figure()
    scope: str = figure("")
    subscriber: str = detail("")


@dataclass(frozen=True, kw_only=True)
class SubscriptionEnded(Event):
    name: ClassVar[str] = "digest_subscription.ended"
    label: ClassVar[str] = N_("退订摘要")
    kind: str = figure()
    scope: str = figure("")
    subscriber: str = detail("")
