"""Stage limits, spans and notices of requests under way follow the calendar when a day of it changes."""

from datetime import date

import sqlalchemy as sa

from tests import factories
from tests.service.approvals.office import KIND, NOTICE
from webapp.approvals import queries, service_notice
from webapp.approvals.commands import PostNotice
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.core.permissions import Role
from webapp.deadlines import queries as deadline_queries
from webapp.deadlines import queries_calendar, queries_recount, service_calendar
from webapp.deadlines.calendar import DayKind, end_of
from webapp.deadlines.commands_calendar import SetDay
from webapp.deadlines.states import DeadlineState


def chief(office):
    service_calendar.fill(office.call)
    return office.as_(factories.actor(office.call, Role.SECTION_CHIEF, unit="wb"))


def take_off(office, day):
    service_calendar.set_day(chief(office), SetDay(day=day, kind=DayKind.OFF, reason="市政府通告"))


def slot(office, subject_id, key):
    with office.call.read() as session:
        row = queries.request(session, KIND, subject_id)
        return next(s for s in queries.slots(session, row.id, row.round) if s.key == key)


def test_a_stage_limit_moves_in_the_clock_and_on_the_sheet_alike(office, at_review):
    # opened on Thursday 12 March 2026 with two and three working days
    take_off(office, date(2026, 3, 16))
    with office.call.read() as session:
        ends = {
            row.item: row.due_at
            for row in deadline_queries.of_subject(session, at_review)
            if row.state is DeadlineState.OPEN
        }
    assert ends == {
        "unit_opinion.lead": end_of(date(2026, 3, 17)),
        "unit_finance.finance": end_of(date(2026, 3, 18)),
    }
    for key, end in ends.items():
        assert slot(office, at_review, key).due_at == end


def test_a_notice_that_is_up_waits_for_its_working_days_on_the_new_calendar(office):
    subject_id = office.submit()
    service_notice.post_notice(
        office.as_(office.clerk),
        PostNotice(kind=KIND, subject_id=subject_id, unit_id=office.unit_id(), posted_on=date(2026, 3, 2)),
    )
    assert slot(office, subject_id, NOTICE).ready_on == date(2026, 3, 10)
    who = chief(office)
    with office.call.read() as session:
        held = queries_calendar.work_calendar(session)
        wanted = held.with_year(2026, {**held.days, date(2026, 3, 4): DayKind.OFF})
        moves = queries_recount.moves(session, wanted, office.call.ports.followers)
    assert [(move.before, move.after) for move in moves if move.number == "2026-0007"] == [
        (date(2026, 3, 10), date(2026, 3, 11))
    ]

    service_calendar.set_day(who, SetDay(day=date(2026, 3, 4), kind=DayKind.OFF, reason="市政府通告"))

    assert slot(office, subject_id, NOTICE).ready_on == date(2026, 3, 11)
    with office.call.read() as session:
        entry = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "approval.notice_moved")
        ).one()
        told = session.scalars(
            sa.select(OutboxMessage.event).where(OutboxMessage.event == "approval.notice_moved")
        ).all()
    assert entry.public["figures"]["ready_on"] == "2026-03-11"
    assert told == ["approval.notice_moved"]


def test_a_request_that_is_over_is_left_alone(office, at_review):
    office.agree_until(at_review)
    take_off(office, date(2026, 3, 16))
    with office.call.read() as session:
        moved = session.scalars(
            sa.select(AuditEntry.action).where(
                AuditEntry.action.in_(("deadline.moved", "deadline.recounted"))
            )
        ).all()
    assert moved == []
