"""Files that belong to something: received, versioned, handed out with a trace, limited."""

import io
from dataclasses import replace

import pytest
import sqlalchemy as sa

from webapp.attachments import queries, rules, service
from webapp.attachments.commands import Attach, Detach, Download
from webapp.core.errors import Invalid, NotFound
from webapp.core.events import Subject
from webapp.core.ids import new_id
from webapp.core.ledger import AuditEntry
from webapp.core.scanner import CommandScanner

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def owner(clock):
    return Subject(kind="trip", id=new_id(clock.now()), unit="swj", number="CG-2026-001")


def put(call, owner, name="邀请函.pdf", data=PDF, replaces=None):
    received = service.receive(call, name, io.BytesIO(data))
    return service.attach(
        call,
        Attach(
            owner=owner, unit_path="jh/swj/", document_type="invitation", file=received, replaces=replaces
        ),
    )


def actions(call):
    with call.read() as session:
        return list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_file_comes_back_as_it_went_in_under_its_chinese_name(call, owner):
    row = put(call, owner)
    with call.ports.need_storage().open(row.sha256) as stored:
        assert stored.read() == PDF
    assert (row.name, row.size, row.version_no) == ("邀请函.pdf", len(PDF), 1)


def test_the_same_content_is_kept_once_and_the_folder_holds_no_name_of_the_sender(call, owner, tmp_path):
    put(call, owner)
    put(call, owner, name="另一份.pdf")
    files = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].name == put(call, owner).sha256


def test_a_new_version_replaces_the_old_one_which_stays_readable(call, owner):
    first = put(call, owner)
    second = put(call, owner, name="邀请函 修订.pdf", data=PDF + b"%%EOF", replaces=first.id)
    with call.read() as session:
        assert [row.id for row in queries.of_owner(session, "trip", owner.id)] == [second.id]
        assert queries.one(session, "trip", owner.id, first.id).version_no == 1
        assert [row.version_no for row in queries.versions(session, first.series_id)] == [2, 1]


def test_every_download_is_logged_with_the_digest(call, make_actor, owner):
    row = put(call, owner)
    reader = make_actor(unit="swj")
    service.download(call.as_actor(reader), Download(owner=owner, attachment_id=row.id))
    with call.read() as session:
        entry = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "attachment.downloaded")
        ).one()
    assert entry.actor_id == reader.account_id
    assert entry.public["figures"]["sha256"] == row.sha256
    assert "邀请函" not in str(entry.public)


def test_a_file_of_another_owner_is_not_found(call, owner, clock):
    row = put(call, owner)
    other = Subject(kind="trip", id=new_id(clock.now()))
    with pytest.raises(NotFound):
        service.download(call, Download(owner=other, attachment_id=row.id))
    with pytest.raises(NotFound):
        service.detach(call, Detach(owner=other, attachment_id=row.id))


def test_a_removed_file_is_gone_for_readers_but_stays_in_the_log(call, owner):
    row = put(call, owner)
    service.detach(call, Detach(owner=owner, attachment_id=row.id))
    with call.read() as session, pytest.raises(NotFound):
        queries.one(session, "trip", owner.id, row.id)
    assert actions(call)[-2:] == ["attachment.added", "attachment.removed"]


def test_an_owner_holds_at_most_its_limit(call, owner, monkeypatch):
    put(call, owner)
    monkeypatch.setattr(service, "MAX_OWNER_BYTES", len(PDF) + 10)
    with pytest.raises(Invalid) as caught:
        put(call, owner)
    assert "200 MB" in caught.value.fields["file"][0]


def test_a_unit_holds_at_most_its_limit_over_all_its_owners(call, owner, clock, monkeypatch):
    put(call, owner)
    monkeypatch.setattr(service, "MAX_UNIT_BYTES", len(PDF) + 10)
    with pytest.raises(Invalid):
        put(call, Subject(kind="trip", id=new_id(clock.now())))


def test_a_refused_upload_leaves_no_file_and_says_why(call, tmp_path):
    with pytest.raises(Invalid) as caught:
        service.receive(call, "a.pdf", io.BytesIO(b"MZ not a pdf"))
    assert caught.value.fields["file"]
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


@pytest.mark.parametrize(("code", "said"), [(1, "infected"), (2, "scan_failed")])
def test_what_the_scanner_does_not_pass_is_not_kept_and_leaves_an_entry(call, tmp_path, code, said):
    scanned = replace(call, ports=replace(call.ports, scanner=CommandScanner(f"sh -c 'exit {code}'")))
    with pytest.raises(Invalid) as caught:
        service.receive(scanned, "邀请函.pdf", io.BytesIO(PDF))
    assert caught.value.fields["file"] == [rules.REFUSALS[said]]
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    with call.read() as session:
        entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.public["figures"]["code"]) == ("attachment.refused", said)
    assert "邀请函" not in str(entry.public)


@pytest.mark.parametrize("name", ["../x", "a" * 63, "G" * 64, ""])
def test_the_storage_opens_nothing_but_digests(call, name):
    with pytest.raises(NotFound):
        call.ports.need_storage().open(name)


def test_every_refusal_has_a_sentence():
    assert all(text.endswith("。") for text in rules.REFUSALS.values())
