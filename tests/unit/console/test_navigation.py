"""Where people arrive and what they are shown."""

import pytest

from webapp.console import navigation
from webapp.console.handbook import DOCS
from webapp.core.permissions import ROLE_PERMISSIONS, Role

ALL = {place.endpoint for place in navigation.PLACES}


def places(role):
    return navigation.visible(ROLE_PERMISSIONS[role], ALL)


@pytest.mark.parametrize(
    ("role", "key"),
    [
        (Role.CLERK, "trips"),
        (Role.UNIT_HEAD, "inbox"),
        (Role.FINANCE, "inbox"),
        (Role.CITY_LEADER, "inbox"),
        (Role.CASE_OFFICER, "inbox"),
        (Role.DUTY_OFFICER, "incidents"),
        (Role.AUDITOR, "digests"),
        (Role.SYSTEM_ADMIN, "system"),
        (Role.SECURITY_ADMIN, "accounts"),
        (Role.AUDIT_ADMIN, "digests"),
    ],
)
def test_everybody_arrives_at_their_own_work(role, key):
    assert navigation.landing([role], places(role)).key == key


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_administrators_see_no_business(role):
    assert not {"trips", "incidents", "inbox", "people", "plans"} & {place.key for place in places(role)}


def test_an_auditor_sees_digests_and_nothing_to_decide():
    keys = {place.key for place in places(Role.AUDITOR)}
    assert {"digests", "audit"} <= keys
    assert "inbox" not in keys


def test_somebody_without_a_role_arrives_at_the_own_account():
    assert navigation.landing([], ()) is navigation.MINE


def test_the_longest_beginning_marks_the_place():
    shown = places(Role.AUDITOR)
    assert navigation.current(shown, "/audit/digests/2026-10") == "digests"
    assert navigation.current(shown, "/audit/entries") == "audit"
    assert navigation.current(shown, "/trips") == "trips"
    assert navigation.current(shown, "/tripsx") == ""


def test_the_phone_has_five_tabs_and_the_last_is_ones_own():
    assert [place.key for place in navigation.tabs(places(Role.FAO_DIRECTOR))][-1] == "me"
    assert len(navigation.tabs(places(Role.FAO_DIRECTOR))) == navigation.TABS


def test_help_opens_the_chapter_written_for_ones_role():
    written = {path.stem.partition("-")[2] for path in (DOCS / "handbook" / "zh").glob("*.md")}
    found = {role: navigation.chapter([role]) for role in Role}
    assert set(found.values()) - {""} <= written
    assert found[Role.SYSTEM_ADMIN] == "administrators"
    assert found[Role.CLERK] == "clerk"
    assert found[Role.CITY_LEADER] == "approver"
    assert navigation.chapter([]) == ""
