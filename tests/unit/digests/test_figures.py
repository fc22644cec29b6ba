"""Figures by example: what each measure means, and who belongs to a period."""

from webapp.digests.figures import Population, evaluate

MAY = Population("2026-04-30T16:00:00.000000Z", "2026-05-31T16:00:00.000000Z", size=100)


def entry(action, day="2026-05-10", origin="native", unit="JH-01", actor="a", obj="t1", **figures):
    return {
        "action": action, "occurred_at": f"{day}T02:00:00.000000Z", "origin": origin, "unit": unit,
        "actor": actor, "object": obj, "class": "trip", "figures": figures,
    }  # fmt: skip


def figure(definition, *entries, population=MAY, origin="native"):
    return evaluate([{"id": "f", **definition}], list(enumerate(entries)), population)[origin]["f"]


def test_a_period_holds_what_occurred_in_it_shanghai_time_and_was_known():
    count = {"where": {"action": ["trip.submitted"]}, "measure": "count"}
    last_of_april = {**entry("trip.submitted"), "occurred_at": "2026-04-30T15:59:59.999999Z"}
    first_of_may = {**entry("trip.submitted"), "occurred_at": "2026-04-30T16:00:00.000000Z"}
    first_of_june = {**entry("trip.submitted"), "occurred_at": "2026-05-31T16:00:00.000000Z"}
    assert figure(count, last_of_april, first_of_may, first_of_june) == 1
    assert figure(count, first_of_may, population=Population(MAY.start, MAY.end, size=0)) == 0
    assert figure(count, first_of_may, population=Population(MAY.start, MAY.end, 9, 0, frozenset({"X"}))) == 0


def test_what_is_recorded_late_is_counted_apart():
    late = {"where": {}, "measure": "list", "late": True}
    april, may = entry("trip.submitted", day="2026-04-10"), entry("trip.submitted")
    assert figure(late, april, april, may, population=Population(MAY.start, MAY.end, 100, 1)) == [1]


def test_native_and_imported_stand_apart():
    count = {"where": {"action": ["trip.submitted"]}, "measure": "count"}
    entries = entry("trip.submitted"), entry("trip.submitted", origin="imported:" + "0" * 64)
    assert figure(count, *entries) == 1
    assert figure(count, *entries, origin="imported") == 1


def test_counts_and_sums_by_group():
    entries = (
        entry("trip.permit_issued", person_times=4, route="R1"),
        entry("trip.permit_issued", person_times=6, route="R2"),
        entry("trip.permit_issued", person_times=1, route="R2"),
        entry("trip.permit_issued"),
    )
    permits = {"where": {"action": ["trip.permit_issued"]}}
    assert figure({**permits, "measure": "sum", "of": "figures.person_times"}, *entries) == 11
    assert figure({**permits, "measure": "count", "by": ["figures.route", "unit"]}, *entries) == {
        "none|JH-01": 1,
        "R1|JH-01": 1,
        "R2|JH-01": 2,
    }
    assert figure({**permits, "measure": "distinct", "of": "object"}, *entries) == 1


def test_a_share_shows_both_numbers_and_a_spread_is_a_value_that_occurred():
    duties = [entry("duty.met", minutes=minutes, late=int(minutes > 50)) for minutes in (90, 10, 20, 60)]
    where = {"action": ["duty.met"]}
    assert figure({"where": where, "measure": "share", "part": {"figures.late": [1]}}, *duties) == [2, 4]
    spread = {"where": where, "measure": "spread", "of": "figures.minutes"}
    assert figure(spread, *duties) == {"n": 4, "median": 20, "p90": 90}
    assert figure(spread) == {"n": 0, "median": None, "p90": None}
    above = {"where": {"figures.minutes": {"min": 20, "max": 60}}, "measure": "count"}
    assert figure(above, *duties, entry("other")) == 2


def test_a_negative_statement_finds_whoever_decided_their_own_request():
    own = {
        "where": {"action": ["approval.decided"]},
        "with": {"where": {"action": ["trip.submitted"]}, "on": ["object", "actor"]},
        "measure": "list",
    }
    filed_in_april = entry("trip.submitted", day="2026-04-10", actor="clerk")
    assert figure(own, filed_in_april, entry("approval.decided", actor="head")) == []
    assert figure(own, filed_in_april, entry("approval.decided", actor="clerk")) == [1]


def test_an_entry_is_not_its_own_match():
    twice = {
        "where": {"action": ["approval.decided"]},
        "with": {"where": {"action": ["approval.decided"]}, "on": ["object", "actor", "figures.round"]},
        "measure": "list",
    }
    assert figure(twice, entry("approval.decided", round=1), entry("approval.decided", round=2)) == []
    assert figure(twice, entry("approval.decided", round=1), entry("approval.decided", round=1)) == [0, 1]


def test_unless_takes_away():
    refused = {
        "where": {"action": ["approval.decided"]},
        "unless": {"figures.verdict": ["approve"]},
        "measure": "count",
    }
    assert (
        figure(
            refused, entry("approval.decided", verdict="approve"), entry("approval.decided", verdict="return")
        )
        == 1
    )
