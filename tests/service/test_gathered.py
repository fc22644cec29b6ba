"""Rows written and changed in one statement read back as what was given, on both databases."""

import signal
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests import factories
from webapp.accounts import queries
from webapp.accounts.models import Unit
from webapp.accounts.states import UnitKind
from webapp.core.errors import NotFound
from webapp.core.ids import new_id
from webapp.core.round_trip import round_trip
from webapp.core.tx import UsedKey, command


def test_changed_rows_show_their_new_values_and_so_does_the_database(call):
    one, other = factories.unit(call, "swj"), factories.unit(call, "jyj")

    @command
    def rename(tx):
        rows = [tx.lock(Unit, unit.id) for unit in (one, other)]
        kind = UnitKind.COUNTY
        for row in rows:
            tx.rows.change(row, {"name": f"新名“{row.code}”", "kind": kind, "name_en": ""})
        assert [row.name for row in rows] == ["新名“swj”", "新名“jyj”"]
        assert not tx.session.is_modified(rows[0])

    rename(call)
    with call.read() as session:
        found = queries.unit_by_code(session, "jyj")
        assert (found.name, found.kind, found.name_en) == ("新名“jyj”", UnitKind.COUNTY, "")


def test_a_row_that_is_not_in_the_database_yet_cannot_be_changed_there(call):
    @command
    def change(tx):
        tx.rows.change(Unit(code="x"), {"name": "y"})

    with pytest.raises(RuntimeError, match="in the database"):
        change(call)


def test_what_an_action_has_put_in_or_changed_is_found_by_its_own_next_query(call):
    first = factories.unit(call, "swj")

    @command
    def act(tx):
        tx.rows.change(tx.lock(Unit, first.id), {"name": "新名"})
        row = {
            "id": new_id(tx.now),
            "code": "jyj",
            "name": "教育局",
            "kind": UnitKind.COUNTY,
            "path": "/jyj/",
        }
        put = tx.rows.put(Unit, row)
        put.name_en = "Education"  # changed as any other object of the session, after it was put in
        found = {unit.code: unit for unit in tx.session.scalars(sa.select(Unit))}
        assert (found["swj"].name, found["jyj"] is put, put.is_active) == ("新名", True, True)

    act(call)
    with call.read() as session:
        assert queries.unit_by_code(session, "swj").name == "新名"
        assert queries.unit_by_code(session, "jyj").name_en == "Education"


def test_a_part_that_fails_takes_its_own_rows_back_and_no_others(call):
    unit = factories.unit(call, "swj")

    @command
    def act(tx):
        row = tx.lock(Unit, unit.id)
        tx.rows.change(row, {"name": "外面"})
        tx.rows.add(UsedKey, _key(tx, "外面"))
        with pytest.raises(NotFound):
            _fail_inside(tx, row)

    act(call)
    with call.read() as session:
        assert queries.unit_by_code(session, "swj").name == "外面"
        assert session.scalars(sa.select(UsedKey.route)).all() == ["外面"]


def _fail_inside(tx, row):
    with tx.savepoint():
        tx.rows.change(row, {"name": "里面"})
        tx.rows.add(UsedKey, _key(tx, "里面"))
        raise NotFound


def _key(tx, route):
    return {"key": uuid4(), "actor_id": None, "route": route, "location": None, "used_at": tx.now}


def test_a_refused_action_leaves_the_next_one_its_plans(call, database):
    """The driver drops every plan of a connection at a ROLLBACK it is told of."""
    unit = factories.unit(call, "swj")

    @command
    def act(tx, name, is_refused):
        tx.rows.change(tx.lock(Unit, unit.id), {"name": name})
        tx.rows.show()
        if is_refused:
            raise NotFound

    act(call, "一", is_refused=False)
    with pytest.raises(NotFound):
        act(call, "二", is_refused=True)
    act(call, "三", is_refused=False)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1" if database.is_sqlite else "DEALLOCATE ALL")
    act(call, "四", is_refused=False)
    with call.read() as session:
        assert queries.unit_by_code(session, "swj").name == "四"


def test_only_an_instant_is_written_as_one(call):
    @command
    def act(tx):
        tx.rows.add(UsedKey, _key(tx, "x") | {"used_at": datetime(2026, 1, 1)})

    with pytest.raises((TypeError, sa.exc.StatementError), match="no instant"):
        act(call)


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


def test_a_time_limit_in_the_middle_leaves_no_answer_for_the_next_action_to_read(call, database):
    if database.is_sqlite:
        pytest.skip("SQLite has no round trips")
    unit = factories.unit(call, "swj")

    def stop(_signal, _frame):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(TimeoutError), database.connect() as connection:
            round_trip(connection, [("SELECT 'late', pg_sleep(20)", ())], alone=True)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with database.connect() as connection:
        assert round_trip(connection, [("SELECT $1::text", ("mine",))], alone=True) == [[("mine",)]]
    with call.read() as session:
        assert queries.unit_by_code(session, "swj").id == unit.id
