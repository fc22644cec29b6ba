"""A notice that comes later, or a corrected day: open ends are counted again, statutory hours stay where they are."""

import uuid
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests import factories
from webapp.core.clock import SHANGHAI
from webapp.core.events import Subject
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.core.permissions import Role
from webapp.deadlines import (
    queries,
    queries_calendar,
    queries_recount,
    rules_calendar,
    service,
    service_calendar,
    service_scan,
)
from webapp.deadlines.calendar import DayKind, Term, end_of
from webapp.deadlines.commands import MeetDeadline, OpenDeadline, OwnerLink
from webapp.deadlines.commands_calendar import ImportNotice, SetDay
from webapp.deadlines.states import Ladder, StepState, TimeUnit
from webapp.notifications import queries as notifications
from webapp.notifications.service_relay import relay
from webapp.runtime import make_post

TRIP = Subject(kind="trip", id=uuid.UUID(int=7), unit="swj", number="2026-0007")
# Monday 4 January and Tuesday the 5th are free as well, Saturday the 9th is worked.
NOTICE = rules_calendar.read("一、元旦：1月1日至5日放假调休，共5天。1月9日上班。", 2027)


def at(year, month, day, hour=9, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def december(call, clock):
    """Wednesday 30 December 2026: the notice of 2027 is not out."""
    service_calendar.fill(call)
    clock.set(at(2026, 12, 30))
    return date(2026, 12, 30)


@pytest.fixture
def chief(call, make_actor):
    return call.as_actor(make_actor(Role.SECTION_CHIEF, unit="wb"))


def opened(call, kind, term, *, ladder=Ladder.STAGE, due_at=None):
    with call.read() as session:
        counted = term.last_day(queries_calendar.work_calendar(session)) if term else None
    cmd = OpenDeadline(
        about=TRIP,
        kind=kind,
        label="事项",
        ladder=ladder,
        started_at=call.clock.now(),
        due_at=due_at or end_of(counted.day),
        unit=term.unit if term else TimeUnit.HOURS,
        term=term,
        chain=(OwnerLink(role="section_chief"),),
        link="/trips/2026-0007",
        provisional=bool(counted and counted.provisional),
    )
    return service.open_deadline(call, cmd)


def working_days(start, count):
    return Term(start=start, count=count, unit=TimeUnit.WORKING_DAYS)


def enter_notice(chief, days=NOTICE):
    return service_calendar.import_notice(
        chief, ImportNotice(year=2027, days=days, source="国办发明电〔2026〕0号")
    )


def now(call, row):
    with call.read() as session:
        return queries.by_id(session, row.id)


def entries(call, action):
    with call.read() as session:
        return session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        ).all()


def test_a_later_notice_moves_open_ends_keeps_the_old_one_and_takes_the_mark_away(call, chief, december):
    duty = opened(call, "trips.report", working_days(december, 3))
    assert (duty.due_at, duty.provisional) == (end_of(date(2027, 1, 5)), True)

    enter_notice(chief)

    after = now(call, duty)
    assert after.due_at == end_of(date(2027, 1, 7))
    assert after.moved_from_at == end_of(date(2027, 1, 5))
    assert not after.provisional
    assert after.calendar_version == "CAL-2"
    (entry,) = entries(call, "deadline.moved")
    assert entry.object_id == TRIP.id


def test_only_the_owner_of_what_moved_is_told(call, runtime, chief, december):
    stays = opened(call, "trips.publication", working_days(december, 1))
    crossing = opened(
        call, "trips.passport_return", Term(start=december, count=9, unit=TimeUnit.CALENDAR_DAYS, roll=True)
    )
    assert (stays.provisional, crossing.provisional) == (False, True)
    moves = opened(call, "trips.report", working_days(december, 3))

    enter_notice(chief)

    with call.read() as session:
        told = session.scalars(
            sa.select(OutboxMessage.event).where(OutboxMessage.subject_id == TRIP.id)
        ).all()
    assert told == ["deadline.moved"]
    assert now(call, crossing).due_at == crossing.due_at
    assert not now(call, crossing).provisional
    assert now(call, crossing).moved_from_at is None
    assert now(call, stays).calendar_version == stays.calendar_version
    assert [entry.public["figures"]["kind"] for entry in entries(call, "deadline.recounted")] == [
        "trips.passport_return"
    ]
    assert now(call, moves).move_count == 1


