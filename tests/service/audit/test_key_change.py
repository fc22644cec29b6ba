"""The log's signing key changes: both sign for a while, and an auditor who trusts the old one follows to the new."""

import stat
import uuid

import pytest
import sqlalchemy as sa

from tests.service.audit.mutations import unguarded
from tests.service.audit.test_mutations import found_by_check, found_by_package, move
from webapp.audit.checkpoints import SignerKey, open_checkpoint, sign, vouch
from webapp.audit.keys import CHANGE, PRIVATE, PUBLIC, LogKeys
from webapp.audit.models import AuditCheckpoint, AuditLeaf
from webapp.audit.queries import newest_head
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.audit.service_keys import add_key, retire_key
from webapp.core.errors import NotAllowedNow
from webapp.core.ledger import AuditEntry


@pytest.fixture
def keys(office):
    return LogKeys(office.call.ports.need_key_dir())


def goes_on(office, case=None):
    move(office.call, office, [case or uuid.uuid4()], range(1), ["draft"])
    sequence(office.call)
    return sign_head(office.call, at_once=True)


def signers(note, keys):
    return open_checkpoint(note, keys.verifiers())[1]


def test_both_keys_sign_until_the_old_one_is_retired(office, keys):
    (old,) = keys.verifiers()
    new = add_key(office.call)
    assert new.name == old.name, "the log keeps its name"
    assert signers(goes_on(office), keys) == [old, new]
    with pytest.raises(NotAllowedNow, match="key_change_under_way"):
        add_key(office.call)
    assert retire_key(office.call) == new
    assert signers(goes_on(office), keys) == [new]
    assert keys.verifiers() == [old, new], "public keys are kept for ever"
    with pytest.raises(NotAllowedNow, match="no_key_change_under_way"):
        retire_key(office.call)
    assert found_by_check(office) == ()


def test_the_change_is_a_leaf_of_the_log(office):
    new = add_key(office.call)
    query = sa.select(AuditEntry.public).join(AuditLeaf, AuditLeaf.entry_id == AuditEntry.id)
    with office.call.read() as session:
        public = session.scalars(query.where(AuditEntry.action == "log.key_added")).one()
    assert public["figures"] == {"key": str(new)}


@pytest.mark.parametrize("changes", [1, 3])
def test_an_auditor_who_holds_a_checkpoint_of_the_old_key_follows_to_the_new_one(
    office,
    keys,
    changes,
    tmp_path,
    capsys,
):
    for _ in range(changes):
        add_key(office.call)
        assert found_by_package(office, tmp_path, capsys) == [], "while both sign"
        retire_key(office.call)
        goes_on(office)
    assert len(keys.verifiers()) == changes + 1
    assert found_by_package(office, tmp_path, capsys) == []
    assert found_by_check(office) == ()


def stolen_desk(office):
    """Somebody without the old key, but with every right on database and folder, makes a key of his own."""
    folder = office.call.ports.need_key_dir()
    name = LogKeys(folder).verifiers()[0].name
    false = SignerKey.generate(name)
    with (folder / PUBLIC).open("a", encoding="utf-8") as file:
        file.write(f"{false.verifier}\n")
    (folder / PRIVATE).write_text(false.dump() + "\n", "utf-8")
    return folder, false


def test_a_key_the_old_one_does_not_vouch_for_is_not_believed(office, tmp_path, capsys):
    stolen_desk(office)
    goes_on(office)
    assert any("same key" in line for line in found_by_package(office, tmp_path, capsys))


def test_a_false_key_that_vouches_for_itself_is_not_believed(office, tmp_path, capsys):
    folder, false = stolen_desk(office)
    (folder / CHANGE.format(2)).write_text(vouch(false, []), "utf-8")
    goes_on(office)
    assert any("same key" in line for line in found_by_package(office, tmp_path, capsys))


def test_an_old_checkpoint_with_a_second_signature_vouches_for_nothing(office, tmp_path, capsys):
    folder, false = stolen_desk(office)
    with office.call.read() as session:
        real = newest_head(session)
    head = open_checkpoint(real.note, LogKeys(folder).verifiers())[0]
    (folder / CHANGE.format(2)).write_text(real.note + false.line(head.body()), "utf-8")
    goes_on(office)
    assert any("same key" in line or "damaged" in line for line in found_by_package(office, tmp_path, capsys))


def test_a_change_of_keys_cut_out_of_the_log_is_found(office, tmp_path, capsys):
    add_key(office.call)
    with unguarded(office.call.db) as session:
        leaf = session.scalars(
            sa.select(AuditLeaf).join(AuditEntry, AuditEntry.id == AuditLeaf.entry_id)
            .where(AuditEntry.action == "log.key_added")
        ).one()  # fmt: skip
        entry = session.get(AuditEntry, leaf.entry_id)
        entry.public = entry.public | {"figures": {"key": "another"}}
    assert found_by_package(office, tmp_path, capsys)
    assert found_by_check(office)


def test_the_private_key_is_its_owner_s_and_the_public_files_are_everybody_s(office):
    add_key(office.call)
    retire_key(office.call)
    folder = office.call.ports.need_key_dir()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.glob("log-*")}
    assert modes.pop(PRIVATE) == 0o600
    assert set(modes.values()) == {0o644}
    assert len(modes) == 3


def test_a_signature_of_a_later_key_is_ignored_by_whoever_knows_only_the_first(office, keys):
    (old,) = keys.verifiers()
    add_key(office.call)
    head, by = open_checkpoint(goes_on(office), [old])
    assert by == [old]
    assert sign(head, keys.signers()).count("\N{EM DASH}") == 2
    with office.call.read() as session:
        assert session.get(AuditCheckpoint, head.size).root == head.root
