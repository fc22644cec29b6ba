"""What somebody with every right on the database may do to the log, in sixty variations."""

import json
import uuid
from contextlib import contextmanager

import sqlalchemy as sa

from webapp.audit.models import AuditCheckpoint, AuditHead, AuditLeaf, AuditTile
from webapp.core.ledger import AuditEntry, AuditPending, AuditSalt
from webapp.core.tree import canonical, leaf_hash

ENTRIES = 40  # what the auditor's checkpoint covers


@contextmanager
def unguarded(db):
    """A session of somebody who takes the log's triggers away first and lays them down again afterwards."""
    with db.write() as session:
        if db.is_sqlite:
            triggers = session.execute(
                sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            ).all()
            before = [f"DROP TRIGGER {name}" for name, _ in triggers]
            after = [sql for _, sql in triggers]
        else:
            tables = [
                table for table in sa.inspect(db.engine).get_table_names() if table.startswith("audit_")
            ]
            before = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
            after = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]
        for statement in before:
            session.execute(sa.text(statement))
        yield session
        session.flush()
        for statement in after:
            session.execute(sa.text(statement))
        session.commit()


def entry_at(session, number):
    return session.scalars(
        sa.select(AuditEntry)
        .join(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)
        .filter(AuditLeaf.number == number)
    ).one()


def forged(public, chance):
    """The same entry with one thing changed, as somebody with a motive would."""
    changed = json.loads(canonical(public))
    match chance.randrange(5):
        case 0:
            changed["figures"]["persons"] += 1
        case 1:
            changed["actor"] = str(uuid.uuid4())
        case 2:
            changed["recorded_at"] = "2026-03-01T00:00:00.000000Z"
        case 3:
            changed["result"] = "refused"
        case 4:
            changed["object"] = str(uuid.uuid4())
    return changed


def edit(office, session, chance, seed):
    entry = entry_at(session, chance.randrange(ENTRIES))
    entry.public = forged(entry.public, chance)


def edit_and_rehash(office, session, chance, seed):
    number = chance.randrange(ENTRIES)
    entry = entry_at(session, number)
    entry.public = forged(entry.public, chance)
    rehash(session)


def rehash(session):
    """Make leaves and tiles fit the entries again, as somebody who knows the program would."""
    hashes = []
    for leaf in session.scalars(sa.select(AuditLeaf).order_by(AuditLeaf.number)):
        leaf.hash = leaf_hash(canonical(session.get(AuditEntry, leaf.entry_id).public))
        hashes.append(leaf.hash)
    session.get(AuditTile, (0, 0)).hashes = b"".join(hashes)
    session.get(AuditHead, 1).size = len(hashes)


def delete(office, session, chance, seed):
    number = chance.randrange(ENTRIES)
    entry = entry_at(session, number)
    leaf = session.scalars(sa.select(AuditLeaf).filter_by(number=number)).one()
    session.delete(leaf)
    session.flush()
    session.execute(sa.delete(AuditSalt).where(AuditSalt.entry_id == entry.id))
    session.delete(entry)
    session.flush()
    if seed % 2:  # close the gap
        for later in session.scalars(
            sa.select(AuditLeaf).filter(AuditLeaf.number > number).order_by(AuditLeaf.number)
        ):
            session.execute(
                sa.update(AuditLeaf).filter_by(number=later.number).values(number=later.number - 1)
            )
        session.expire_all()
        rehash(session)


def copy_of(entry, chance):
    fresh = uuid.uuid4()
    public = forged(entry.public, chance) | {"id": str(fresh)}
    return AuditEntry(
        id=fresh, recorded_at=entry.recorded_at, occurred_at=entry.occurred_at, origin=entry.origin,
        action=entry.action, object_class=entry.object_class, object_id=uuid.UUID(public["object"]),
        actor_id=entry.actor_id, unit=entry.unit, public=public, body=entry.body,
    )  # fmt: skip


def insert(office, session, chance, seed):
    number = chance.randrange(ENTRIES)
    made = copy_of(entry_at(session, number), chance)
    session.add(made)
    session.flush()
    if seed % 2:
        return  # an entry that was never numbered
    for leaf in session.scalars(
        sa.select(AuditLeaf).filter(AuditLeaf.number >= number).order_by(AuditLeaf.number.desc())
    ):
        session.execute(sa.update(AuditLeaf).filter_by(number=leaf.number).values(number=leaf.number + 1))
    session.expire_all()
    session.add(AuditLeaf(number=number, entry_id=made.id, hash=b""))
    session.flush()
    rehash(session)


def reorder(office, session, chance, seed):
    one, other = sorted(chance.sample(range(ENTRIES), 2))
    first, second = (session.scalars(sa.select(AuditLeaf).filter_by(number=n)).one() for n in (one, other))
    kept = (first.entry_id, first.hash), (second.entry_id, second.hash)
    session.execute(sa.delete(AuditLeaf).where(AuditLeaf.number == other))
    session.execute(sa.update(AuditLeaf).filter_by(number=one).values(entry_id=kept[1][0], hash=kept[1][1]))
    session.execute(sa.insert(AuditLeaf).values(number=other, entry_id=kept[0][0], hash=kept[0][1]))
    session.expire_all()
    if seed % 2:
        rehash(session)


def rewrite_tail(office, session, chance, seed):
    start = chance.randrange(ENTRIES)
    for number in range(start, ENTRIES):
        entry = entry_at(session, number)
        entry.public = forged(entry.public, chance)
    rehash(session)
    session.execute(sa.delete(AuditCheckpoint).where(AuditCheckpoint.size > start))


def cut(session, keep):
    """Remove everything from entry `keep` on, with every trace in the log's own tables."""
    gone = session.scalars(sa.select(AuditLeaf.entry_id).filter(AuditLeaf.number >= keep)).all()
    session.execute(sa.delete(AuditLeaf).where(AuditLeaf.number >= keep))
    session.execute(sa.delete(AuditSalt).where(AuditSalt.entry_id.in_(gone)))
    session.execute(sa.delete(AuditPending))
    session.execute(sa.delete(AuditEntry).where(AuditEntry.id.in_(gone)))
    session.execute(sa.delete(AuditCheckpoint).where(AuditCheckpoint.size > keep))
    rehash(session)


def truncate(office, session, chance, seed):
    cut(session, chance.randrange(1, ENTRIES))


def roll_back(office, session, chance, seed):
    """The database of an earlier day, live rows and all."""
    keep = chance.randrange(8, ENTRIES)
    cut(session, keep)
    for number in range(keep):
        public, body = entry_at(session, number).public, entry_at(session, number).body
        office.rows[uuid.UUID(public["object"])] = (public["object_version"], body["changes"]["state"][1])


def body(office, session, chance, seed):
    entry = entry_at(session, chance.randrange(ENTRIES))
    if seed % 3 == 0:
        entry.body = {**entry.body, "reason": "另有原因"}
    elif seed % 3 == 1:
        entry.body = None
    else:
        entry.unit = "jyj"  # a column people search by, but not the signed part


def live_row(office, session, chance, seed):
    case = chance.choice(sorted(office.rows))
    version, state = office.rows[case]
    match seed % 4:
        case 0:
            office.rows[case] = (version, "approved")
        case 1:
            office.rows[case] = (version + 1, state)
        case 2:
            del office.rows[case]
        case 3:
            office.rows[uuid.uuid4()] = (1, "approved")


MUTATIONS = {
    made.__name__: made
    for made in (
        edit, edit_and_rehash, delete, insert, reorder, rewrite_tail, truncate, roll_back, body, live_row,
    )
}  # fmt: skip
