"""What can be measured about a running office: the figures behind /healthz, the system page and `doctor`."""

import shutil
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp import revision
from webapp.audit import queries as log
from webapp.audit.keys import LogKeys
from webapp.audit.queries import Guard
from webapp.core import heartbeat
from webapp.core.db import Database
from webapp.core.ledger import AuditEntry, AuditPending, OutboxMessage
from webapp.core.scanner import CommandScanner, Probe, probe

BROKER_TIMEOUT_SECONDS = 0.5
COUNT_LIMIT = 1000


@dataclass(frozen=True)
class Site:
    """Where this office keeps its things; handed in, since only the settings know."""

    data_dir: Path
    key_dir: Path
    log_keys: Path
    redis_url: str = ""
    scanner: CommandScanner | None = None


@dataclass(frozen=True)
class Pulse:
    """Ages in seconds since a process last worked, None when it never did."""

    database: bool
    worker_seconds: float | None = None
    clock_seconds: float | None = None


@dataclass(frozen=True)
class Facts:
    """Ages in seconds, sizes in MB (10^6 bytes), counts up to `COUNT_LIMIT`."""

    pulse: Pulse
    is_sqlite: bool
    revision: str = ""
    newest_revision: str = ""
    outbox_count: int = 0
    outbox_seconds: float | None = None
    unnumbered_count: int = 0
    unnumbered_seconds: float | None = None
    free_mb: int = 0
    broker: bool | None = None
    open_keys: tuple[str, ...] = ()
    guard: Guard | None = None
    tripwires_gone: tuple[str, ...] = ()
    scanner: Probe = Probe.UNSET


def pulse(db: Database, now: datetime) -> Pulse:
    """The three signs of life /healthz asks for; never raises for a database that is away."""
    try:
        with db.read() as session:
            beats = heartbeat.latest(session)
    except SQLAlchemyError:
        return Pulse(database=False)

    def age(name: str) -> float | None:
        return (now - beats[name]).total_seconds() if name in beats else None

    return Pulse(database=True, worker_seconds=age("worker"), clock_seconds=age("clock"))


def collect(db: Database, now: datetime, site: Site) -> Facts:
    """Everything the system page shows."""
    signs = pulse(db, now)
    outside = {
        "pulse": signs,
        "is_sqlite": db.is_sqlite,
        "newest_revision": revision.newest(),
        "free_mb": shutil.disk_usage(site.data_dir).free // 1_000_000,
        "scanner": probe(site.scanner),
        "broker": _broker_answers(site.redis_url) if site.redis_url else None,
        "open_keys": tuple(name for folder in {site.key_dir, site.log_keys} for name in open_keys(folder)),
    }
    if not signs.database:
        return Facts(**outside)  # type: ignore[arg-type]
    with db.read() as session:
        waiting = sa.select(OutboxMessage.created_at).where(OutboxMessage.relayed_at.is_(None))
        outbox = _count_and_oldest(session, waiting)
        entries = sa.select(AuditEntry.recorded_at).join(AuditPending, AuditPending.entry_id == AuditEntry.id)
        unnumbered = _count_and_oldest(session, entries)
        is_laid_out = bool(revision.current(db))
        guard = log.guard(session, LogKeys(site.log_keys)) if is_laid_out else None
        gone = tuple(log.missing_tripwires(session)) if is_laid_out else ()
    return Facts(
        **outside,  # type: ignore[arg-type]
        revision=revision.current(db),
        outbox_count=outbox[0],
        outbox_seconds=_age(outbox[1], now),
        unnumbered_count=unnumbered[0],
        unnumbered_seconds=_age(unnumbered[1], now),
        guard=guard,
        tripwires_gone=gone,
    )


def _count_and_oldest(session: Session, query: sa.Select[datetime]) -> tuple[int, datetime | None]:
    """Bounded: a figure for a page must not cost more the longer the queue is."""
    times = session.scalars(query.limit(COUNT_LIMIT)).all()
    return len(times), min(times, default=None)


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else (now - at).total_seconds()


def _broker_answers(url: str) -> bool:
    import redis  # noqa: PLC0415 - the system page alone asks; every web process would load it at its start

    client = redis.Redis.from_url(
        url, socket_timeout=BROKER_TIMEOUT_SECONDS, socket_connect_timeout=BROKER_TIMEOUT_SECONDS
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def open_keys(folder: Path) -> tuple[str, ...]:
    """Names of key files that other accounts of this machine may read. Texts there are public: keys and checkpoints."""
    if not folder.exists():
        return ()
    readable = stat.S_IRWXG | stat.S_IRWXO
    return tuple(
        path.name
        for path in sorted(folder.iterdir())
        if path.suffix != ".txt" and path.is_file() and path.stat().st_mode & readable
    )
