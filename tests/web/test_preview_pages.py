"""Reading a file on a phone: the page of pictures, its headers, and who does not get it."""

import io
import re

import pytest
import sqlalchemy as sa

from tests import cases, factories
from tests.trip_stories import Office, draft
from tests.unit.attachments.test_drawing_pages import pdf
from webapp.accounts.models import Account
from webapp.attachments import service, service_preview
from webapp.core.permissions import Role
from webapp.incidents.kinds import DutyKind
from webapp.incidents.states import Secrecy
from webapp.trips import service_draft
from webapp.trips.commands_sections import DocumentType


@pytest.fixture
def office(call, make_actor):
    return Office(call, make_actor)


@pytest.fixture
def filed(office, call):
    """A draft with a two-page invitation; its number and the file."""
    trip = draft(office.clerk)
    received = service.receive(call, "邀请函.pdf", io.BytesIO(pdf(2)))
    row = service_draft.add_file(office.clerk, trip.ref, DocumentType.INVITATION, received)
    return trip.ref, row


def text(answer):
    return answer.get_data(as_text=True)


def test_the_clerk_sees_the_pages_one_below_the_other_after_a_short_wait(client, call, filed):
    ref, row = filed
    clerk = client(Role.CLERK)
    address = f"/trips/{ref}/files/{row.id}/pages"
    assert "正在生成预览" in text(clerk.get(address))
    service_preview.render_due(call, seconds=60)
    page = text(clerk.get(address))
    pictures = re.findall(
        r'<img src="([^"]+)" width="1240" height="\d+"( loading="lazy")? alt="([^"]+)"', page
    )
    assert [bool(lazy) for _, lazy, _ in pictures] == [False, True]
    assert "邀请函.pdf，第 2 页，共 2 页" in pictures[1][2]
    answer = clerk.get(pictures[1][0])
    assert answer.mimetype == "image/webp"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == "inline"


def test_the_trip_links_the_pages_and_the_original(client, filed):
    ref, row = filed
    page = text(client(Role.CLERK).get(f"/trips/{ref}"))
    assert f"/trips/{ref}/files/{row.id}/pages" in page
    assert f'href="/trips/{ref}/files/{row.id}" download' in page


def test_another_unit_finds_neither_the_pages_nor_a_picture(client, call, filed):
    ref, row = filed
    service_preview.render_due(call, seconds=60)
    page = text(client(Role.CLERK).get(f"/trips/{ref}/files/{row.id}/pages"))
    picture = re.search(r'<img src="([^"]+)"', page)[1]
    stranger = client(Role.CLERK, unit="jyj")
    assert stranger.get(f"/trips/{ref}/files/{row.id}/pages").status_code == 404
    assert stranger.get(picture).status_code == 404


def test_a_digest_that_is_no_page_of_the_file_is_not_found(client, call, filed):
    ref, row = filed
    service_preview.render_due(call, seconds=60)
    clerk = client(Role.CLERK)
    assert clerk.get(f"/trips/{ref}/files/{row.id}/pages/{row.sha256}").status_code == 404
    assert clerk.get(f"/trips/{ref}/files/{row.id}/pages/..%2f..%2fsecret").status_code == 404


def test_a_file_with_too_many_pages_says_so_instead_of_showing_nothing(client, call, office):
    trip = draft(office.clerk)
    received = service.receive(call, "总结.pdf", io.BytesIO(pdf(61)))
    row = service_draft.add_file(office.clerk, trip.ref, DocumentType.OTHER, received)
    service_preview.render_due(call, seconds=60)
    page = text(client(Role.CLERK).get(f"/trips/{trip.ref}/files/{row.id}/pages"))
    assert "页数超过 60 页" in page
    assert "这份文件有 61 页" in page
    assert "<img" not in page


def test_a_cases_receipt_is_read_by_who_may_read_the_case_and_hidden_where_only_existence_is_known(
    client, call, clock
):
    cases.office(call)
    clock.set(cases.at("2026-09-30T17:00"))
    reader = client(Role.INCIDENT_LEAD, unit="wb", login="limei")
    with call.read() as session:
        account_id = session.scalar(sa.select(Account.id).where(Account.login == "limei"))
        lead = call.as_actor(factories.accounts_actor(session, account_id))
    number = cases.registered(lead, clock).number
    cases.level(lead, number, secrecy=Secrecy.EXISTENCE_ONLY)
    receipt = service.receive(call, "回执.pdf", io.BytesIO(pdf(1)))
    cases.notice(lead, number, DutyKind.CONSULAR_NOTICE, file=receipt)
    service_preview.render_due(call, seconds=60)
    address = re.search(r'href="(/incidents/[^"]+/pages)"', text(reader.get(f"/incidents/{number}")))[1]
    picture = re.search(r'<img src="([^"]+)"', text(reader.get(address)))[1]
    assert reader.get(picture).mimetype == "image/webp"
    for role in (Role.SECTION_CHIEF, Role.CLERK):
        other = client(role, unit="wb" if role is Role.SECTION_CHIEF else "swj")
        assert other.get(address).status_code in (403, 404)
        assert other.get(picture).status_code in (403, 404)
