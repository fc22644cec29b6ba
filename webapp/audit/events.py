"""What happens to the log itself."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class LogKeyAdded(Event):
    """`key` is the new public key as in keys.txt; the older one's word for it lies beside that file."""

    name: ClassVar[str] = "log.key_added"
    label: ClassVar[str] = N_("日志新增签名密钥")
    key: str = figure()


@dataclass(frozen=True, kw_only=True)
class LogKeyRetired(Event):
    """`key` is the public key that signs no more; what it signed stays valid."""

    name: ClassVar[str] = "log.key_retired"
    label: ClassVar[str] = N_("日志停用旧签名密钥")
    key: str = figure()


@dataclass(frozen=True, kw_only=True)
class RequestRefused(Event):
    """Somebody tried to change something and was told no; `path` is where, without what was typed."""

    name: ClassVar[str] = "request.refused"
    label: ClassVar[str] = N_("操作被拒绝")
    status: int = figure()
    code: str = figure()
    endpoint: str = figure()
    path: str = detail("")
    address: str = detail("")
