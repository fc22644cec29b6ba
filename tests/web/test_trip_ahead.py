"""The page that says, before submission and under review, who signs next and by when it is through."""

from datetime import date

import pytest

from tests.trip_stories import Office, draft, explain
from webapp.core.permissions import Role

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_a_clerk_sees_who_will_sign_and_when_it_ends_and_an_empty_post_is_marked(client, call, make_actor):
    office = Office(call, make_actor)
    ready = draft(office.clerk)
    make_actor(Role.FINANCE, unit="swj", name="钱多")
    clerk = client(Role.CLERK)
    page = clerk.get(f"/trips/{ready.ref}/ahead").text
    assert "市直单位自组团出访" in page
    assert "最迟 2026-04-09 办完" in page  # the office's clock stands at 2026-03-02
    assert "钱多" in page
    assert "现在没有人" in page
    explain(office.clerk, ready.ref, "PLN-01")
    trip = office.submit(ready)
    office.notice(trip, date(2026, 3, 2))
    page = clerk.get(f"/trips/{trip.ref}/ahead").text
    assert "最迟 2026-04-09 办完" in page
    assert client(Role.CLERK, unit="jyj").get(f"/trips/{trip.ref}/ahead").status_code == 404
