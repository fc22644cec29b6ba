"""A full disk: nothing half saved, reading goes on, and the page says what to do."""

import pytest
import sqlalchemy as sa

from tests import factories
from webapp.accounts import service_setup
from webapp.accounts.commands import KeepUnit
from webapp.accounts.states import UnitKind
from webapp.core.errors import DiskFull
from webapp.core.permissions import Role


@pytest.fixture
def full_disk(database):
    """SQLite's own way to run out of pages; afterwards there is room again."""
    if not database.is_sqlite:
        pytest.skip("PostgreSQL's answer is its error code 53100, mapped in the same place")
    limits = {"pages": 0}

    def fill():
        with database.engine.connect() as connection:
            limits["pages"] = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={limits['pages']}")

    @sa.event.listens_for(database.engine, "checkout")
    def keep(connection, *_):
        if limits["pages"]:
            connection.execute(f"PRAGMA max_page_count={limits['pages']}")

    def free():
        limits["pages"] = 1_000_000

    fill.free = free
    return fill


def grow(call, number):
    name = "单位" + "很长" * 50
    return service_setup.keep_unit(call, KeepUnit(code=f"u{number}", name=name, kind=UnitKind.DEPARTMENT))


def fill_up(call):
    for number in range(200):
        grow(call, number)


def units(call):
    with call.read() as session:
        return session.scalar(sa.text("SELECT count(*) FROM unit")), session.scalar(
            sa.text("SELECT count(*) FROM audit_entry WHERE action = 'unit.kept'")
        )


def test_writing_stops_with_507_reading_goes_on_and_space_heals_it(app, call, full_disk):
    factories.unit(call, "wb")
    browser = factories.signed_in_client(app, call, Role.SYSTEM_ADMIN, unit="wb")
    full_disk()
    with pytest.raises(DiskFull):
        fill_up(call)
    count, entries = units(call)
    assert count == entries, "every unit that was saved has its entry, and no entry has no unit"

    assert browser.get("/settings/units").status_code == 200
    form = {"code": "voll", "name": "单位" * 50, "kind": "department"}
    answers = {
        browser.post("/settings/units", data=form | {"code": f"voll{n}"}).status_code for n in range(8)
    }
    assert 507 in answers
    assert answers <= {303, 507, 422}

    full_disk.free()
    grow(call, "danach")
    assert units(call)[0] == units(call)[1]
