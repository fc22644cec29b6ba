"""The change of the key that seals passport and ID numbers, while the office works: no read fails meanwhile.

A new key seals from the moment it is in the ring; older ones go on opening. Then every sealed value is opened and
sealed anew, and its blind index made anew with it, a batch a transaction, each only if nobody changed it in between;
whoever looks for a number meanwhile looks under every key's index. When nothing is sealed by an older
key any more, and no transaction can still be under way that began before, older keys may be forgotten.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.core.db import Base
from webapp.core.errors import NotAllowedNow, sentences
from webapp.core.events import Event, Subject
from webapp.core.i18n import N_
from webapp.core.tx import Call, Tx, command
from webapp.core.vault import INDEX, SEALED, VaultError, prefix
from webapp.operations.events import FieldKeyAdded, FieldKeysDropped, FieldsResealed

BATCH = 200
#: No transaction of ours lives so long: a value sealed by an older key is committed by then, and found.
SETTLED_AFTER = timedelta(minutes=10)
#: The key ring as an object of the log: there is one, and it has no row.
THE_RING = Subject(kind="system", id=UUID(int=2), number="fields")

sentences(
    {
        "values_with_older_keys": N_(
            "还有 %(count)s 个值用旧密钥加密，旧密钥没有删除。请先运行 keys reseal。"
        ),
        "key_change_too_fresh": N_("新密钥启用不到 10 分钟，可能还有事务在用旧密钥，请稍后再删除。"),
        "no_older_keys": N_("没有旧密钥。"),
    }
)


@dataclass(frozen=True)
class Resealed:
    """How many values are sealed by the new key since, and how many did not open and were left as they are."""

    key: str
    rows: int
    unreadable: int


@dataclass(frozen=True)
class _Column:
    table: sa.Table
    column: sa.Column[str]
    place: str
    index: str

    def older_than(self, key: str) -> sa.ColumnElement[bool]:
        return self.column.is_not(None) & (self.column != "") & ~self.column.startswith(prefix(key))


def sealed_columns() -> Iterator[_Column]:
    """Every column that says it holds sealed values."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if SEALED in column.info:
                yield _Column(table, column, column.info[SEALED], column.info.get(INDEX, ""))


def add_key(call: Call) -> str:
    """Let a new key seal from now on; returns its name."""
    vault = call.ports.need_vault()
    name = vault.add_key(call.clock.now())
    _record(call, FieldKeyAdded(about=THE_RING, key=name))
    return name


def reseal(call: Call) -> Resealed:
    """Seal every value anew that an older key sealed. May be broken off and begun again at any time."""
    key = call.ports.need_vault().ring.current
    rows = unreadable = 0
    for place in sealed_columns():
        last: UUID | None = None
        while True:
            done, bad, last = _batch(call, place, key, last)
            rows, unreadable = rows + done, unreadable + bad
            if last is None:
                break
    _record(call, FieldsResealed(about=THE_RING, key=key, rows=rows, unreadable=unreadable))
    return Resealed(key, rows, unreadable)


def drop_older_keys(call: Call) -> list[str]:
    """Forget the older keys. Raises NotAllowedNow while a value may still need one."""
    vault = call.ports.need_vault()
    ring = vault.ring
    if len(ring.keys) == 1:
        raise NotAllowedNow("no_older_keys")
    if ring.since is not None and call.clock.now() - ring.since < SETTLED_AFTER:
        raise NotAllowedNow("key_change_too_fresh")
    with call.read() as session:
        count = _older(session, ring.current)
    if count:
        raise NotAllowedNow("values_with_older_keys", count=count)
    names = ", ".join(name for name in ring.keys if name != ring.current)
    _record(call, FieldKeysDropped(about=THE_RING, keys=names))
    return vault.drop_keys()


def _older(session: Session, key: str) -> int:
    counts = (
        sa.select(sa.func.count()).select_from(place.table).where(place.older_than(key))
        for place in sealed_columns()
    )
    return sum(session.scalar(query) or 0 for query in counts)


@command
def _batch(tx: Tx, place: _Column, key: str, last: UUID | None) -> tuple[int, int, UUID | None]:
    """Seal the next values anew; returns how many, how many did not open, and the last row looked at."""
    vault = tx.call.ports.need_vault()
    row_id = place.table.c.id
    query = sa.select(row_id, place.column).where(place.older_than(key)).order_by(row_id).limit(BATCH)
    rows = tx.session.execute(query if last is None else query.where(row_id > last)).all()
    done = bad = 0
    for found_id, old in rows:
        bound = f"{place.place}:{found_id}"
        try:
            text = vault.open(old, bound)
        except VaultError:
            bad += 1
            continue
        new = {place.column.name: vault.seal(text, bound)}
        if place.index:
            new[place.index] = vault.index(text, place.place, new[place.column.name])
        unchanged = (row_id == found_id) & (place.column == old)
        tx.session.execute(sa.update(place.table).where(unchanged).values(new))
        done += 1
    return done, bad, rows[-1][0] if rows else None


@command
def _record(tx: Tx, event: Event) -> None:
    tx.record(event)
