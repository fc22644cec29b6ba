"""The language of conditions: what it answers, what it refuses, and that it says what Python would say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.approvals.route_condition import ConditionError, read
from webapp.approvals.route_facts import NUMBER, TEXT, YES_NO, Fact

FACTS = {
    "days": Fact("days", NUMBER),
    "hot": Fact("hot", YES_NO),
    "place": Fact("place", TEXT, ("JP", "KR")),
    "note": Fact("note", TEXT),
}


@pytest.mark.parametrize(
    ("condition", "facts", "needed"),
    [
        ("hot", {"hot": True}, True),
        ("not hot", {"hot": True}, False),
        ("days >= 5", {"days": 5}, True),
        ("days >= 5", {"days": 4}, False),
        ("days <= 5 and days >= 5", {"days": 5}, True),
        ("days < 4.5", {"days": "4.4"}, True),
        ("place in ['JP', 'KR']", {"place": "KR"}, True),
        ("place not in ['JP']", {"place": "JP"}, False),
        ("place == 'KR' and days >= 2", {"place": "KR", "days": 1}, False),
        ("hot or days > 1 and not hot", {"hot": False, "days": 2}, True),
        ("(hot or days > 1) and not hot", {"hot": True, "days": 2}, False),
        ("hot == false", {"hot": False}, True),
        ("note != ''", {"note": "x"}, True),
    ],
)
def test_a_condition_holds_of_some_facts_and_not_of_others(condition, facts, needed):
    assert read(condition, FACTS).holds(facts) is needed


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("", "没有写完"),
        ("days", "结果不是"),
        ("days > 'a'", "类型不合"),
        ("place > 'JP'", "类型不合"),
        ("hot and days", "类型不合"),
        ("not days", "类型不合"),
        ("place == 'CN'", "没有“CN”这个值"),
        ("place in ['CN']", "没有“CN”这个值"),
        ("place in [JP]", "看不懂的地方：JP"),
        ("weather == 'hot'", "没有声明这项事实：weather"),
        ("days in [1, 'a']", "同一类"),
        ("(hot", "缺少“)”"),
        ("hot )", "多出：)"),
        ("__import__('os')", "看不懂"),
        ("days > 1; hot", "看不懂"),
        ("(" * 20 + "hot" + ")" * 20, "套得太深"),
        ("hot or " * 60 + "hot", "太长"),
    ],
)
def test_a_condition_that_makes_no_sense_says_why(condition, said):
    with pytest.raises(ConditionError) as refused:
        read(condition, FACTS)
    assert said in refused.value.sentence()


_LEAVES = st.sampled_from(
    ["hot", "days > 3", "days != 2", "place == 'JP'", "place in ['KR']", "note == 'x'", "not hot"]
)
_CONDITIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: "({}) {} ({})".format(*parts)
        ),
    ),
    max_leaves=6,
)


@given(
    _CONDITIONS,
    st.integers(0, 5),
    st.booleans(),
    st.sampled_from(["JP", "KR"]),
    st.sampled_from(["x", "y"]),
)
def test_a_condition_that_was_read_is_answered_as_python_would(text, days, hot, place, note):
    """The language is a part of Python's, so Python is the independent judge (of texts made here)."""
    facts = {"days": days, "hot": hot, "place": place, "note": note}
    assert read(text, FACTS).holds(facts) is bool(eval(text, {"__builtins__": {}}, dict(facts)))
