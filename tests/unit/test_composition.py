"""What two features may not do to each other is refused when the program starts, not when somebody presses a button."""

import pytest

from webapp.approvals import states
from webapp.core.errors import SENTENCES, sentences
from webapp.runtime import SUBJECTS, require_subjects


def test_two_features_cannot_give_one_code_two_sentences():
    before = dict(SENTENCES)
    with pytest.raises(RuntimeError, match="not_found"):
        sentences({"not_found": "另一句话", "quite_new_code": "新"})
    assert before == SENTENCES, "a refused registration leaves nothing behind"


def test_a_feature_imported_twice_may_say_the_same_again():
    sentences({"not_found": SENTENCES["not_found"]})


def test_a_kind_that_goes_to_approval_needs_somebody_who_answers_for_it():
    require_subjects(SUBJECTS)
    assert "trip" in states.SUBMITTED_KINDS
    with pytest.raises(RuntimeError, match="trip"):
        require_subjects({})
