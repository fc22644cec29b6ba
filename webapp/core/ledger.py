"""The log entry and the outbox row, written in the transaction of the change they tell of.

The entry's form is final from the first one (version 1, `docs/decisions/0002-log-entry-format.md`):
a public part, and the salted hash of a body that can be left out or erased without breaking a proof.
"""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.db import Base, JsonDict, Keyed
from webapp.core.events import Event
from webapp.core.gathered import GatheredRows
from webapp.core.ids import new_id
from webapp.core.rights import ENTRIES, TAKEN, declared
from webapp.core.tree import canonical, salted_hash

ENTRY_VERSION = 1
NATIVE = "native"


class AuditEntry(Keyed, Base):
    """One thing that happened. Never changed, never deleted; only its salts can be erased."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_object", "object_id", "recorded_at"),
        sa.Index("ix_audit_entry_occurred", "occurred_at"),
        sa.Index("ix_audit_entry_action", "action", "recorded_at"),
        sa.Index("ix_audit_entry_unit", "unit", "recorded_at"),
        declared(ENTRIES),
    )

    recorded_at: Mapped[datetime]
    occurred_at: Mapped[datetime]
    origin: Mapped[str] = mapped_column(sa.String(80))
    action: Mapped[str] = mapped_column(sa.String(60))
    object_class: Mapped[str] = mapped_column(sa.String(30))
    object_id: Mapped[UUID]
    actor_id: Mapped[UUID | None] = mapped_column(index=True)
    unit: Mapped[str] = mapped_column(sa.String(80), default="")
    public: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    body: Mapped[dict[str, Any] | None] = mapped_column(JsonDict)


class AuditSalt(Base):
    """Salts of the body (`field` empty) and of each personal value; erasing one erases what it hid."""

    __tablename__ = "audit_salt"
    __table_args__ = declared(TAKEN)

    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("audit_entry.id"), primary_key=True)
    field: Mapped[str] = mapped_column(sa.String(60), primary_key=True, default="")
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary(16))


class AuditPending(Base):
    """An entry the sequencer has not numbered yet; the entry's own row is never updated.

    Written with the entry, so that an entry committed late is found at once and without a scan.
    """

    __tablename__ = "audit_pending"
    __table_args__ = declared(TAKEN)

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)


class OutboxMessage(Keyed, Base):
    """An obligation to tell somebody, written with the change; the relay turns it into mails."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        sa.Index(
            "ix_outbox_message_waiting",
            "id",
            sqlite_where=sa.text("relayed_at IS NULL"),
            postgresql_where=sa.text("relayed_at IS NULL"),
        ),
    )

    event: Mapped[str] = mapped_column(sa.String(60))
    subject_kind: Mapped[str] = mapped_column(sa.String(30))
    subject_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]] = mapped_column(JsonDict)
    request_id: Mapped[str] = mapped_column(sa.String(40), default="")
    created_at: Mapped[datetime]
    relayed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(sa.String(300), default="")


def stamp(at: datetime) -> str:
    """An instant as the log writes it: UTC, microseconds always, a Z at the end."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


_PLAIN = frozenset({str, int, bool})


def plain(value: Any) -> Any:
    """A value as the log can hold it: no floats, since two languages print them differently."""
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date | UUID | Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    msg = f"the log holds no {type(value).__name__}"
    raise TypeError(msg)


def record(
    rows: GatheredRows,
    event: Event,
    *,
    now: datetime,
    actor_id: UUID | None,
    actor_name: str,
    request_id: str,
    origin: str,
) -> tuple[UUID, UUID | None]:
    """Gather what one event leaves: its entry, the salts, and an obligation where somebody is to be told.

    Returns the ids of the entry and of the obligation.
    """
    entry_id = new_id(now)
    occurred_at = event.occurred_at or now
    actor = str(actor_id) if actor_id else None
    hidden: dict[str, str] = {}
    salt = os.urandom(16)
    salts = {"": salt}
    for name, value in event.part("personal").items():
        salts[name] = os.urandom(16)
        hidden[name] = salted_hash(salts[name], canonical(plain(value))).hex()
    details = plain(event.part("detail"))
    body = {
        "number": event.about.number,
        "actor_name": actor_name,
        "reason": event.reason,
        "details": details,
        "changes": {name: [plain(old), plain(new)] for name, (old, new) in event.changes.items()},
        "personal": hidden,
    }
    figures = plain(event.part("figure"))
    public = {
        "v": ENTRY_VERSION,
        "id": str(entry_id),
        "recorded_at": stamp(now),
        "occurred_at": stamp(occurred_at),
        "origin": origin,
        "actor": actor,
        "acting_for": str(event.acting_for) if event.acting_for else None,
        "role": event.role,
        "action": event.name,
        "class": event.about.kind,
        "object": str(event.about.id),
        "object_version": event.about.version,
        "unit": event.about.unit,
        "result": event.result,
        "request_id": request_id,
        "figures": figures,
        "body": salted_hash(salt, canonical(body)).hex(),
    }
    rows.add(
        AuditEntry,
        {
            "id": entry_id,
            "recorded_at": now,
            "occurred_at": occurred_at,
            "origin": origin,
            "action": event.name,
            "object_class": event.about.kind,
            "object_id": event.about.id,
            "actor_id": actor_id,
            "unit": event.about.unit,
            "public": public,
            "body": body,
        },
    )
    rows.add(AuditPending, {"entry_id": entry_id})
    for name, value in salts.items():
        rows.add(AuditSalt, {"entry_id": entry_id, "field": name, "salt": value})
    if not event.notifies or origin != NATIVE:
        return entry_id, None
    payload = {"figures": figures, "details": details, "number": event.about.number, "reason": event.reason}
    message_id = new_id(now)
    rows.add(
        OutboxMessage,
        {
            "id": message_id,
            "event": event.name,
            "subject_kind": event.about.kind,
            "subject_id": event.about.id,
            "payload": payload | {"entry": str(entry_id), "actor": actor},
            "request_id": request_id,
            "created_at": now,
        },
    )
    return entry_id, message_id
