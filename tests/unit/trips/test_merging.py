"""Two clerks in one draft: different cells merge, the same cell asks (three-way merge)."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from webapp.trips.rules import canonical_text, content_hash, marks, merge

OLD = {"title": "赴德国招商团", "purpose": "洽谈"}


def test_changes_to_different_cells_are_both_kept():
    merged = merge(marks(OLD), {**OLD, "title": "赴德国经贸团"}, {**OLD, "purpose": "签约"})
    assert merged.cells == {"title": "赴德国经贸团", "purpose": "签约"}
    assert merged.clashes == ()


def test_the_same_cell_changed_twice_asks_and_shows_both_values():
    merged = merge(marks(OLD), {**OLD, "title": "甲"}, {**OLD, "title": "乙"})
    (clash,) = merged.clashes
    assert (clash.cell, clash.mine, clash.theirs) == ("title", "甲", "乙")


def test_the_same_change_made_twice_is_no_question():
    same = {**OLD, "title": "丙"}
    merged = merge(marks(OLD), same, same)
    assert (merged.cells, merged.clashes, merged.changed) == (same, (), {})


def test_a_row_added_by_each_of_two_people_stands_twice():
    base = {"a.name": "甲"}
    merged = merge(marks(base), {**base, "new-1.name": "乙"}, {**base, "b.name": "丙"})
    assert merged.cells == {"a.name": "甲", "new-1.name": "乙", "b.name": "丙"}


def test_deleting_a_row_another_person_has_just_changed_asks():
    base = {"a.name": "甲"}
    merged = merge(marks(base), {}, {"a.name": "甲二"})
    assert [(c.mine, c.theirs) for c in merged.clashes] == [(None, "甲二")]


def test_deleting_a_row_nobody_touched_deletes_it():
    base = {"a.name": "甲", "b.name": "乙"}
    assert merge(marks(base), {"b.name": "乙"}, base).cells == {"b.name": "乙"}


cells = st.dictionaries(
    st.sampled_from("abcd"), st.one_of(st.none(), st.booleans(), st.sampled_from(["", "甲", "乙"]))
)


@given(cells, cells, cells)
def test_no_change_is_lost_and_none_is_invented(base, mine, theirs):
    merged = merge(marks(base), mine, theirs)
    clashing = {clash.cell for clash in merged.clashes}
    for cell in set(base) | set(mine) | set(theirs):
        absent = object()
        was, my, their = (side.get(cell, absent) for side in (base, mine, theirs))
        result = merged.cells.get(cell, absent)
        same = lambda one, other: (one is other) or (one == other and type(one) is type(other))  # noqa: E731
        if cell in clashing:
            assert not same(my, was)
            assert not same(their, was)
            assert not same(my, their)
            assert same(result, their)
        elif not same(my, was):
            assert same(result, my)
        else:
            assert same(result, their)


@given(cells, cells)
def test_sending_what_was_shown_never_changes_anything(base, theirs):
    merged = merge(marks(base), base, theirs)
    assert merged.cells == theirs
    assert merged.changed == {}


def test_hashes_do_not_depend_on_how_a_database_gives_numbers_back():
    assert content_hash({"a": Decimal("20.00"), "b": date(2026, 5, 18)}) == content_hash(
        {"b": date(2026, 5, 18), "a": Decimal(20)}
    )
    assert canonical_text(Decimal("1E+2")) == '"100"'
