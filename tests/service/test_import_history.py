"""A foreign history goes through the same engine, and ends where a few independent lines say it ends."""

import gzip
import random
import re
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.conftest import real_data
from tests.unit.imports import grammar
from webapp.approvals.models import ApprovalRequest
from webapp.audit import queries as log
from webapp.audit.sequencer import sequence
from webapp.core.clock import SHANGHAI
from webapp.core.ledger import AuditEntry, OutboxMessage
from webapp.digests import builder
from webapp.imports import mapping, queries
from webapp.imports.models import ObservedSubject
from webapp.imports.service import import_history

MAPPING = (Path(mapping.__file__).parent / "mappings" / "travel_permits.yaml").read_text()
EDITABLE = {"never", "returned", "withdrawn", "revoked"}


def expected(path):
    """Straight from the file, with none of our code: each permit's last state and the events that cannot be.

    A permit is submitted, decided by whoever acts, returned, taken back by its owner, approved at last,
    revoked by nobody in particular. What does not fit the state is refused.
    """
    states, refused, _ = told_by(path)
    return states, refused


def told_by(path):
    """(last states, refusals by case, what happened in each month of Asia/Shanghai)."""
    states, refused, months = {}, Counter(), {}
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for trace in ET.parse(file).getroot().iter():
            if not trace.tag.endswith("trace"):
                continue
            case = next(c.get("value") for c in trace if c.get("key") == "concept:name")
            state = "never"
            for event in trace:
                values = {c.get("key"): c.get("value") for c in event}
                match = re.fullmatch(r"Permit (\w+) by (.+)", values.get("concept:name", ""))
                if not match:
                    continue
                after = step(state, *match.groups())
                refused[case] += after is None
                if after is not None:
                    at = datetime.fromisoformat(values["time:timestamp"]).astimezone(SHANGHAI)
                    what = happened(state, after, *match.groups())
                    months.setdefault(f"{at:%Y-%m}", Counter()).update(what)
                state = after or state
            states[case] = state
    return states, +refused, months


def happened(before, after, verb, role):
    """What an auditor would count of one event that was taken."""
    return {
        "received": verb == "SUBMITTED" and before == "never",
        "again": verb == "SUBMITTED" and before != "never",
        "approve": verb in {"APPROVED", "FINAL_APPROVED"},
        "return": after == "returned" and before == "in_review",
        "concluded": verb == "FINAL_APPROVED",
        "revoked": after == "revoked" and before == "approved",
        "withdrawn": after == "withdrawn" and before == "in_review",
    }


def step(state, verb, role):
    """The state after an event, None where it cannot be."""
    under_review = state == "in_review"
    table = {
        "SAVED": state if state in EDITABLE else None,
        "SUBMITTED": "in_review" if state in EDITABLE else None,
        "APPROVED": "in_review" if under_review else None,
        "FINAL_APPROVED": "approved" if under_review else None,
        "REJECTED": "returned" if under_review else None,
    }
    if (verb, role) == ("REJECTED", "EMPLOYEE"):
        return {"in_review": "withdrawn", "returned": "returned", "revoked": "revoked"}.get(state)
    if (verb, role) == ("REJECTED", "MISSING"):
        return "revoked" if state == "approved" else None
    return table.get(verb)


def outcome(call, report):
    """What our database says of the same cases."""
    with call.read() as session:
        rows = session.execute(
            sa.select(ObservedSubject.case_id, ApprovalRequest.state)
            .outerjoin(ApprovalRequest, ApprovalRequest.subject_id == ObservedSubject.id)
            .where(ObservedSubject.run_id == report.run_id)
        )
        states = {case: state.value if state else "never" for case, state in rows}
        refused = Counter(row.case_id for row in queries.refusals(session, report.run_id))
    return states, refused


def generated(tmp_path, seed, *, deviating):
    rng = random.Random(seed)
    cases = {f"permit {n}": grammar.lawful_case(rng) for n in range(40)}
    if deviating:
        cases = {case: grammar.deviate(events, rng) for case, events in cases.items()}
    path = tmp_path / f"log{seed}.xes"
    path.write_text(grammar.as_xes(cases, rng))
    return path


@pytest.mark.parametrize("seed", range(3))
def test_a_lawful_history_is_taken_whole(call, tmp_path, seed):
    path = generated(tmp_path, seed, deviating=False)
    report = import_history(call, path, MAPPING)
    states, refused = outcome(call, report)
    assert (states, refused) == expected(path)
    assert (report.refused, report.cases) == (0, 40)


@pytest.mark.parametrize("seed", range(3))
def test_what_cannot_be_is_refused_by_case_and_never_stops_the_import(call, tmp_path, seed):
    path = generated(tmp_path, seed + 100, deviating=True)
    report = import_history(call, path, MAPPING)
    states, refused = outcome(call, report)
    assert (states, +refused) == expected(path)
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


def figures_of(call, month):
    """The imported half of a month's digest, in the words of `happened`."""
    with call.read() as session:
        size = log.tree_size(session)
        order = builder.Order("monthly", month, "", None, 1, size, "", size)
        built = builder.build(session, order, builder.current_definitions("monthly"))
    found = built.content["figures"]["imported"]
    approved = sum(n for key, n in found["decisions.by_stage"].items() if key.endswith("|approve"))
    return {
        "received": sum(found["requests.received"].values()),
        "again": sum(found["requests.new_rounds"].values()),
        "approve": approved,
        "return": sum(found["requests.returned"].values()),
        "concluded": sum(found["requests.concluded"].values()),
        "revoked": sum(found["requests.revoked"].values()),
        "withdrawn": sum(found["requests.withdrawn"].values()),
    }


def every_tenth_case(path, folder):
    """A smaller log of the same form: whole cases, every tenth."""
    with gzip.open(path) as file:
        tree = ET.parse(file)
    traces = [child for child in tree.getroot() if child.tag.endswith("trace")]
    for number, trace in enumerate(traces):
        if number % 10:
            tree.getroot().remove(trace)
    tree.write(folder / "tenth.xes")
    return folder / "tenth.xes"


@pytest.mark.real_data
def test_all_real_permits_end_as_the_file_says_and_so_does_every_month(call, tmp_path):
    """Every case on SQLite; on PostgreSQL every tenth, since what differs there is held by the other tests."""
    path = real_data("eventlogs/permits_one_trace_per_variant.xes.gz")
    is_whole = call.db.is_sqlite
    if not is_whole:
        path = every_tenth_case(path, tmp_path)
    report = import_history(call, path, MAPPING)
    wanted_states, wanted_refused, months = told_by(path)
    assert outcome(call, report) == (wanted_states, wanted_refused)
    assert len(wanted_states) == report.cases >= 140
    if is_whole:
        assert (report.cases, report.events) == (1478, 26028)
    sequence(call)
    assert {month: figures_of(call, month) for month in months} == {m: dict(c) for m, c in months.items()}
