"""Rows written and changed in one statement read back as what was given, on both databases."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests import factories
from webapp.accounts import queries
from webapp.accounts.models import Unit
from webapp.accounts.states import UnitKind
from webapp.core.gathered import rewrite
from webapp.core.tx import UsedKey, command


def test_changed_rows_show_their_new_values_and_so_does_the_database(call):
    one, other = factories.unit(call, "swj"), factories.unit(call, "jyj")

    @command
    def rename(tx):
        rows = [tx.lock(Unit, unit.id) for unit in (one, other)]
        kind = UnitKind.COUNTY
        rewrite(
            tx.session, [(row, {"name": f"新名“{row.code}”", "kind": kind, "name_en": ""}) for row in rows]
        )
        assert [row.name for row in rows] == ["新名“swj”", "新名“jyj”"]
        assert not tx.session.is_modified(rows[0])

    rename(call)
    with call.read() as session:
        found = queries.unit_by_code(session, "jyj")
        assert (found.name, found.kind, found.name_en) == ("新名“jyj”", UnitKind.COUNTY, "")


def test_a_row_that_is_not_in_the_database_yet_cannot_be_changed_there(call):
    @command
    def change(tx):
        rewrite(tx.session, [(Unit(code="x"), {"name": "y"})])

    with pytest.raises(RuntimeError, match="in the database"):
        change(call)


def test_nothing_to_change_asks_nothing(call, statements):
    @command
    def change(tx):
        rewrite(tx.session, [])

    with statements() as seen:
        change(call)
    assert seen == []


def test_an_added_row_is_there_after_the_commit_with_its_instant(call, clock):
    key, later = uuid4(), clock.now() + timedelta(microseconds=7)

    @command
    def use(tx):
        row = {"key": key, "actor_id": None, "route": "甲'\"\\%s", "location": None, "used_at": later}
        tx.rows.add(UsedKey, row)

    use(call)
    with call.read() as session:
        found = session.get(UsedKey, key)
        assert (found.route, found.location, found.used_at) == ("甲'\"\\%s", None, later)
