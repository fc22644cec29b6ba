"""A month's digest: what it counts, when it is built and mailed, and that its files never change."""

import io
import json
import uuid
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
import sqlalchemy as sa

from tests import factories
from webapp.audit.sequencer import sequence
from webapp.core.clock import SHANGHAI
from webapp.core.errors import NotAllowedNow, NotFound
from webapp.core.events import Event, Subject
from webapp.core.i18n import N_
from webapp.core.ledger import OutboxMessage
from webapp.core.permissions import Role
from webapp.core.tx import command
from webapp.digests import notices, package, queries, service
from webapp.digests.commands import Subscribe
from webapp.digests.models import Digest


@dataclass(frozen=True, kw_only=True)
class Happened(Event):
    """Any event by any name: digests know entries, not features."""

    name: ClassVar[str] = "test.happened"
    label: ClassVar[str] = N_("测试")


def happened(name, about, occurred_at=None, **figures):
    """An event of any name; the class itself is not registered under it."""
    return name, about, occurred_at, figures


@command
def record_all(tx, happenings):
    for name, about, occurred_at, figures in happenings:
        event = Happened(about=about, occurred_at=occurred_at)
        object.__setattr__(event, "part", lambda part, figures=figures: figures if part == "figure" else {})
        object.__setattr__(event, "name", name)
        tx.record(event)


def trip(unit="swj"):
    return Subject("trip", uuid.uuid4(), 1, unit, "因公〔2026〕7号")


def at(month, day, hour=10):
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


SIGNED = {"stage": "unit_leader", "verdict": "approve", "minutes": 90, "counted": 1, "late": 0}


@pytest.fixture
def march(call, clock):
    """A small March, counted by hand, on a log that began on the 2nd."""
    one, two, three = trip(), trip(), trip("jyj")
    record_all(
        call,
        [
            happened("approval.started", one, at(3, 3), round=1),
            happened("approval.started", two, at(3, 31, 23), round=1),
            happened("approval.started", three, at(4, 1, 0), round=1),  # April by the office's clock
            happened("approval.stage_opened", one, at(3, 3), round=1, stage="unit_leader"),
            happened("approval.decided", one, at(3, 4), round=1, **SIGNED),
            happened("approval.concluded", one, at(3, 9), round=1, minutes=4000),
            happened("permit.issued", one, at(3, 9), persons=5, delegation_class="own", route_kind="foreign"),
            happened("deadline.met_late", one, at(3, 20), kind="passport_return", ladder="duty"),
            happened("deadline.met", one, at(3, 21), kind="report", ladder="duty"),
        ],
    )  # fmt: skip
    clock.set(at(4, 1, 1) + timedelta(minutes=5))


def figures(digest, origin="native"):
    return json.loads(digest.json_file)["figures"][origin]


def test_the_digest_counts_what_happened_in_the_month(call, march):
    seen = figures(service.build(call, "2026-03"))
    assert seen["requests.received"] == {"trip": 2}
    assert seen["permits.issued"] == 1
    assert seen["permits.person_times"] == 5
    assert seen["decisions.by_stage"] == {"unit_leader|approve": 1}
    assert seen["decisions.minutes"] == {"unit_leader": {"n": 1, "median": 90, "p90": 90}}
    assert seen["duties.on_time"] == {"trip|passport_return": [0, 1], "trip|report": [1, 1]}
    assert seen["zeros.own_request"] == seen["zeros.never_opened"] == seen["zeros.no_approval"] == []
    assert figures(service.build(call, "2026-03"), "imported")["requests.received"] == {}


def test_the_negative_statements_are_not_empty_words(call, march, make_actor):
    odd = trip()
    record_all(
        call.as_actor(make_actor(Role.CLERK)),
        [
            happened(
                "permit.issued", odd, at(3, 10), persons=1, delegation_class="own", route_kind="foreign"
            ),
            happened("approval.started", odd, at(3, 10), round=1),
            happened("approval.decided", odd, at(3, 10), round=1, stage="unit_leader", verdict="approve"),
        ],
    )
    seen = figures(service.build(call, "2026-03"))
    for statement in ("zeros.no_approval", "zeros.never_opened", "zeros.own_request"):
        assert len(seen[statement]) == 1


def test_a_month_is_built_at_five_past_one_and_only_once(call, march, clock):
    clock.set(at(4, 1, 1) + timedelta(minutes=4))
    assert service.build_due(call) == 0
    clock.advance(timedelta(minutes=1))
    assert service.build_due(call) == 1
    assert service.build_due(call) == 0


def test_after_an_outage_every_missed_month_is_built(call, march, clock):
    clock.set(at(6, 20))
    assert service.build_due(call) == 3
    with call.read() as session:
        periods = session.scalars(sa.select(Digest.period).order_by(Digest.period)).all()
    assert periods == ["2026-03", "2026-04", "2026-05"]


