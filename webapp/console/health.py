"""Facts and rules together: the list of checks of one office at one moment."""

from webapp.console import rules
from webapp.console.facts import Facts, Pulse
from webapp.console.rules import Check, Verdict
from webapp.core.i18n import N_


def signs(pulse: Pulse) -> dict[str, bool]:
    """What /healthz answers: whoever reads it is being answered by the web process."""
    return {
        "web": True,
        "database": pulse.database,
        "worker": rules.alive(pulse.worker_seconds),
        "clock": rules.alive(pulse.clock_seconds),
    }


def checks(facts: Facts) -> list[Check]:
    """Every check, in the order of the page."""
    if not facts.pulse.database:
        return [
            Check("database", N_("数据库"), Verdict.BROKEN, N_("连不上。")),
            rules.disk(facts.free_mb),
            rules.broker(answers=facts.broker),
        ]
    kind = "SQLite" if facts.is_sqlite else "PostgreSQL"
    return [
        Check("database", N_("数据库"), Verdict.WELL, N_("%(kind)s，有应答。"), {"kind": kind}),
        rules.migrations(facts.revision, facts.newest_revision),
        rules.process("worker", N_("后台进程"), facts.pulse.worker_seconds),
        rules.process("clock", N_("时钟进程"), facts.pulse.clock_seconds),
        rules.queue(
            "outbox", N_("待转成通知"), facts.outbox_count, facts.outbox_seconds, rules.OUTBOX_LATE_SECONDS
        ),
        rules.queue(
            "log",
            N_("待编号的记录"),
            facts.unnumbered_count,
            facts.unnumbered_seconds,
            rules.LOG_LATE_SECONDS,
        ),
        rules.broker(answers=facts.broker),
        rules.disk(facts.free_mb),
        rules.scanner(facts.scanner),
        rules.keys(facts.open_keys),
        rules.tripwires(facts.tripwires_gone),
        rules.log_guard(holds=facts.guard is not None and facts.guard.holds, is_sqlite=facts.is_sqlite),
    ]


def worst(found: list[Check]) -> Verdict:
    order = list(Verdict)
    return max((check.verdict for check in found), key=order.index, default=Verdict.WELL)
