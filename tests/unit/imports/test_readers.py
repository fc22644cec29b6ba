"""Logs of other systems are read case by case, whatever their order, offsets and faults."""

import gzip
import random
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import real_data
from tests.unit.imports import grammar
from webapp.core.errors import Invalid
from webapp.imports import mapping, readers, rounds

ZONE = ZoneInfo("Europe/Amsterdam")
MAPPING = Path(mapping.__file__).parent / "mappings" / "travel_permits.yaml"
FORM = readers.Form(ZONE)


@pytest.fixture
def permits():
    return mapping.parse(MAPPING.read_text())


def write(path, text):
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz"])
def test_xes_plain_and_gzipped_give_the_same_cases(tmp_path, name):
    rng = random.Random(1)
    cases = {f"case {n}": grammar.lawful_case(rng) for n in range(50)}
    path = write(tmp_path / name, grammar.as_xes(grammar.named("Permit", cases), rng))
    read = {
        c.id: [e.name for e in c.events if e.name != "Send Reminder"] for c in readers.read_log(path, FORM)
    }
    assert read == {case: [f"Permit {v} by {r}" for v, r in events] for case, events in cases.items()}


def test_csv_rows_may_come_in_any_order(tmp_path):
    text = "case,event,time\nA,one,2017-01-01 10:00\nB,uno,2017-01-01 09:00\nA,zero,2017-01-01 09:00\n"
    cases = list(readers.read_log(write(tmp_path / "log.csv", text), FORM))
    assert [(c.id, [e.name for e in c.events]) for c in cases] == [("A", ["zero", "one"]), ("B", ["uno"])]


def test_times_without_an_offset_are_local_and_summer_time_counts(tmp_path):
    text = "case,event,time\nA,x,2017-07-01T12:00\nA,y,2017-12-01T12:00\n"
    (case,) = readers.read_log(write(tmp_path / "log.csv", text), FORM)
    assert [e.at.astimezone(UTC) for e in case.events] == [
        datetime(2017, 7, 1, 10, tzinfo=UTC),
        datetime(2017, 12, 1, 11, tzinfo=UTC),
    ]


def test_equal_times_keep_the_order_of_the_file():
    at = datetime(2017, 1, 1, tzinfo=UTC)
    events = [readers.LogEvent(name, at, n) for n, name in enumerate("cab")]
    assert [e.name for e in readers.in_order(events)] == ["c", "a", "b"]


@pytest.mark.parametrize(
    "text", ["<log><trace>", "not xml at all", '<!DOCTYPE x [<!ENTITY a "b">]><log>&a;</log>']
)
def test_a_broken_or_hostile_file_is_refused_in_words(tmp_path, text):
    with pytest.raises((Invalid, ValueError)):
        list(readers.read_log(write(tmp_path / "log.xes", text), FORM))


def test_a_csv_without_the_mapped_columns_says_which_are_missing(tmp_path):
    with pytest.raises(Invalid) as refusal:
        list(readers.read_log(write(tmp_path / "log.csv", "case,what\n1,2\n"), FORM))
    assert refusal.value.details["missing"] == "event, time"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "version: 2",
        "version: 1\nkind: X!",
        "version: 1\nkind: abc\nevents: [{match: '(', act: submit}]",
    ],
)
def test_a_wrong_mapping_names_the_place(text):
    with pytest.raises(Invalid) as refusal:
        mapping.parse(text)
    assert refusal.value.details["place"]


def test_a_round_takes_its_route_from_its_own_events(permits):
    names = [
        "Permit SUBMITTED by EMPLOYEE",
        "Permit APPROVED by ADMINISTRATION",
        "Permit REJECTED by BUDGET OWNER",
    ]
    names += ["Permit REJECTED by EMPLOYEE", "Permit SUBMITTED by EMPLOYEE", "Payment Handled"]
    at = datetime(2017, 1, 1, tzinfo=UTC)
    reading = rounds.read_case(
        readers.LogCase("x", tuple(readers.LogEvent(n, at, i) for i, n in enumerate(names))), permits
    )
    assert [rounds.sequence(r) for r in reading.rounds] == [
        "administration>budget_owner",
        "?",
    ]
    assert reading.ignored == 1
    assert [s.round for s in reading.steps] == [1, 1, 1, 1, 2]


def test_names_no_rule_knows_are_kept_as_unknown_never_dropped(permits):
    event = readers.LogEvent("Permit BLESSED by ORACLE", datetime(2017, 1, 1, tzinfo=UTC), 0)
    assert rounds.read_case(readers.LogCase("x", (event,)), permits).unknown == (event,)


@pytest.mark.real_data
def test_the_real_permit_log_is_read_whole(permits):
    path = real_data("eventlogs/permits_one_trace_per_variant.xes.gz")
    cases = list(readers.read_log(path, permits.form))
    readings = [rounds.read_case(case, permits) for case in cases]
    assert len(cases) == 1478
    assert sum(len(c.events) for c in cases) == 26028
    assert sum(len(r.unknown) for r in readings) == 0
