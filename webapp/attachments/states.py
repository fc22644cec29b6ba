"""What became of a file's preview, and the words for it."""

from enum import StrEnum
from typing import Final

from webapp.core.i18n import N_

PREVIEWS_BELL: Final = ("previews.render", "office")
"""Task and queue that are rung when a preview is wanted."""


class PreviewState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class PreviewReason(StrEnum):
    """Why there are no pictures of the pages. The first three are refusals by a limit, the others failures."""

    TOO_MANY_PAGES = "too_many_pages"
    TOO_LARGE = "too_large"
    TOO_HEAVY = "too_heavy"
    LOCKED = "locked"
    DAMAGED = "damaged"
    INTERRUPTED = "interrupted"


REFUSALS = frozenset({PreviewReason.TOO_MANY_PAGES, PreviewReason.TOO_LARGE, PreviewReason.TOO_HEAVY})
REASON_LABELS: dict[PreviewReason, str] = {
    PreviewReason.TOO_MANY_PAGES: N_("页数超过 60 页，没有生成预览，请下载原件。"),
    PreviewReason.TOO_LARGE: N_("图片超过 4000 万像素，没有生成预览，请下载原件。"),
    PreviewReason.TOO_HEAVY: N_("文件太复杂，超过了时间或内存限制，没有生成预览，请下载原件。"),
    PreviewReason.LOCKED: N_("文件有打开密码，无法生成预览，请下载原件，或请经办人换一份没有密码的。"),
    PreviewReason.DAMAGED: N_("文件的内容读不出来，无法生成预览，请下载原件核对。"),
    PreviewReason.INTERRUPTED: N_("生成预览几次都中断了，请下载原件。"),
}