def test_a_month_that_is_not_over_has_no_digest(call, march):
    with pytest.raises(NotAllowedNow):
        service.build(call, "2026-04")


def test_the_same_log_gives_the_same_bytes_a_hundred_times(call, march, clock):
    digest = service.build(call, "2026-03")
    clock.advance(timedelta(days=40))
    record_all(call, [happened("approval.started", trip(), at(3, 5), round=1)])
    sequence(call)
    for _ in range(100):
        again = service.rebuilt(call, digest)
        assert (again.json_file, again.csv_file, again.html_file) == (
            digest.json_file,
            digest.csv_file,
            digest.html_file,
        )


def test_a_digest_altered_in_the_database_is_no_longer_what_the_log_yields(call, march):
    digest = service.build(call, "2026-03")
    assert service.differing(call) == (1, [])
    with call.db.write() as session:
        altered = digest.json_file.replace(b'{"trip":2}', b'{"trip":3}')
        assert altered != digest.json_file
        session.execute(sa.update(Digest).values(json_file=altered))
        session.commit()
    assert service.differing(call) == (1, ["2026-03 edition 1"])


def test_what_is_recorded_later_is_late_in_the_next_digest_and_in_a_new_edition(call, march, clock):
    first = service.build(call, "2026-03")
    assert service.build(call, "2026-03").id == first.id
    record_all(call, [happened("approval.started", trip(), at(3, 5), round=1)])
    second = service.build(call, "2026-03")
    assert (second.edition, figures(second)["requests.received"]) == (2, {"trip": 3})
    assert figures(first)["requests.received"] == {"trip": 2}
    clock.set(at(5, 1, 2))
    april = service.build(call, "2026-04")
    assert figures(april)["requests.received"] == {"trip": 1}
    assert figures(april)["late.recorded"] == {"approval.started": 1}


def test_it_is_mailed_on_the_first_working_day_at_half_past_eight_to_subscribers(call, march, clock):
    auditor = factories.account(call, "auditor", Role.AUDITOR)
    service.subscribe(call, Subscribe(auditor.id))
    service.build_due(call)
    holiday = {1, 2, 3, 4, 5}

    def working(day):
        return day.day not in holiday

    clock.set(at(4, 6, 8) + timedelta(minutes=29))
    assert service.publish_due(call, working) == 0
    clock.advance(timedelta(minutes=1))
    assert service.publish_due(call, working) == 1
    assert service.publish_due(call, working) == 0
    with call.read() as session:
        message = session.scalars(sa.select(OutboxMessage).filter_by(event="digest.published")).one()
        (notice,) = notices.send_digest(session, message)
    assert notice.account_id == auditor.id
    assert notice.link == "/audit/digests/2026-03?edition=1"
    assert notice.context["checkpoint"].startswith("waishi-log/")
    assert {"zh": "人次：5", "en": "Person-times: 5"} in notice.context["lines"]


def test_nobody_subscribes_whom_the_figures_do_not_concern(call):
    clerk = factories.account(call, "clerk", Role.CLERK)
    with pytest.raises(NotAllowedNow):
        service.subscribe(call, Subscribe(clerk.id))


def test_a_head_of_a_unit_sees_the_unit_s_digest_and_no_other(call, march, make_actor):
    head = make_actor(Role.UNIT_HEAD, unit="jyj")
    own, whole = service.build(call, "2026-03", scope="jyj"), service.build(call, "2026-03")
    assert figures(own)["requests.received"] == {}  # its only request was filed in April
    with call.read() as session:
        now = call.clock.now()
        assert [row.id for row in queries.listing(session, head, now)] == [own.id]
        with pytest.raises(NotFound):
            queries.visible(session, head, now, whole.id)


def test_a_download_is_written_down_before_it_leaves(call, march, make_actor):
    digest = service.build(call, "2026-03")
    auditor = make_actor(Role.AUDITOR)
    service.record_download(call.as_actor(auditor), digest.id, "csv")
    with call.read() as session:
        (seen,) = queries.downloads(session)
    assert (seen.name, seen.paper, seen.file) == (auditor.name, "2026-03-1", "csv")


def test_the_package_holds_what_the_verification_program_needs(call, march):
    digest = service.build(call, "2026-03")
    out = io.BytesIO()
    package.write(call, digest, out)
    with zipfile.ZipFile(out) as made:
        assert {"verify.py", "entries.jsonl", "checkpoint.txt", "keys.txt", "digest.json", "digest.csv",
                "digest.html", "figures.json", "README.txt"} == set(made.namelist())  # fmt: skip
        assert made.read("digest.html") == digest.html_file
