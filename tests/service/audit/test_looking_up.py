"""The list of the log is found by action and by unit without reading all of it."""

import pytest
import sqlalchemy as sa

from webapp.audit.queries import entries_page
from webapp.core.ids import new_id
from webapp.core.ledger import AuditEntry

ENTRIES = 1500


def fill(database, at):
    same = {"recorded_at": at, "occurred_at": at, "origin": "native", "object_class": "unit", "public": {}}
    rows = [
        same | {"id": new_id(at), "object_id": new_id(at), "action": f"a.b{number}", "unit": f"u{number}"}
        for number in range(ENTRIES)
    ]
    with database.write() as session:
        session.execute(sa.insert(AuditEntry), rows)
        session.execute(sa.text("ANALYZE"))
        session.commit()


def plan(session, ask):
    """How the database means to answer the one statement that `ask` sends."""
    sent = []
    engine = session.get_bind()
    note = lambda _c, _cursor, statement, parameters, *_rest: sent.append((statement, parameters))  # noqa: E731
    sa.event.listen(engine, "before_cursor_execute", note)
    ask(session)
    sa.event.remove(engine, "before_cursor_execute", note)
    statement, parameters = next(each for each in sent if each[0].startswith("SELECT"))
    word = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    return str(session.connection().exec_driver_sql(f"{word} {statement}", parameters).all())


@pytest.mark.parametrize("chosen", [{"action": "session.started"}, {"unit": "jyj"}], ids=["action", "unit"])
def test_a_filter_of_the_list_uses_its_index(database, clock, chosen):
    fill(database, clock.now())
    with database.read() as session:
        (column,) = chosen
        assert f"ix_audit_entry_{column}" in plan(session, lambda s: entries_page(s, security=True, **chosen))
