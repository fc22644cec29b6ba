"""What happened is named once and for ever; whoever is to be told is told by a route that exists."""

import re

from webapp.core.events import all_events
from webapp.runtime import feature_modules, load_models

NAME = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
# Past tense that does not end in -ed; `deadline.approaching` tells of a warning given.
OTHER_PAST = (
    "kept",
    "sent",
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


def test_every_event_that_somebody_is_told_of_has_a_subscriber_and_no_other_has():
    load_models()
    routes = {n: s for module in feature_modules("notices") for n, s in getattr(module, "ROUTES", {}).items()}
    telling = {name for name, event in all_events().items() if event.notifies}
    assert telling - set(routes) == set(), "these events write an obligation nobody takes up"
    told = {name for name, subscribers in routes.items() if subscribers}
    assert told - telling == set(), "these subscribers are never asked"