def test_the_owner_reads_the_old_end_the_new_one_and_the_reason(call, runtime, chief, december):
    opened(call, "trips.report", working_days(december, 3))
    enter_notice(chief)
    relay(call, make_post(runtime.settings))
    with call.read() as session:
        told = notifications.inbox(session, chief.actor.account_id)
    (item,) = [item for item in told if item.event == "deadline.moved"]
    assert item.title == "[时限变动] 事项 2026-0007"
    for words in ("2027-01-05 24:00", "2027-01-07 24:00", "国办发明电〔2026〕0号"):
        assert words in item.text
    assert item.link == "/trips/2026-0007"


def test_hours_of_the_law_never_move(call, chief, december):
    hours = opened(
        call,
        "incidents.police_report",
        None,
        ladder=Ladder.STATUTORY,
        due_at=at(2026, 12, 30) + timedelta(hours=48),
    )
    days = opened(
        call,
        "incidents.consular_notice",
        Term(start=december, count=4, unit=TimeUnit.CALENDAR_DAYS),
        ladder=Ladder.STATUTORY,
    )
    enter_notice(chief)
    for row in (hours, days):
        after = now(call, row)
        assert (after.due_at, after.version) == (row.due_at, row.version)


def test_what_is_done_stays_as_it_was_judged(call, chief, december):
    duty = opened(call, "trips.report", working_days(december, 3))
    service.meet(call, MeetDeadline(subject_id=TRIP.id, kind="trips.report"))
    enter_notice(chief)
    assert now(call, duty).due_at == duty.due_at
    assert entries(call, "deadline.moved") == []


def test_the_dry_run_lists_what_would_move_and_saves_nothing(call, chief, december):
    moving = opened(call, "trips.report", working_days(december, 3))
    unmarked = opened(
        call, "trips.passport_return", Term(start=december, count=9, unit=TimeUnit.CALENDAR_DAYS, roll=True)
    )
    with call.read() as session:
        wanted = queries_calendar.work_calendar(session).with_year(
            2027, {entry.day: entry.kind for entry in NOTICE}
        )
        found = queries_recount.moves(session, wanted, call.ports.followers)
    assert [(move.row_id, move.moved, move.before, move.after) for move in found] == [
        (moving.id, True, date(2027, 1, 5), date(2027, 1, 7)),
        (unmarked.id, False, date(2027, 1, 8), date(2027, 1, 8)),
    ]
    assert now(call, moving).due_at == moving.due_at


def test_a_corrected_day_moves_ends_forward_and_back(call, chief, december):
    duty = opened(call, "trips.report", working_days(december, 1))
    typhoon = SetDay(day=date(2026, 12, 31), kind=DayKind.OFF, name="台风停工", reason="市政府通告")
    service_calendar.set_day(chief, typhoon)
    assert now(call, duty).due_at == end_of(date(2027, 1, 4))
    service_calendar.set_day(chief, SetDay(day=date(2026, 12, 31), kind=None, reason="撤销"))
    after = now(call, duty)
    assert after.due_at == end_of(date(2026, 12, 31))
    assert after.move_count == 2


def test_the_ladder_is_climbed_anew_to_the_moved_end_and_the_old_steps_stay_on_record(
    call, clock, chief, december
):
    duty = opened(call, "trips.report", working_days(december, 1))
    clock.set(at(2026, 12, 31, 9))
    service_scan.scan(call)
    service_calendar.set_day(chief, SetDay(day=date(2026, 12, 31), kind=DayKind.OFF, reason="市政府通告"))
    clock.set(at(2027, 1, 4))
    service_scan.scan(call)
    with call.read() as session:
        steps = [(row.step, row.state) for row in queries.steps_of(session, duty.id)]
    assert steps == [("1:wd+0", StepState.SENT), ("wd+0", StepState.SENT)]
    assert now(call, duty).missed_at is None


def test_the_page_shows_what_a_notice_would_move_before_it_is_saved(client, call, december):
    factories.unit(call, "swj")
    opened(call, "trips.report", working_days(december, 3))
    chief = client(Role.SECTION_CHIEF, unit="wb")
    form = {"source": "国办发明电〔2026〕0号", "text": "一、元旦：1月1日至5日放假调休，共5天。1月9日上班。"}
    page = chief.post("/rules/calendar/2027/notice", data={**form, "step": "look"}).text
    for words in ("在办的期限里会动的", "2026-0007", "2027-01-05", "2027-01-07", "去掉暂定"):
        assert words in page
    assert chief.post("/rules/calendar/2027/notice", data={**form, "step": "save"}).status_code == 303
