"""Drafting: any clerk of the unit goes on with it, sections are saved one by one, nothing is lost."""

import io
from datetime import date
from decimal import Decimal

import pytest

from webapp.attachments.service import receive
from webapp.core.errors import Forbidden, Invalid, NotAllowedNow, NotFound, OutOfDate
from webapp.core.permissions import Role
from webapp.rulebook.states import BudgetItem
from webapp.trips import queries, sections, service_draft
from webapp.trips.commands import DraftTrip, NumberedTrip
from webapp.trips.commands_sections import (
    BudgetRow,
    DocumentType,
    LegRow,
    MemberRole,
    MemberRow,
    SaveSection,
    Section,
    TaskSection,
    Transit,
)
from webapp.trips.rules import marks
from webapp.trips.states import TripState

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def clerk(call, make_actor):
    return call.as_actor(make_actor(Role.CLERK))


@pytest.fixture
def trip(clerk):
    return service_draft.create(clerk, DraftTrip(title="赴德国招商团"))


def read(call, trip):
    with call.read() as session:
        return queries.detail(session, call.actor, call.clock.now(), trip.ref)


def seen(call, trip, section):
    """The marks of the page a person looks at now."""
    with call.read() as session:
        row = queries.detail(session, call.actor, call.clock.now(), trip.ref)
        return marks(sections.stored(row, section))


def save(call, trip, section, values, base=None):
    base = seen(call, trip, section) if base is None else base
    return service_draft.save_section(call, SaveSection(trip.ref, section, values, base))


LEGS = (
    LegRow("new-0", date(2026, 5, 18), date(2026, 5, 18), "上海", "DE", "柏林"),
    LegRow("new-1", date(2026, 5, 22), date(2026, 5, 22), "柏林", "CN", "上海", transit=Transit.HOME),
)


def test_a_draft_gets_a_number_of_its_own_and_belongs_to_the_clerks_unit(clerk, trip):
    second = service_draft.create(clerk, DraftTrip(title="第二个"))
    assert (trip.ref, second.ref) == ("D-2026-001", "D-2026-002")
    assert (trip.unit_code, trip.state) == ("swj", TripState.DRAFT)


def test_who_is_no_clerk_starts_no_draft(call, make_actor):
    with pytest.raises(Forbidden):
        service_draft.create(call.as_actor(make_actor(Role.UNIT_HEAD)), DraftTrip(title="x"))


def test_another_clerk_of_the_unit_goes_on_with_it_a_foreign_one_does_not_even_find_it(
    call, trip, make_actor
):
    colleague = call.as_actor(make_actor(Role.CLERK))
    assert save(colleague, trip, Section.TASK, TaskSection(title="改过的题目")).title == "改过的题目"
    stranger = call.as_actor(make_actor(Role.CLERK, unit="jyj"))
    with pytest.raises(NotFound):
        service_draft.save_section(stranger, SaveSection(trip.ref, Section.TASK, TaskSection(title="x")))


@pytest.mark.parametrize(
    "role",
    [r for r in Role if r not in (Role.CLERK, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)],
)
def test_drafts_are_seen_by_nobody_but_clerks(call, trip, make_actor, role):
    other = call.as_actor(make_actor(role, unit="swj"))
    with pytest.raises(NotFound):
        read(other, trip)


def test_legs_give_the_dates_and_countries_of_the_trip(clerk, trip):
    saved = save(clerk, trip, Section.LEGS, LEGS)
    assert (saved.exit_on, saved.entry_on, saved.countries) == (date(2026, 5, 18), date(2026, 5, 22), ["DE"])


def test_a_stop_inside_the_airport_is_no_visited_country(clerk, trip):
    by_paris = (
        LegRow("new-0", date(2026, 6, 1), date(2026, 6, 1), "上海", "FR", "巴黎", transit=Transit.AIRSIDE),
        LegRow("new-1", date(2026, 6, 1), date(2026, 6, 2), "巴黎", "CL", "圣地亚哥"),
    )
    assert save(clerk, trip, Section.LEGS, by_paris).countries == ["CL"]


def test_a_member_belongs_to_the_organising_unit_unless_another_is_named(clerk, trip):
    rows = (
        MemberRow("new-0", name="甲某", post="局长", role=MemberRole.HEAD),
        MemberRow("new-1", name="乙某", unit_code="jh"),
    )
    save(clerk, trip, Section.MEMBERS, rows)
    assert [(m.unit_code, m.name) for m in read(clerk, trip).members] == [("swj", "甲某"), ("jh", "乙某")]


def test_a_unit_nobody_knows_is_refused_at_its_row(clerk, trip):
    with pytest.raises(Invalid) as caught:
        save(clerk, trip, Section.MEMBERS, (MemberRow("new-0", name="甲某", unit_code="nowhere"),))
    assert list(caught.value.fields) == ["members-0-unit_code"]
    assert read(clerk, trip).members == []


