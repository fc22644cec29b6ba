"""What the log keeps of an import beside the engine's own entries."""

from dataclasses import dataclass
from typing import ClassVar

from webapp.core.events import Event, detail, figure
from webapp.core.i18n import N_


@dataclass(frozen=True, kw_only=True)
class HistoryStarted(Event):
    name: ClassVar[str] = "history.started"
    label: ClassVar[str] = N_("开始导入历史")
    log_sha256: str = figure()
    mapping_sha256: str = figure()
    file_name: str = detail()


@dataclass(frozen=True, kw_only=True)
class HistoryRefused(Event):
    name: ClassVar[str] = "history.refused"
    label: ClassVar[str] = N_("历史事件被拒绝")
    code: str = figure()
    position: int = figure()
    event_name: str = detail()


@dataclass(frozen=True, kw_only=True)
class HistoryFinished(Event):
    name: ClassVar[str] = "history.finished"
    label: ClassVar[str] = N_("导入历史完成")
    cases: int = figure()
    accepted: int = figure()
    refused: int = figure()
    ignored: int = figure()


@dataclass(frozen=True, kw_only=True)
class SubjectDrafted(Event):
    name: ClassVar[str] = "observed.drafted"
    label: ClassVar[str] = N_("保存草稿（历史）")
