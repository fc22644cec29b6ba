"""Pages of uploaded files as pictures: wanted with the upload, drawn once, shown to whoever may see the file."""

import io
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.unit.attachments.test_drawing_pages import pdf, picture
from tests.unit.attachments.test_what_may_be_stored import DOCX, archive
from webapp.attachments import queries_preview, service, service_preview
from webapp.attachments.commands import Attach, Detach, Download
from webapp.attachments.models import Preview, PreviewPage
from webapp.attachments.states import PREVIEWS_BELL, PreviewReason, PreviewState
from webapp.core.errors import NotFound
from webapp.core.events import Subject
from webapp.core.ids import new_id
from webapp.core.ledger import AuditEntry


class Bell:
    def __init__(self):
        self.rung = []

    def ring(self):
        self.rung.append("mail")

    def send(self, task, queue):
        self.rung.append((task, queue))


@pytest.fixture
def owner(clock):
    return Subject(kind="trip", id=new_id(clock.now()), unit="swj", number="CG-2026-001")


def put(call, owner, name="邀请函.pdf", data=None):
    received = service.receive(call, name, io.BytesIO(pdf(2) if data is None else data))
    return service.attach(
        call, Attach(owner=owner, unit_path="jh/swj/", document_type="invitation", file=received)
    )


def look(call, owner, row):
    return service.view(call, Download(owner=owner, attachment_id=row.id))


def count(call, action):
    with call.read() as session:
        return session.scalar(sa.select(sa.func.count()).where(AuditEntry.action == action))


def test_an_upload_rings_for_its_preview_and_waits_until_it_is_drawn(call, owner):
    bell = Bell()
    row = put(replace(call, wake=bell), owner)
    assert bell.rung == [PREVIEWS_BELL]
    shown = look(call, owner, row)
    assert (shown.preview.state, list(shown.pages)) == (PreviewState.WAITING, [])
    assert service_preview.render_due(call, seconds=30) == 1
    shown = look(call, owner, row)
    assert [page.page_no for page in shown.pages] == [1, 2]
    for page in shown.pages:
        with call.ports.need_storage().open(page.sha256) as stored:
            assert stored.read(4) == b"RIFF"


def test_nothing_is_drawn_twice_and_a_second_ring_finds_nothing(call, owner):
    put(call, owner)
    put(call, owner, "照片.png", picture())
    assert service_preview.render_due(call, seconds=30) == 2
    assert service_preview.render_due(call, seconds=30) == 0
    assert count(call, "preview.made") == 2


def test_a_word_document_has_no_preview_and_says_so(call, owner):
    row = put(call, owner, "日程.docx", archive(DOCX))
    assert look(call, owner, row).preview is None


@pytest.mark.parametrize(
    ("data", "state", "reason", "pages"),
    [
        (pdf(61), PreviewState.REFUSED, PreviewReason.TOO_MANY_PAGES, 61),
        (b"%PDF-1.7\nnothing\n%%EOF", PreviewState.FAILED, PreviewReason.DAMAGED, 0),
    ],
)
def test_what_cannot_be_drawn_is_kept_with_its_reason(call, owner, data, state, reason, pages):
    row = put(call, owner, data=data)
    service_preview.render_due(call, seconds=30)
    shown = look(call, owner, row)
    assert (shown.preview.state, shown.preview.reason, shown.preview.page_count) == (state, reason, pages)
    assert count(call, "attachment.viewed") == 0


def test_opening_the_pages_is_logged_like_a_download(call, owner, make_actor):
    row = put(call, owner)
    service_preview.render_due(call, seconds=30)
    reader = make_actor(unit="swj")
    look(call.as_actor(reader), owner, row)
    with call.read() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "attachment.viewed")).one()
    assert entry.actor_id == reader.account_id
    assert entry.public["figures"]["sha256"] == row.sha256


def test_a_page_is_found_only_through_the_file_of_its_owner(call, owner, clock):
    row = put(call, owner)
    service_preview.render_due(call, seconds=30)
    page = look(call, owner, row).pages[0]
    with call.read() as session:
        assert queries_preview.picture(session, "trip", owner.id, row.id, page.sha256).page_no == 1
        with pytest.raises(NotFound):
            queries_preview.picture(session, "trip", new_id(clock.now()), row.id, page.sha256)
        with pytest.raises(NotFound):
            queries_preview.picture(session, "trip", owner.id, row.id, row.sha256)
    service.detach(call, Detach(owner=owner, attachment_id=row.id))
    with call.read() as session, pytest.raises(NotFound):
        queries_preview.picture(session, "trip", owner.id, row.id, page.sha256)


def test_a_file_taken_away_before_it_was_drawn_is_left_alone(call, owner):
    row = put(call, owner)
    service.detach(call, Detach(owner=owner, attachment_id=row.id))
    assert service_preview.render_due(call, seconds=30) == 0


def test_a_worker_that_died_is_followed_by_another_and_the_third_death_is_the_last(call, owner, clock):
    row = put(call, owner)
    first = service_preview.claim(call)
    assert service_preview.claim(call) is None, "one file at a time, while the lease runs"
    for _ in range(2):
        clock.advance(timedelta(seconds=61))
        assert service_preview.claim(call) is not None
    clock.advance(timedelta(seconds=61))
    assert service_preview.claim(call) is None
    shown = look(call, owner, row)
    assert (shown.preview.state, shown.preview.reason) == (PreviewState.FAILED, PreviewReason.INTERRUPTED)
    service_preview.settle(call, first, service_preview.draw(call.ports.need_storage(), first))
    assert look(call, owner, row).preview.state is PreviewState.FAILED, "a late answer changes nothing"


def test_many_workers_at_once_draw_each_file_once(call, owner):
    rows = [put(call, owner, f"函{number}.pdf", pdf(1) + b"\n" * number + b"%%EOF") for number in range(4)]
    threads = [
        threading.Thread(target=service_preview.render_due, args=(call,), kwargs={"seconds": 30})
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    service_preview.render_due(call, seconds=30)
    with call.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PreviewPage)) == len(rows)
        assert set(session.scalars(sa.select(Preview.attempts))) == {1}
