"""How a database would answer what was asked: which tables it would read from end to end."""

import re
from contextlib import contextmanager

import sqlalchemy as sa

from webapp.core.db import Base

# Reading one of these whole is reading little: they hold only the rows somebody still has to look at.
PARTIAL = ("ix_mail_live", "ix_inbox_item_unread", "ix_deadline_next_step_at", "ix_deadline_due_at")


@contextmanager
def reads(database):
    """The list it gives holds, after the block, the tables that some SELECT of the block reads from end to end."""
    asked, found = [], []

    def note(_connection, _cursor, statement, parameters, *_rest):
        if statement.lstrip("( ").startswith("SELECT"):
            asked.append((statement, parameters))

    for engine in database.engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in database.engines:
            sa.event.remove(engine, "before_cursor_execute", note)
    assert asked, "nothing was asked"
    with database.engine.connect() as connection:
        for statement, parameters in asked:
            found += _whole(connection, database.is_sqlite, statement, parameters)


def _whole(connection, is_sqlite, statement, parameters):
    if is_sqlite:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        lines = [row[3] for row in rows]
        scans = [line.split()[1] for line in lines if line.startswith("SCAN ") and not line.endswith(PARTIAL)]
        names = {name: re.sub(r"_\d+$", "", name) for name in scans}  # a second use of a table has a number
        return [names[name] for name in scans if names[name] in Base.metadata.tables]
    # Tables of a test are small and read whole by choice; what is left when that is dear has no index to use.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return re.findall(r"Seq Scan on (\w+)", "\n".join(row[0] for row in rows))
