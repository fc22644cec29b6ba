"""What a check of the log can find, as codes with their sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from webapp.core.i18n import N_


class Fault(StrEnum):
    """Ways in which log, tree, signed heads and live rows can disagree."""

    NUMBER_MISSING = "number_missing"
    ENTRY_GONE = "entry_gone"
    ENTRY_ALTERED = "entry_altered"
    COLUMN_ALTERED = "column_altered"
    BODY_ALTERED = "body_altered"
    BODY_GONE = "body_gone"
    ENTRY_UNNUMBERED = "entry_unnumbered"
    TREE_ALTERED = "tree_altered"
    HEAD_WRONG = "head_wrong"
    HISTORY_CHANGED = "history_changed"
    CUT_OFF = "cut_off"
    BAD_SIGNATURE = "bad_signature"
    ROW_GONE = "row_gone"
    ROW_UNLOGGED = "row_unlogged"
    ROW_DIFFERS = "row_differs"
    TRIPWIRE_GONE = "tripwire_gone"


#: The log's tables refuse these changes by triggers of these names: `TABLE_refuses_VERB`. No proof, since whoever
#: may change a table may drop its trigger first; a warning to all others, and its absence is a trace.
TRIPWIRES = frozenset(
    {
        f"audit_{table}_refuses_{verb}"
        for table in ("entry", "leaf", "checkpoint", "check", "head", "tile")
        for verb in ("update", "delete")
    }
    | {"audit_salt_refuses_update", "audit_pending_refuses_update"}
)

FAULT_LABELS: dict[Fault, str] = {
    Fault.NUMBER_MISSING: N_("第 %(index)s 号缺失"),
    Fault.ENTRY_GONE: N_("第 %(index)s 号条目已被删除"),
    Fault.ENTRY_ALTERED: N_("第 %(index)s 号条目被改动"),
    Fault.COLUMN_ALTERED: N_("第 %(index)s 号条目的检索列 %(what)s 被改动"),
    Fault.BODY_ALTERED: N_("第 %(index)s 号条目的正文被改动"),
    Fault.BODY_GONE: N_("第 %(index)s 号条目的正文或盐值缺失"),
    Fault.ENTRY_UNNUMBERED: N_("有条目未经编号：%(what)s"),
    Fault.TREE_ALTERED: N_("第 %(index)s 号处的树哈希被改动"),
    Fault.HEAD_WRONG: N_("日志大小不符：%(what)s"),
    Fault.HISTORY_CHANGED: N_("与大小为 %(what)s 的已签名检查点不一致，从第 %(index)s 号起不可信"),
    Fault.CUT_OFF: N_("日志短于大小为 %(what)s 的已签名检查点：尾部被截断或数据库被回退"),
    Fault.BAD_SIGNATURE: N_("检查点签名无效：%(what)s"),
    Fault.ROW_GONE: N_("日志中有而业务表中没有：%(what)s"),
    Fault.ROW_UNLOGGED: N_("业务表中有而日志中没有：%(what)s"),
    Fault.ROW_DIFFERS: N_("业务表与日志（第 %(index)s 号）不一致：%(what)s"),
    Fault.TRIPWIRE_GONE: N_("日志表的防改触发器缺失或停用：%(what)s"),
}


@dataclass(frozen=True)
class Problem:
    """One thing that does not hold. `index` is the entry it begins at, where one can be named."""

    fault: Fault
    index: int | None = None
    what: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the form kept with a check."""
        return {"fault": self.fault.value, "index": self.index, "what": self.what}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Problem":
        """Read the form kept with a check."""
        return cls(Fault(data["fault"]), data["index"], data["what"])


@dataclass(frozen=True)
class Report:
    """The outcome of one check: how many entries were seen, and what is wrong."""

    size: int
    problems: tuple[Problem, ...] = field(default=())

    @property
    def first_bad(self) -> int | None:
        """The lowest entry number from which the log cannot be trusted; None where no number can be named."""
        return min((p.index for p in self.problems if p.index is not None), default=None)
