"""The clock's look at deadlines: each step once, the latest only after an outage, up the chain when nobody reads."""

import uuid
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests import factories
from webapp.core.clock import SHANGHAI
from webapp.core.events import Subject
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import Role
from webapp.deadlines import queries, service, service_clock
from webapp.deadlines.commands import MeetDeadline, OpenDeadline, OwnerLink
from webapp.deadlines.models import Deadline
from webapp.deadlines.service_scan import scan
from webapp.deadlines.states import Ladder, StepState, TimeUnit
from webapp.notifications import queries as notifications
from webapp.notifications import service as messages
from webapp.notifications.render import Renderer
from webapp.notifications.service_relay import Post, relay
from webapp.runtime import event_routes

CASE = Subject(kind="incident", id=uuid.UUID(int=19), unit="wb", number="A-019")


def at(month, day, hour=9, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def start(call, ladder, due_at, *, about=CASE, chain=None, **more):
    return service.open_deadline(
        call,
        OpenDeadline(
            about=about,
            kind="incidents.first_report",
            label="首报",
            ladder=ladder,
            started_at=more.pop("started_at", call.clock.now()),
            due_at=due_at,
            unit=TimeUnit.HOURS,
            chain=chain or (OwnerLink(role="duty_officer"), OwnerLink(role="section_chief")),
            link="/incidents/A-019",
            **more,
        ),
    )


def look(call, when):
    call.clock.set(when)
    return scan(call).sent


def steps(call, deadline):
    with call.read() as session:
        return {row.step: row.state for row in queries.steps_of(session, deadline.id)}


def told(call, about=CASE):
    with call.read() as session:
        query = sa.select(AuditEntry.action).where(
            AuditEntry.object_id == about.id, AuditEntry.action.not_in(["deadline.opened"])
        )
        return list(session.scalars(query.order_by(AuditEntry.recorded_at, AuditEntry.id)))


def test_a_first_report_rings_before_at_and_after_its_two_hours_until_it_is_filed(call):
    begin = at(3, 2, 23)
    call.clock.set(begin)
    start(call, Ladder.FIRST_REPORT, begin + timedelta(hours=2))
    rang = []
    for minute in range(60 * 4 + 1):
        moment = begin + timedelta(minutes=minute)
        if minute == 60 * 3 + 30:
            call.clock.set(moment)
            service.meet(call, MeetDeadline(subject_id=CASE.id, kind="incidents.first_report"))
        if look(call, moment):
            rang.append(minute)
    assert [minute for minute in rang if minute != 90] == [60, 120, 180]
    # At 90 minutes both the second reminder is due and the first one has gone unread for 30.
    assert 90 in rang
    assert [action for action in told(call) if action != "deadline.escalated"] == [
        "deadline.approaching",
        "deadline.approaching",
        "deadline.missed",
        "deadline.reminded",
        "deadline.met_late",
    ]


def test_after_an_outage_only_the_latest_step_is_sent_and_the_others_are_kept_as_skipped(call):
    deadline = start(call, Ladder.STATUTORY, at(3, 4))
    assert look(call, at(3, 4, 11, 30)) == 1
    assert steps(call, deadline) == {
        "-24h": StepState.SKIPPED,
        "-6h": StepState.SKIPPED,
        "-2h": StepState.SKIPPED,
        "due": StepState.SKIPPED,
        "+1h": StepState.SKIPPED,
        "+2h": StepState.SENT,
    }
    assert told(call) == ["deadline.missed"]


def test_a_report_typed_in_hours_later_rings_at_once(call):
    start(call, Ladder.FIRST_REPORT, at(3, 2, 7), started_at=at(3, 2, 5))
    assert look(call, at(3, 2, 9)) == 1
    assert told(call) == ["deadline.missed"]


def test_office_reminders_wait_for_the_office_to_open_and_statutory_ones_do_not(call):
    start(call, Ladder.STAGE, at(3, 6, 18))
    law = Subject(kind="incident", id=uuid.uuid4(), unit="wb")
    start(call, Ladder.STATUTORY, at(3, 6, 18), about=law)
    assert look(call, at(3, 5, 19)) == 1  # the machine was off all day; the law rings, the office sleeps
    assert (told(call), told(call, law)) == ([], ["deadline.approaching"])
    look(call, at(3, 6, 8))
    assert told(call) == ["deadline.approaching"]


def test_a_stage_limit_reaches_the_superior_on_the_second_working_day_over(call):
    boss = factories.actor(call, Role.SECTION_CHIEF, unit="wb")
    officer = factories.actor(call, Role.CASE_OFFICER, unit="wb")
    chain = (OwnerLink(account_id=officer.account_id), OwnerLink(role="section_chief"))
    start(call, Ladder.STAGE, at(3, 6, 18), chain=chain)
    heard = {}
    for day in (5, 6, 9, 10):
        look(call, at(3, day))
        relay(call, Post(event_routes(), Renderer("http://x", "江海市外办"), "jh.example"))
        with call.read() as session:
            heard[day] = [
                len([i for i in notifications.inbox(session, who.account_id) if i.event[:8] == "deadline"])
                for who in (officer, boss)
            ]
    assert heard == {5: [1, 0], 6: [2, 0], 9: [3, 0], 10: [4, 1]}


def opened(call, officer):
    with call.read() as session:
        item = next(i for i in notifications.inbox(session, officer.account_id) if i.number == "A-019")
    messages.open_item(call.as_actor(officer), item.token)


def looked_at_the_case(call, officer):
    assert messages.mark_seen(call.as_actor(officer), CASE.id)


def acted_on_the_case(call, officer):
    start(call.as_actor(officer), Ladder.DUTY, at(4, 4), item="another")


def did_nothing(call, officer):
    acted_on_the_case(
        call, factories.actor(call, Role.CASE_OFFICER, unit="wb")
    )  # who was not told does not count


@pytest.mark.parametrize("does", [opened, looked_at_the_case, acted_on_the_case, did_nothing])
def test_a_statutory_reminder_nobody_heeds_for_30_minutes_goes_up_the_chain(call, does):
    read = does is not did_nothing
    officer = factories.actor(call, Role.DUTY_OFFICER, unit="wb")
    boss = factories.actor(call, Role.SECTION_CHIEF, unit="wb")
    post = Post(event_routes(), Renderer("http://x", "江海市外办"), "jh.example")
    start(call, Ladder.STATUTORY, at(3, 4))
    look(call, at(3, 3))
    relay(call, post)
    call.clock.set(at(3, 3, 9, 10))
    does(call, officer)
    look(call, at(3, 3, 9, 29))
    assert told(call) == ["deadline.approaching"]
    look(call, at(3, 3, 9, 30))
    assert told(call) == ["deadline.approaching"] + ([] if read else ["deadline.escalated"])
    relay(call, post)
    with call.read() as session:
        titles = [i.title for i in notifications.inbox(session, boss.account_id) if i.number == "A-019"]
    assert titles == ([] if read else ["[无人查看] 首报 A-019"])
    look(call, at(3, 4, 3))
    relay(call, post)
    with call.read() as session:
        assert len([i for i in notifications.inbox(session, boss.account_id) if i.number == "A-019"]) == (
            0 if read else 2
        )


def test_a_reminder_nobody_opens_reaches_the_director_after_an_hour_also_when_no_duty_officer_is_there(call):
    """The chain of an incident: duty officer, section chief, director; the first post is empty tonight."""
    chief = factories.actor(call, Role.SECTION_CHIEF, unit="wb")
    director = factories.actor(call, Role.FAO_DIRECTOR, unit="wb")
    post = Post(event_routes(), Renderer("http://x", "江海市外办"), "jh.example")
    chain = tuple(OwnerLink(role=role) for role in ("duty_officer", "section_chief", "fao_director"))
    start(call, Ladder.FIRST_REPORT, at(3, 2, 20), chain=chain, started_at=at(3, 2, 18))

    def heard(who):
        relay(call, post)
        with call.read() as session:
            return [i.event for i in notifications.inbox(session, who.account_id) if i.number == "A-019"]

    look(call, at(3, 2, 19))
    assert (heard(chief), heard(director)) == ([], [])
    look(call, at(3, 2, 19, 30))
    assert (heard(chief), heard(director)) == (["deadline.escalated"], [])
    look(call, at(3, 2, 20))
    assert "deadline.escalated" in heard(director)


@pytest.mark.parametrize(("waiting", "held"), [(200, 0), (201, 201)])
def test_more_than_two_hundred_office_reminders_at_once_after_a_leap_are_held(call, waiting, held):
    with call.db.write() as session:
        session.add_all(
            Deadline(
                id=uuid.UUID(int=5000 + number),
                subject_kind="trip",
                subject_id=uuid.UUID(int=1000 + number),
                kind="trips.report",
                label="出访报告",
                link="/trips",
                ladder=Ladder.DUTY,
                unit=TimeUnit.CALENDAR_DAYS,
                started_at=at(3, 2),
                due_at=at(3, 6),
                chain=[],
                next_step_at=at(3, 3),
                stepped_at=at(3, 2),
                opened_at=at(3, 2),
            )
            for number in range(waiting)
        )
        session.commit()
    look(call, at(3, 2, 10))
    look(call, at(3, 9, 10))
    with call.read() as session:
        assert queries.clock_mark(session).braked_count == held


def test_nobody_is_reminded_of_a_duty_that_was_done_before_the_relay_came(call):
    officer = factories.actor(call, Role.DUTY_OFFICER, unit="wb")
    start(call, Ladder.STATUTORY, at(3, 4))
    look(call, at(3, 3))
    service.meet(call, MeetDeadline(subject_id=CASE.id, kind="incidents.first_report"))
    relay(call, Post(event_routes(), Renderer("http://x", "江海市外办"), "jh.example"))
    with call.read() as session:
        assert [i for i in notifications.inbox(session, officer.account_id) if i.number == "A-019"] == []


def test_a_leap_of_the_clock_holds_a_flood_of_office_reminders_and_never_the_statutory(call, monkeypatch):
    monkeypatch.setattr(service_clock, "BRAKE_LIMIT", 3)
    for number in range(5):
        start(call, Ladder.DUTY, at(3, 6), about=Subject(kind="trip", id=uuid.UUID(int=100 + number)))
    start(call, Ladder.STATUTORY, at(3, 6))
    look(call, at(3, 2, 10))
    assert look(call, at(3, 9, 10)) == 1
    assert told(call) == ["deadline.missed"]
    with call.read() as session:
        assert queries.clock_mark(session).braked_count == 5
    assert look(call, at(3, 9, 10, 1)) == 0
    service_clock.release_brake(call)
    assert look(call, at(3, 9, 10, 2)) == 5


def test_a_clock_that_ran_nine_years_ahead_and_was_put_right_skips_nothing_and_repeats_nothing(call):
    deadline = start(call, Ladder.STATUTORY, at(3, 6), chain=(OwnerLink(role="duty_officer"),))
    assert look(call, at(3, 5)) == 1
    assert look(call, at(3, 5).replace(year=2035)) == 1
    assert look(call, at(3, 5, 9, 10)) == 0
    sent = [hour for hour in range(40) if look(call, at(3, 5, 10) + timedelta(hours=hour))]
    assert [action for action in told(call) if action == "deadline.approaching"] == [
        "deadline.approaching"
    ] * 3
    taken = steps(call, deadline)
    assert all(taken[key] is StepState.SENT for key in ("-24h", "-6h", "-2h", "due", "+1h", "+2h"))
    assert len(sent) >= 18


def test_one_clock_leads_and_another_takes_over_when_it_falls_silent(call, clock):
    assert service_clock.take_lead(call, "a")
    assert not service_clock.take_lead(call, "b")
    clock.advance(timedelta(seconds=9))
    assert service_clock.take_lead(call, "a")
    clock.advance(timedelta(seconds=10))
    assert service_clock.take_lead(call, "b")
    clock.advance(timedelta(days=3300))
    assert service_clock.take_lead(call, "b")
    clock.advance(timedelta(days=-3300))  # the clock is put right: b's lease must not hold for nine years
    assert service_clock.take_lead(call, "a")


def test_several_clocks_that_look_at_once_send_each_step_once(call):
    start(call, Ladder.STATUTORY, at(3, 4))
    assert [look(call, at(3, 3)) for _ in range(3)] == [1, 0, 0]
