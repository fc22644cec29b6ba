"""Every state of an incident against every action."""

import pytest

from webapp.incidents.kinds import (
    CATEGORY_LABELS,
    DUTY_LABELS,
    FAMILIES,
    MEANS_LABELS,
    MEASURE_LABELS,
    NOTICES,
    PERFORMER_LABELS,
    REPORTS,
    TILE_CATEGORIES,
    TILE_LABELS,
    Category,
    DutyKind,
    Means,
    MeasureKind,
    Performer,
    Tile,
)
from webapp.incidents.states import (
    ACTION_LABELS,
    BOARD,
    ENTRY_LABELS,
    LEVEL_LABELS,
    PART_LABELS,
    SECRECY_LABELS,
    STATE_LABELS,
    Action,
    EntryKind,
    IncidentState,
    Level,
    Part,
    Secrecy,
    moved,
)

WRITTEN_DOWN = {
    "add_person",
    "add_measure",
    "correct_measure",
    "add_note",
    "file_report",
    "record_notice",
    "record_opt_out",
    "request_visit",
    "name_person",
    "hand_over",
}
CHANGING = {
    "registered": {"set_level": "handling"},
    "handling": {"set_level": "handling", "await_reply": "awaiting_reply", "end_handling": "ended"},
    "awaiting_reply": {"set_level": "awaiting_reply", "resume": "handling", "end_handling": "ended"},
    "ended": {"set_level": "ended", "resume": "handling", "close": "closed"},
    "closed": {"reopen": "handling"},
}


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("state", list(IncidentState))
def test_the_whole_table_of_moves(state, action):
    expected = CHANGING[state].get(action)
    if state is not IncidentState.CLOSED and action in WRITTEN_DOWN:
        expected = state
    assert moved(state, action) == expected


def test_every_name_has_a_label_and_a_closed_incident_has_no_column():
    for labels, names in (
        (STATE_LABELS, IncidentState),
        (ACTION_LABELS, Action),
        (LEVEL_LABELS, Level),
        (SECRECY_LABELS, Secrecy),
        (CATEGORY_LABELS, Category),
        (TILE_LABELS, Tile),
        (TILE_CATEGORIES, Tile),
        (DUTY_LABELS, DutyKind),
        (MEASURE_LABELS, MeasureKind),
        (FAMILIES, MeasureKind),
        (MEANS_LABELS, Means),
        (PERFORMER_LABELS, Performer),
        (PART_LABELS, Part),
        (ENTRY_LABELS, EntryKind),
    ):
        assert set(labels) == set(names)
    assert {*REPORTS, *NOTICES} == set(DutyKind)
    assert set(BOARD) == set(IncidentState) - {IncidentState.CLOSED}
