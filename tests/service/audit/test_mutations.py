"""Sixty changes made with every right on the database, under a checkpoint the auditor already holds.

Each is found by the verification program on a package made afterwards, or by the check of the whole log; the
auditor's own checkpoint is the only thing the person at the database cannot reach.
"""

import io
import json
import random
import uuid
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
import sqlalchemy as sa

from webapp.audit import verify
from webapp.audit.models import AuditCheckpoint, AuditHead, AuditLeaf, AuditTile
from webapp.audit.reconcile import LiveRow, Reconciler
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.audit.service_check import check
from webapp.audit.states import Fault
from webapp.core.errors import NotAllowedNow
from webapp.core.events import Event, Subject, detail, figure
from webapp.core.i18n import N_
from webapp.core.ledger import AuditEntry, AuditPending, AuditSalt
from webapp.core.tree import canonical, leaf_hash
from webapp.core.tx import command
from webapp.digests import package, service

ENTRIES = 40
KINDS = ("edit", "edit_and_rehash", "delete", "insert", "reorder", "rewrite_tail", "truncate", "roll_back",
         "body", "live_row")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CaseMoved(Event):
    name: ClassVar[str] = "case.moved"
    label: ClassVar[str] = N_("测试")
    persons: int = figure()
    text: str = detail("")


@dataclass
class Office:
    """The log of a few cases, the cases' live rows, and what the auditor has in the safe."""

    call: object
    trusted: str = ""
    digest: object = None
    rows: dict = field(default_factory=dict)

    def reconcilers(self):
        live = [
            LiveRow(id=key, version=version, fields={"state": state})
            for key, (version, state) in self.rows.items()
        ]
        return [Reconciler("case", lambda _session: live)]


@command
def move(tx, office, cases, numbers, states):
    for number in numbers:
        case, version, state = (
            cases[number % len(cases)],
            number // len(cases) + 1,
            states[number % len(states)],
        )
        about = Subject("case", case, version, "swj", f"案{number}")
        tx.record(
            CaseMoved(about=about, persons=number, text=f"外事 {number}", changes={"state": ("", state)})
        )
        office.rows[case] = (version, state)


@pytest.fixture
def office(call, clock):
    made = Office(call)
    cases = [uuid.uuid4() for _ in range(8)]
    move(call, made, cases, range(ENTRIES), ["draft", "in_review", "approved"])
    clock.set(clock.now().replace(month=4, day=1))
    made.digest = service.build(call, "2026-03")
    sequence(call)
    made.trusted = sign_head(call, at_once=True)
    move(call, made, cases, range(ENTRIES, ENTRIES + 8), ["closed"])  # life goes on after the auditor's visit
    sequence(call)
    sign_head(call, at_once=True)
    return made


def found_by_package(office, tmp_path, capsys):
    """Run the program on a package of now, as the auditor does; return its complaints."""
    path, trusted = tmp_path / "digest.zip", tmp_path / "checkpoint.txt"
    trusted.write_text(office.trusted, "utf-8")
    out = io.BytesIO()
    try:
        package.write(office.call, office.digest, out)
    except NotAllowedNow:
        return ["no signed head"]
    path.write_bytes(out.getvalue())
    code = verify.main([str(path), "--trusted", str(trusted)])
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert bool(code) == bool(said)
    return said


def found_by_check(office):
    return check(office.call, office.reconcilers(), [office.trusted]).problems


def test_an_untouched_log_passes_both_checks(office, tmp_path, capsys):
    assert found_by_package(office, tmp_path, capsys) == []
    assert found_by_check(office) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_behind_the_program_s_back_is_found(office, kind, tmp_path, capsys):
    rows, before = dict(office.rows), snapshot(office.call.db)
    for seed in range(6):
        with office.call.db.write() as session:
            MUTATIONS[kind](office, session, random.Random(f"{kind}-{seed}"), seed)
            session.commit()
        by_package, by_check = found_by_package(office, tmp_path, capsys), found_by_check(office)
        assert by_check, f"the check of the whole log found nothing ({kind}, {seed})"
        if kind not in {"live_row", "body"} and not (kind == "insert" and seed % 2):
            assert by_package, f"the verification program found nothing ({kind}, {seed})"
        restore(office.call.db, before)
        office.rows = dict(rows)
    assert found_by_check(office) == ()


TABLES = [
    model.__table__
    for model in (AuditEntry, AuditSalt, AuditPending, AuditLeaf, AuditTile, AuditHead, AuditCheckpoint)
]


def snapshot(db):
    with db.read() as session:
        return [[dict(row) for row in session.execute(sa.select(table)).mappings()] for table in TABLES]


def restore(db, before):
    """The database as it was: a new one for each of the sixty changes would only cost time."""
    with db.write() as session:
        for table in reversed(TABLES):
            session.execute(sa.delete(table))
        for table, rows in zip(TABLES, before, strict=True):
            if rows:
                session.execute(sa.insert(table), rows)
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


MUTATIONS = {name: globals()[name] for name in KINDS}


def test_the_first_bad_entry_is_named(office, tmp_path, capsys):
    with office.call.db.write() as session:
        entry = entry_at(session, 17)
        entry.public = entry.public | {"result": "refused"}
        session.commit()
    report = check(office.call, office.reconcilers())
    assert report.first_bad == 17
    assert report.problems[0].fault is Fault.ENTRY_ALTERED
    assert any("第 17 号" in line for line in found_by_package(office, tmp_path, capsys))


def test_a_database_put_back_is_found_by_the_folder_of_keys_alone(office):
    with office.call.db.write() as session:
        cut(session, 20)
        session.commit()
    faults = {problem.fault for problem in check(office.call).problems}
    assert Fault.CUT_OFF in faults


def test_a_head_signed_with_another_key_is_not_believed(office, tmp_path, capsys):
    folder = office.call.ports.need_key_dir()
    (folder / "log-signing.key").unlink()
    with office.call.db.write() as session:
        entry_at(session, 3).public = forged(entry_at(session, 3).public, random.Random(1))
        rehash(session)
        session.execute(sa.delete(AuditCheckpoint))
        session.commit()
    move(office.call, office, [uuid.uuid4()], range(1), ["draft"])
    sequence(office.call)
    sign_head(office.call, at_once=True)
    said = found_by_package(office, tmp_path, capsys)
    assert any("same key" in line for line in said)
    assert any("rolled back" in line for line in said)
