"""Every page every role can reach, in both sizes, themes and languages."""

import pytest

from tests.browser import crawl, furnished, inspection
from tests.browser.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser

# Two ways show each size, each theme and each language; every page is looked at in one of them, in turn, since
# both took a third of the suite's time. WAYS are walked by the pages of people who are not signed in.
OPPOSITES = [(DESKTOP, "light", "zh"), (PHONE, "dark", "en")]
WAYS = [*OPPOSITES, (DESKTOP, "dark", "en"), (PHONE, "light", "zh")]
# The pages are shared out, so that each of the suite's two workers looks at its part.
SHARES = 2

# Answers to GET that nobody is led to by a link, each with its reason.
NO_LINKS = {
    "static": "files of the program",
    "accounts.sign_in": "seen by people who are not signed in",
    "accounts.activate": "seen by people who are not signed in",
    "accounts.enter": "seen by people who are not signed in",
    "notifications.open_message": "marks as read and goes on",
    "trips_edit.start": "goes on to a section",
    "rulebook.new_treaty": "goes on to the form of the country that was chosen",
    "plans.index": "goes on to this year's page",
    "console.home": "goes on to the person's first page",
    "incidents.terms": "a part that the form of a new incident fetches",
    "system.healthz": "asked by programs",
    "trips_api.findings": "asked by programs",
    "trips_api.index": "asked by programs",
    "trips_api.show": "asked by programs",
    "openapi.description": "fetched by the page of the API",
    "audit.proof": "a file beside an entry that the sequencer has numbered",
    "incident.file": "a file of an incident, asked for in the tests of incidents",
    "incident.picture": "a part of the page that shows a file",
    "trips.picture": "a part of the page that shows a file",
    "approvals_results.result": "for a request that waits outside the office, opened in the tests of approval pages",
    "approvals_leaders.scan": "a file of a decision on paper, asked for in the tests of approvals",
}


@pytest.mark.parametrize(("size", "theme", "language"), WAYS)
def test_pages_of_people_who_are_not_signed_in(visit, size, theme, language):
    with visit(size=size, theme=theme, language=language) as someone:
        for path in ("/sign-in", "/activate/x", "/enter/x"):
            someone.go(path)
            assert inspection.faults(someone.page) == []
        assert someone.complaints == []


@pytest.fixture
def desks(call, clock, make_actor, runtime):
    return furnished.desks(call, clock, make_actor, runtime.settings)


def test_no_link_anybody_is_shown_is_dead_and_no_page_asks_too_much_of_the_database(app, desks, ask):
    found, seen = [], set()
    for desk in desks:
        for answer in crawl.walk(app, ask(desk.account_id), desk.starts):
            seen.add(answer.kind.partition(" ")[0])
            where = f"{desk.name} {answer.path}"
            if answer.status >= 400:
                found.append(f"{where}: {answer.status}, named by {answer.by or 'the test'}")
            if answer.is_page and answer.statements > inspection.STATEMENTS:
                found.append(f"{where}: {answer.statements} SQL statements")
    assert not found, "\n".join(found)
    views = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert not sorted(views - NO_LINKS.keys() - seen), sorted(views - NO_LINKS.keys() - seen)


@pytest.mark.parametrize("share", range(SHARES))
def test_every_kind_of_page_is_sound_in_one_of_two_opposite_sizes_themes_and_languages(
    app, desks, ask, visit, share
):
    found = {}
    for desk, paths in chosen(app, desks, ask, share):
        with visit(desk.account_id) as someone:
            for turn, way in enumerate(OPPOSITES):
                someone.look(*way)
                for path in paths[turn::2]:
                    someone.go(path)
                    faults = inspection.faults(someone.page) + someone.complaints
                    left = inspection.chinese_left if way[2] == "en" else inspection.english_left
                    faults += [f"not translated: {words}" for words in left(someone.page)]
                    someone.complaints.clear()
                    if faults:
                        found[f"{desk.name} {path} {way}"] = faults
    assert not found, "\n".join(f"{where}: {fault}" for where, faults in found.items() for fault in faults)


def chosen(app, desks, ask, share):
    """(desk, paths) of this share: each kind of page once, by the first who is led to it, and where walks begin."""
    kinds, every = set(), []
    for desk in desks:
        for answer in crawl.walk(app, ask(desk.account_id), desk.starts):
            place = (desk, answer.path)
            if (
                answer.is_page
                and place not in every
                and (answer.kind not in kinds or answer.path in desk.starts)
            ):
                kinds.add(answer.kind)
                every.append(place)
    mine = every[share::SHARES]
    return [(desk, [path for who, path in mine if who is desk]) for desk in desks]
