"""Every page every role can reach, in both sizes, themes and languages."""

import pytest

from tests.browser import crawl, inspection
from tests.browser.conftest import DESKTOP, PHONE
from webapp.core.permissions import Role

pytestmark = pytest.mark.browser

WAYS = [
    pytest.param(DESKTOP, "light", "zh", id="desktop-light-zh"),
    pytest.param(PHONE, "dark", "en", id="phone-dark-en"),
    pytest.param(DESKTOP, "dark", "en", id="desktop-dark-en"),
    pytest.param(PHONE, "light", "zh", id="phone-light-zh"),
]

ROLES = (
    Role.CLERK,
    Role.CASE_OFFICER,
    Role.FAO_DIRECTOR,
    Role.INCIDENT_LEAD,
    Role.PASSPORT_CUSTODIAN,
    Role.AUDITOR,
    Role.SYSTEM_ADMIN,
    Role.SECURITY_ADMIN,
    Role.AUDIT_ADMIN,
)


@pytest.mark.parametrize(("size", "theme", "language"), WAYS)
def test_pages_of_people_who_are_not_signed_in(visit, size, theme, language):
    with visit(size=size, theme=theme, language=language) as someone:
        for path in ("/sign-in", "/activate/x", "/enter/x"):
            someone.go(path)
            assert inspection.faults(someone.page) == []
        assert someone.complaints == []


@pytest.mark.parametrize(("size", "theme", "language"), WAYS)
def test_every_kind_of_page_somebody_reaches(visit, person, size, theme, language):
    found, seen = {}, set()
    for role in ROLES:
        with visit(person(str(role), role), size=size, theme=theme, language=language) as someone:
            for path, statements in crawl.walk(someone, seen):
                faults = inspection.faults(someone.page)
                left = inspection.chinese_left if language == "en" else inspection.english_left
                faults += [f"not translated: {words}" for words in left(someone.page)]
                if statements > inspection.STATEMENTS:
                    faults.append(f"{statements} SQL statements")
                faults += someone.complaints
                someone.complaints.clear()
                if faults:
                    found[f"{role} {path}"] = faults
    assert found == {}
    assert len(seen) > len(ROLES)
