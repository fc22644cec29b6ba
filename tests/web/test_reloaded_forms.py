"""Loading a refused form's page again, or opening the address a form is sent to, leads to the page with the form."""

import pytest
from werkzeug.exceptions import HTTPException

from tests.web.test_roles_and_routes import UNKNOWN
from webapp.core.permissions import Role

# What an address answers does not hang on the kind of database.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
# These forms stand on every page.
FROM_EVERYWHERE = {"/sign-out", "/preferences"}


def only_sent_to(app):
    """The path of every address that takes a form and shows no page, but the API's."""
    adapter = app.url_map.bind("127.0.0.1:8000")
    for rule in app.url_map.iter_rules():
        kinds = {
            name: type(c).__name__.removesuffix("Converter").lower() for name, c in rule._converters.items()
        }
        values = {name: UNKNOWN.get(kind, "nonesuch") for name, kind in kinds.items()}
        path = adapter.build(rule.endpoint, values, method=next(iter(rule.methods)))
        path = path.removeprefix("http://127.0.0.1:8000")
        if "POST" in rule.methods and not path.startswith("/api/") and not page_at(adapter, path):
            yield rule.endpoint, path


def page_at(adapter, path):
    try:
        return adapter.match(path, method="GET")
    except HTTPException:
        return None


def test_every_address_that_only_takes_a_form_leads_to_a_page(app, database):
    visitor = app.test_client()
    adapter = app.url_map.bind("127.0.0.1:8000")
    seen, lost = 0, []
    for endpoint, path in only_sent_to(app):
        seen += 1
        answer = visitor.get(path)
        to = (answer.location or "").removeprefix("http://127.0.0.1:8000")
        if answer.status_code != 303 or page_at(adapter, to.partition("?")[0]) is None or to == "/":
            lost.append((endpoint, path, answer.status_code, to))
    assert seen > 60
    assert [row for row in lost if row[1] not in FROM_EVERYWHERE] == []


@pytest.mark.parametrize(
    ("sent_to", "page"),
    [
        ("/trips/CG-2026-001/reimbursement", "/trips/CG-2026-001/after"),
        ("/trips/CG-2026-001/close", "/trips/CG-2026-001/after"),
        ("/trips/CG-2026-001/files", "/trips/CG-2026-001/edit/files"),
        ("/trips/CG-2026-001/discard", "/trips/CG-2026-001"),
        ("/trips/CG-2026-001/submit", "/trips/CG-2026-001/check"),
        ("/trips/CG-2026-001/waivers/DEL-01/decision", "/trips/CG-2026-001"),
        ("/passports/CG-2026-001/2/in", "/passports"),
        ("/plans/2026/swj/allotment", "/plans/2026/swj"),
    ],
)
def test_the_page_is_the_one_the_form_stands_on(app, client, sent_to, page):
    answer = client(Role.CLERK).get(sent_to)
    assert (answer.status_code, answer.location) == (303, page)


def test_a_program_is_still_told_that_the_method_is_wrong(app, database):
    assert app.test_client().get("/api/v1/trips/CG-2026-001/submit").status_code == 405
