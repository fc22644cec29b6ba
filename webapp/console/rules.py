"""From figures to verdicts: what is well, what needs a look, what is broken. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from webapp.core.i18n import N_
from webapp.core.scanner import Probe

# Worker and clock sign every five seconds; six missed signs are no coincidence.
SILENT_AFTER_SECONDS = 30.0
# Redis may be lost: then the clock drains the queue itself, which takes up to this long.
OUTBOX_LATE_SECONDS = 60.0
# 等保: protect the audit process from interruption; a minute without numbering is alarmed.
LOG_LATE_SECONDS = 60.0
DISK_WARN_MB = 2000
DISK_BAD_MB = 200


class Verdict(StrEnum):
    WELL = "well"
    LOOK = "look"
    BROKEN = "broken"


VERDICT_LABELS = {Verdict.WELL: N_("正常"), Verdict.LOOK: N_("请留意"), Verdict.BROKEN: N_("有故障")}


@dataclass(frozen=True)
class Check:
    """One line of the system page: `sentence` is translated and filled with `values`."""

    key: str
    label: str
    verdict: Verdict
    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)


def alive(age_seconds: float | None) -> bool:
    """Whether a process that signs every five seconds still does."""
    return age_seconds is not None and age_seconds <= SILENT_AFTER_SECONDS


def process(key: str, label: str, age_seconds: float | None) -> Check:
    if age_seconds is None:
        return Check(key, label, Verdict.BROKEN, N_("还没有运行过。"))
    sentence = N_("%(seconds)s 秒前有信号。")
    verdict = Verdict.WELL if alive(age_seconds) else Verdict.BROKEN
    return Check(key, label, verdict, sentence, {"seconds": int(age_seconds)})


def migrations(revision: str, newest: str) -> Check:
    label = N_("数据库结构")
    if revision == newest:
        return Check(
            "migrations", label, Verdict.WELL, N_("版本 %(revision)s，是最新的。"), {"revision": revision}
        )
    sentence = N_("版本是 %(revision)s，程序需要 %(newest)s。请运行 python -m webapp migrate up。")
    return Check(
        "migrations", label, Verdict.BROKEN, sentence, {"revision": revision or "-", "newest": newest}
    )


def queue(key: str, label: str, count: int, age_seconds: float | None, late_seconds: float) -> Check:
    if age_seconds is None:
        return Check(key, label, Verdict.WELL, N_("没有积压。"))
    verdict = Verdict.LOOK if age_seconds <= late_seconds else Verdict.BROKEN
    if age_seconds <= late_seconds / 2:
        verdict = Verdict.WELL
    sentence = N_("等待 %(count)s 条，最早的已等 %(seconds)s 秒。")
    return Check(key, label, verdict, sentence, {"count": count, "seconds": int(age_seconds)})


def disk(free_mb: int) -> Check:
    verdict = (
        Verdict.BROKEN if free_mb < DISK_BAD_MB else Verdict.LOOK if free_mb < DISK_WARN_MB else Verdict.WELL
    )
    return Check("disk", N_("磁盘"), verdict, N_("还剩 %(free)s MB。"), {"free": free_mb})


def broker(*, answers: bool | None) -> Check:
    label = N_("消息中间件")
    if answers is None:
        return Check("broker", label, Verdict.LOOK, N_("没有设置 REDIS_URL；由时钟进程代为发送，会慢几秒。"))
    if answers:
        return Check("broker", label, Verdict.WELL, N_("有应答。"))
    return Check("broker", label, Verdict.LOOK, N_("没有应答；由时钟进程代为发送，会慢几秒，不会丢。"))


def scanner(found: Probe) -> Check:
    """Whether uploads are shown to a virus scanner, and whether it knows the test virus."""
    label = N_("上传查毒")
    told = {
        Probe.WORKS: (Verdict.WELL, N_("查毒程序认得出测试病毒。")),
        Probe.UNSET: (Verdict.LOOK, N_("没有设置 SCAN_COMMAND：上传的文件只按内容格式检查，不查毒。")),
        Probe.BLIND: (Verdict.BROKEN, N_("查毒程序放过了测试病毒，请检查 SCAN_COMMAND。")),
        Probe.FAILING: (Verdict.BROKEN, N_("查毒程序没有给出结果，现在上传的文件都不会保存。")),
    }
    verdict, sentence = told[found]
    return Check("scanner", label, verdict, sentence)


def keys(open_files: tuple[str, ...]) -> Check:
    """Whether the keys that sign the log and open passport numbers are out of other accounts' sight."""
    label = N_("密钥文件")
    if open_files:
        sentence = N_("其他系统用户能读 %(files)s，请改为 0600。")
        return Check("keys", label, Verdict.BROKEN, sentence, {"files": ", ".join(open_files)})
    return Check("keys", label, Verdict.WELL, N_("仅所属账户可读。"))


def tripwires(gone: tuple[str, ...]) -> Check:
    """Whether the log's tables still refuse changes by themselves."""
    label = N_("日志的防改触发器")
    if gone:
        sentence = N_("缺失或停用：%(names)s。有人动过日志表的设置，请运行 python -m webapp audit verify。")
        return Check("tripwires", label, Verdict.BROKEN, sentence, {"names": ", ".join(gone)})
    return Check("tripwires", label, Verdict.WELL, N_("都在。"))


def log_guard(*, holds: bool, is_sqlite: bool) -> Check:
    """How well the log is guarded against the office's own accounts; the weaker case is said openly."""
    label = N_("日志的保护")
    if holds:
        return Check(
            "guard", label, Verdict.WELL, N_("本进程的账户只能追加日志，不能改动日志，也读不到签名密钥。")
        )
    if is_sqlite:
        sentence = N_(
            "内置数据库与签名密钥由同一账户持有：能登录这台机器的人可以同时改动两者，靠交给审计员的检查点发现。"
        )
        return Check("guard", label, Verdict.LOOK, sentence)
    sentence = N_(
        "本进程的账户能改动日志或读到签名密钥，靠交给审计员的检查点发现改动。"
        "请分设数据库账户与签名密钥目录，见 README。"
    )
    return Check("guard", label, Verdict.LOOK, sentence)
