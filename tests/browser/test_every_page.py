"""Every page every role can reach, in both sizes, themes and languages."""

import pytest

from tests.browser import crawl, furnished, inspection
from tests.browser.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser

WAYS = [
    pytest.param(DESKTOP, "light", "zh", id="desktop-light-zh"),
    pytest.param(PHONE, "dark", "en", id="phone-dark-en"),
    pytest.param(DESKTOP, "dark", "en", id="desktop-dark-en"),
    pytest.param(PHONE, "light", "zh", id="phone-light-zh"),
]
# Two ways show each page in each size, each theme and each language.
OPPOSITES = WAYS[:2]
WIDTHS = {DESKTOP: (1440, 768), PHONE: (390, 320)}

FILES = {
    "system.healthz",
    "trips_api.findings",
    "trips_api.index",
    "trips_api.show",
    "openapi.description",
    "digests.checkpoint",
    "digests.keys",
    "audit.proof",
    "trips.file",
    "incident.file",
    "approvals_leaders.scan",
}
# Other answers to GET that are no pages of a signed-in person, each with its reason.
NO_PAGES = {
    "static": "files of the program",
    "accounts.sign_in": "seen by people who are not signed in",
    "accounts.activate": "seen by people who are not signed in",
    "accounts.enter": "seen by people who are not signed in",
    "notifications.open_message": "marks as read and goes on",
    "trips_edit.start": "goes on to a section",
    "console.home": "goes on to the person's first page",
    "incidents.terms": "a part that the form of a new incident fetches",
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


@pytest.mark.parametrize(("size", "theme", "language"), OPPOSITES)
def test_every_kind_of_page_somebody_reaches(app, desks, visit, size, theme, language):
    found, seen = {}, set()
    for desk in desks:
        with visit(desk.account_id, size=size, theme=theme, language=language) as someone:
            for path, statements in crawl.walk(app, someone, seen, desk.starts, FILES):
                faults = inspection.faults(someone.page, widths=WIDTHS[size])
                left = inspection.chinese_left if language == "en" else inspection.english_left
                faults += [f"not translated: {words}" for words in left(someone.page)]
                if statements > inspection.STATEMENTS:
                    faults.append(f"{statements} SQL statements")
                faults += someone.complaints
                someone.complaints.clear()
                if faults:
                    found[f"{desk.name} {path}"] = faults
    assert found == {}
    assert missing(app, seen) == []


def missing(app, seen):
    """Views that answer to GET and that nobody's walk came to."""
    views = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return sorted(views - NO_PAGES.keys() - FILES - {kind.partition(" ")[0] for kind in seen})
