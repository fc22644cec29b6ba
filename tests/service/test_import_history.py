"""A foreign history goes through the same engines, and ends where a few independent lines say it ends."""

import gzip
import random
import re
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import real_data
from tests.unit.imports import grammar
from webapp.audit.reconcile import reconcile
from webapp.audit.sequencer import sequence
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.imports import mapping, queries
from webapp.imports.service import import_history
from webapp.incidents.reconcilers import RECONCILERS
from webapp.torture.history import figures_of
from webapp.torture.told import FAMILIES, told_by

SHIPPED = Path(mapping.__file__).parent / "mappings"
MAPPING = (SHIPPED / "travel_permits.yaml").read_text()
PERMITS = FAMILIES[0]
# The real logs with how many of their cases the suite takes, one in so many.
SLICES = {
    "domestic_declarations": 200,
    "requests_for_payment": 150,
    "helpdesk": 100,
    "BPIC13_open_problems": 20,
    "BPIC13_closed_problems": 40,
}


def outcome(call, report):
    """What our database says of the same cases."""
    with call.read() as session:
        states = dict(queries.outcomes(session, report.run_id))
        refused = Counter(row.case_id for row in queries.refusals(session, report.run_id))
    return states, refused


def expected(path, family=PERMITS):
    """Straight from the file, with none of the import's code."""
    told = told_by(path, family)
    return told.states, told.refused


def generated(tmp_path, seed, *, deviating):
    rng = random.Random(seed)
    cases = {f"permit {n}": grammar.lawful_case(rng) for n in range(40)}
    if deviating:
        cases = {case: grammar.deviate(events, rng) for case, events in cases.items()}
    return written(tmp_path / f"log{seed}.xes", grammar.named("Permit", cases), seed)


def written(path, cases, seed=1):
    path.write_text(grammar.as_xes(cases, random.Random(seed)))
    return path


@pytest.mark.parametrize("seed", range(2))
def test_a_lawful_history_is_taken_whole(call, tmp_path, seed):
    path = generated(tmp_path, seed, deviating=False)
    report = import_history(call, path, MAPPING)
    assert outcome(call, report) == expected(path)
    assert (report.refused, report.cases) == (0, 40)


@pytest.mark.parametrize("seed", range(2))
def test_what_cannot_be_is_refused_by_case_and_never_stops_the_import(call, tmp_path, seed):
    path = generated(tmp_path, seed + 100, deviating=True)
    report = import_history(call, path, MAPPING)
    assert outcome(call, report) == expected(path)
    assert report.accepted + report.refused + report.ignored == report.events


def chaos(draw, family):
    """Cases in which anything may follow anything."""
    if family.begin == "":
        names = grammar.TICKET if "ticket" in family.files or "help" in family.files else grammar.PROBLEM
        return {
            f"case {n}": draw(
                st.lists(st.tuples(st.sampled_from(names), st.sampled_from(["A", "B"])), max_size=9)
            )
            for n in range(8)
        }
    document = {"travel_permits": "Permit", "travel_declarations": "Declaration"}.get(family.mapping)
    pairs = st.tuples(st.sampled_from(grammar.VERBS), st.sampled_from(grammar.ROLES))
    cases = {f"case {n}": draw(st.lists(pairs, max_size=9)) for n in range(5)}
    return grammar.named(document or "Request For Payment", cases)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_follows_whatever_the_import_ends_where_the_file_does(call, tmp_path, data):
    family = data.draw(st.sampled_from(FAMILIES))
    path = tmp_path / f"{data.draw(st.uuids())}.xes"
    written(path, data.draw(st.composite(chaos)(family)))
    report = import_history(call, path, (SHIPPED / f"{family.mapping}.yaml").read_text())
    assert outcome(call, report) == expected(path, family)
    assert report.accepted + report.refused + report.ignored == report.events


def test_begun_again_it_repeats_nothing(call, tmp_path):
    path = generated(tmp_path, 7, deviating=True)
    first = import_history(call, path, MAPPING)

    def entries():
        with call.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))

    before = entries()
    assert import_history(call, path, MAPPING) == first
    assert entries() == before


