"""What happened is named once and for ever; whoever is to be told is told by a route that exists."""

import re
from uuid import UUID

import pytest

from webapp.approvals.states import Verdict
from webapp.attachments.states import PreviewState
from webapp.audit.service_refusals import UNTOLD
from webapp.core.errors import HTTP_SENTENCES, SENTENCES, sentence_of
from webapp.core.events import RESULT_LABELS, Subject, all_events
from webapp.core.i18n import gettext, in_locale
from webapp.digests.events import SubscriptionKept
from webapp.runtime import feature_modules, load_models

HAN = re.compile("[\u4e00-\u9fff]")
RESULTS_OF_WAIVERS = ("granted", "refused")
PREVIEWS = (PreviewState.DONE, PreviewState.REFUSED, PreviewState.FAILED)
NAME = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
# Past tense that does not end in -ed; `deadline.approaching` tells of a warning given.
OTHER_PAST = (
    "kept",
    "sent",
    "sent_back",
    "met",
    "set",
    "lost",
    "done",
    "built",
    "late",
    "taken_back",
    "withdrawn",
    "made",
)
OTHER_PAST += (
    "came_back",
    "sent_twice",
    "approaching",
    "begun",
    "held",
    "given",
    "stepped_back",
    "written",
    "shown",
    "left",
)


def test_events_are_named_as_a_thing_and_what_happened_to_it():
    load_models()
    names = [name for name, event in all_events().items() if event.__module__.startswith("webapp.")]
    assert len(names) > 20
    wrong = [name for name in names if not NAME.fullmatch(name) or not name.endswith(("ed", *OTHER_PAST))]
    assert not wrong


def test_every_event_has_a_label_people_can_read():
    load_models()
    assert not [name for name, event in all_events().items() if not getattr(event, "label", "")]


def test_every_result_and_every_reason_of_a_refusal_has_words_in_both_languages():
    """Codes stand in the log for ever; whoever reads the log's page reads words."""
    load_models()
    feature_modules("service")
    feature_modules("views")
    words = [*RESULT_LABELS.values(), *SENTENCES.values(), *HTTP_SENTENCES.values()]
    words += [event.label for event in all_events().values() if event.__module__.startswith("webapp.")]
    given = {str(item) for kind in (Verdict, RESULTS_OF_WAIVERS, PREVIEWS) for item in kind}
    assert given <= set(RESULT_LABELS)
    assert sentence_of(UNTOLD)
    with in_locale("en"):
        raw = sorted({text for text in words if HAN.search(gettext(text))})
    assert not raw


def test_an_event_with_a_result_nobody_has_words_for_is_not_made():
    with pytest.raises(ValueError, match="no result anybody has words for"):
        SubscriptionKept(
            about=Subject("digest_subscription", UUID(int=1)),
            kind="x",
            scope="",
            subscriber="",
            result="stage-7",
        )


def test_every_event_that_somebody_is_told_of_has_a_subscriber_and_no_other_has():
    load_models()
    routes = {n: s for module in feature_modules("notices") for n, s in getattr(module, "ROUTES", {}).items()}
    telling = {name for name, event in all_events().items() if event.notifies}
    assert telling - set(routes) == set(), "these events write an obligation nobody takes up"
    told = {name for name, subscribers in routes.items() if subscribers}
    assert told - telling == set(), "these subscribers are never asked"
