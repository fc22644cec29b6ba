"""Reminders against a clock that stops, leaps and is put right: the rows are exactly those of a model."""

import uuid
from datetime import datetime, timedelta
from itertools import takewhile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.core.clock import SHANGHAI
from webapp.core.events import Subject
from webapp.deadlines import queries, service
from webapp.deadlines.commands import CancelDeadlines, OpenDeadline, OwnerLink
from webapp.deadlines.ladders import Timing, steps_after, waits_until
from webapp.deadlines.queries_calendar import work_calendar
from webapp.deadlines.service_scan import scan
from webapp.deadlines.states import Ladder, StepState, TimeUnit

BEGIN = datetime(2026, 9, 21, 8, 0, tzinfo=SHANGHAI)  # two weeks before the National Day holidays


class Model:
    """What ought to be sent, said without positions: the latest step that is due, unless it was sent before."""

    def __init__(self, calendar):
        self.calendar = calendar
        self.clocks = {}
        self.sent = {}

    def add(self, deadline):
        timing = Timing(deadline.ladder, deadline.due_at)
        horizon = BEGIN + timedelta(days=200)
        due = takewhile(lambda step: step.at < horizon, steps_after(timing, BEGIN, self.calendar))
        self.clocks[deadline.id] = (deadline.ladder, list(due))
        self.sent[deadline.id] = []

    def look(self, now):
        for key, (ladder, steps) in self.clocks.items():
            due = [step.key for step in steps if step.at <= now]
            if due and due[-1] not in self.sent[key] and waits_until(ladder, now, self.calendar) is None:
                self.sent[key].append(due[-1])


def open_some(call, model):
    for ladder in Ladder:
        for days in (2, 9, 15):
            subject = Subject(kind="trip", id=uuid.uuid4())
            model.add(
                service.open_deadline(
                    call,
                    OpenDeadline(
                        about=subject,
                        kind="trips.report",
                        label="报告",
                        ladder=ladder,
                        started_at=BEGIN,
                        due_at=BEGIN + timedelta(days=days, hours=10),
                        unit=TimeUnit.CALENDAR_DAYS,
                        chain=(OwnerLink(role="clerk"),),
                        link="/trips",
                    ),
                )
            )


running = st.tuples(st.just("runs"), st.integers(1, 12))
outage = st.tuples(st.just("is off"), st.integers(1, 240))
ahead = st.tuples(st.just("is wrong"), st.integers(1, 24 * 60))
happenings = st.lists(st.one_of(running, outage, ahead), min_size=3, max_size=8)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings)
def test_every_step_is_sent_once_or_overtaken_whatever_the_clock_does(call, happenings):
    call.clock.set(BEGIN)
    with call.read() as session:
        model = Model(work_calendar(session))
    open_some(call, model)
    now = BEGIN

    def look(at, clocks=2):
        call.clock.set(at)
        for _ in range(clocks):  # several clock processes look at the same moment
            scan(call)
        model.look(at)

    look(now)
    for what, hours in happenings:
        if what == "runs":
            for _ in range(hours):
                now += timedelta(hours=1)
                look(now, clocks=1)
        elif what == "is off":
            now += timedelta(hours=hours)
            look(now)
        else:
            look(now + timedelta(hours=hours))
            now += timedelta(minutes=15)
            look(now)
    for deadline_id in model.sent:
        with call.read() as session:
            subject_id = queries.by_id(session, deadline_id).subject_id
        service.cancel(call, CancelDeadlines(subject_id=subject_id, reason="end of the example"))
    with call.read() as session:
        for key, sent in model.sent.items():
            rows = queries.steps_of(session, key)
            assert sorted(row.step for row in rows if row.state is StepState.SENT) == sorted(sent)
            assert len({row.step for row in rows}) == len(rows)


def test_the_model_itself_sends_nothing_twice(call):
    with call.read() as session:
        model = Model(work_calendar(session))
    open_some(call, model)
    for hour in range(24 * 30):
        model.look(BEGIN + timedelta(hours=hour))
    assert all(len(set(sent)) == len(sent) for sent in model.sent.values())