def test_two_clerks_in_different_cells_lose_nothing(call, clerk, trip, make_actor):
    save(clerk, trip, Section.LEGS, LEGS)
    page = seen(clerk, trip, Section.LEGS)
    rows = sections.values_of(read(clerk, trip), Section.LEGS)
    colleague = call.as_actor(make_actor(Role.CLERK))
    first, second = rows
    save(clerk, trip, Section.LEGS, (LegRow(**{**vars(first), "to_city": "汉堡"}), second), page)
    save(colleague, trip, Section.LEGS, (first, LegRow(**{**vars(second), "from_city": "慕尼黑"})), page)
    legs = read(clerk, trip).legs
    assert (legs[0].to_city, legs[1].from_city) == ("汉堡", "慕尼黑")


def test_the_same_cell_asks_with_both_values_and_saves_nothing(call, clerk, trip, make_actor):
    page = seen(clerk, trip, Section.TASK)
    save(clerk, trip, Section.TASK, TaskSection(title="甲的题目"), page)
    colleague = call.as_actor(make_actor(Role.CLERK))
    with pytest.raises(OutOfDate) as caught:
        save(colleague, trip, Section.TASK, TaskSection(title="乙的题目", purpose="新任务"), page)
    (clash,) = caught.value.details["clashes"]
    assert (clash.cell, clash.mine, clash.theirs) == ("title", "乙的题目", "甲的题目")
    assert caught.value.details["merged"]["purpose"] == "新任务"
    assert (read(clerk, trip).title, read(clerk, trip).purpose) == ("甲的题目", "")


def test_rows_left_out_of_the_page_are_deleted_and_numbered_as_shown(clerk, trip):
    save(clerk, trip, Section.MEMBERS, (MemberRow("new-0", name="甲"), MemberRow("new-1", name="乙")))
    _, second = sections.values_of(read(clerk, trip), Section.MEMBERS)
    save(clerk, trip, Section.MEMBERS, (MemberRow("new-0", name="丙"), second))
    assert [m.name for m in read(clerk, trip).members] == ["丙", "乙"]


def test_money_is_added_up_in_renminbi(clerk, trip):
    row = BudgetRow(
        "new-0", item=BudgetItem.OTHER, currency="CNY", persons=4, quantity=1, claimed=Decimal("9600.50")
    )
    save(clerk, trip, Section.BUDGET, (row,))
    assert read(clerk, trip).total_cny == Decimal("38402.00")


def test_saving_what_was_shown_changes_nothing_and_leaves_no_trace(clerk, trip):
    before = read(clerk, trip)
    saved = save(clerk, trip, Section.TASK, sections.values_of(before, Section.TASK))
    assert saved.version == before.version


def test_a_draft_holds_its_files_and_hands_them_out(clerk, trip):
    received = receive(clerk, "邀请函.pdf", io.BytesIO(PDF))
    row = service_draft.add_file(clerk, trip.ref, DocumentType.INVITATION, received)
    assert service_draft.download_file(clerk, trip.ref, row.id).name == "邀请函.pdf"
    service_draft.remove_file(clerk, trip.ref, row.id)
    with pytest.raises(NotFound):
        service_draft.download_file(clerk, trip.ref, row.id)


def test_a_deleted_draft_is_gone_and_its_number_is_not_given_again(clerk, trip):
    service_draft.discard(clerk, NumberedTrip(trip.ref, trip.version))
    with pytest.raises(NotFound):
        read(clerk, trip)
    assert service_draft.create(clerk, DraftTrip(title="新的")).ref == "D-2026-002"


def test_a_page_older_than_the_draft_deletes_nothing(clerk, trip):
    save(clerk, trip, Section.TASK, TaskSection(title="改过"))
    with pytest.raises(OutOfDate):
        service_draft.discard(clerk, NumberedTrip(trip.ref, trip.version))


def test_the_list_is_cut_into_pages_that_new_rows_do_not_shift(clerk):
    for number in range(30):
        service_draft.create(clerk, DraftTrip(title=f"团组 {number}"))
    with clerk.read() as session:
        first = queries.page(session, clerk.actor, clerk.clock.now(), queries.Filter())
    service_draft.create(clerk, DraftTrip(title="后来的"))
    with clerk.read() as session:
        second = queries.page(session, clerk.actor, clerk.clock.now(), queries.Filter(after=first.following))
    titles = [row.title for row in (*first.rows, *second.rows)]
    assert len(first.rows) == queries.PAGE
    assert sorted(titles) == sorted({f"团组 {n}" for n in range(30)})
    assert second.following == ""


@pytest.mark.parametrize("cursor", ["x", "%%%", "AAAA", "你好", "MjAyNi0wMS0wMQ"])
def test_a_broken_cursor_is_the_first_page(clerk, trip, cursor):
    with clerk.read() as session:
        page = queries.page(session, clerk.actor, clerk.clock.now(), queries.Filter(after=cursor))
    assert [row.ref for row in page.rows] == [trip.ref]


def test_what_no_longer_is_a_draft_is_not_edited(clerk, trip, call):
    with call.db.write() as session:
        session.get(type(trip), trip.id).state = TripState.IN_REVIEW
        session.commit()
    with pytest.raises(NotAllowedNow):
        service_draft.save_section(clerk, SaveSection(trip.ref, Section.TASK, TaskSection(title="x")))