def test_stopped_in_the_middle_it_goes_on_where_it_was(call, tmp_path):
    path = generated(tmp_path, 8, deviating=False)

    class PowerCut(Exception):
        pass

    def cut(_bytes):
        raise PowerCut

    with pytest.raises(PowerCut):
        import_history(call, path, MAPPING, cut)
    report = import_history(call, path, MAPPING)
    assert outcome(call, report) == expected(path)


def test_history_tells_nobody_and_states_its_origin_and_time(call, tmp_path):
    path = generated(tmp_path, 9, deviating=False)
    report = import_history(call, path, MAPPING)
    with call.read() as session:
        run = queries.run_of(session, *_hashes(session, report))
        imported = session.scalars(sa.select(AuditEntry).where(AuditEntry.origin != "native")).all()
        told = session.scalars(sa.select(OutboxMessage.event)).all()
    assert {entry.origin for entry in imported} == {f"imported:{run.log_sha256}"}
    assert {entry.occurred_at.year for entry in imported} == {2017}
    assert [event for event in told if event.startswith(("approval", "trip"))] == []


def _hashes(session, report):
    run = session.get_one(queries.ImportRun, report.run_id)
    return run.log_sha256, run.mapping_sha256


def test_two_cases_of_one_name_are_both_kept(call, tmp_path):
    path = generated(tmp_path, 10, deviating=False)
    text = path.read_text().replace('value="permit 39"', 'value="permit 3"')
    path.write_text(text)
    report = import_history(call, path, MAPPING)
    states, _ = outcome(call, report)
    assert {"permit 3", "permit 3#40"} <= set(states)
    assert report.cases == len(states) == 40


def test_a_foreign_case_changed_behind_the_programs_back_is_noticed(call, tmp_path):
    path = written(tmp_path / "log.xes", {"t": [("Wait", "A"), ("Closed", "B")]})
    import_history(call, path, (SHIPPED / "helpdesk_tickets.yaml").read_text())
    with call.read() as session:
        assert list(reconcile(session, RECONCILERS)) == []
    with call.db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE observed_case SET state = 'handling'"))
    with call.read() as session:
        (problem,) = reconcile(session, RECONCILERS)
    assert "figures.state handling, log closed" in str(problem)


def a_slice_of(path, folder, one_in):
    """A smaller log of the same form: whole cases, one in so many."""
    text = gzip.decompress(path.read_bytes()).decode()
    traces = list(re.finditer(r"<(\w+:)?trace[\s>].*?</(\w+:)?trace>", text, re.DOTALL))
    chosen = [trace.group() for trace in traces[::one_in]]
    smaller = folder / path.name.removesuffix(".gz")
    smaller.write_text(text[: traces[0].start()] + "\n".join(chosen) + text[traces[-1].end() :])
    return smaller


def ends_as_told(call, path, family):
    """The import's report, once states, refusals and every month's figures agree with the file."""
    report = import_history(call, path, (SHIPPED / f"{family.mapping}.yaml").read_text())
    told = told_by(path, family)
    assert outcome(call, report) == (told.states, told.refused)
    assert report.accepted + report.refused + report.ignored == report.events
    sequence(call)
    assert {month: figures_of(call, month) for month in told.months} == told.months
    return report


@pytest.mark.real_data
def test_all_real_permits_end_as_the_file_says_and_so_does_every_month(call, tmp_path):
    """Every case on SQLite; on PostgreSQL every tenth, since what differs there is held by the other tests."""
    path = real_data("eventlogs/permits_one_trace_per_variant.xes.gz")
    if not call.db.is_sqlite:
        path = a_slice_of(path, tmp_path, 10)
    report = ends_as_told(call, path, PERMITS)
    if call.db.is_sqlite:
        assert (report.cases, report.events) == (1478, 26028)
    assert report.cases >= 140


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "one_in"), SLICES.items())
def test_a_slice_of_every_other_real_log_ends_as_the_file_says(call, tmp_path, name, one_in):
    """The whole ones by `python -m webapp torture history`."""
    path = real_data(f"eventlogs/{name}.xes.gz")
    family = next(f for f in FAMILIES if re.fullmatch(f.files, name.lower()))
    report = ends_as_told(call, a_slice_of(path, tmp_path, one_in), family)
    assert report.cases >= 37
