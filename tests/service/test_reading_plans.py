"""What is asked all day is answered from an index: no table that grows for years is read from end to end."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.conftest import START
from tests.plans import reads
from webapp.core.prefixes import below
from webapp.core.tx import SYSTEM
from webapp.deadlines import queries as deadlines
from webapp.deadlines.service_scan import scan
from webapp.incidents import queries as incidents
from webapp.incidents import queries_duties
from webapp.notifications import queries, service_claim
from webapp.notifications.states import MailState
from webapp.trips.models import Member, Trip


def claim(call):
    service_claim.claim(call, 10)


def claim_suspect(call):
    service_claim.claim_suspect(call)


def asked(question, *values, **named):
    def work(call):
        with call.read() as session:
            question(session, *[value(call) if callable(value) else value for value in values], **named)

    return work


def an_hour_ago(call):
    return call.clock.now() - timedelta(hours=1)


SOMEBODY = uuid.UUID(int=7)
QUESTIONS = {
    "mails to send": claim,
    "mails whose lease ran out": claim_suspect,
    "how late the oldest is": asked(queries.oldest_due, an_hour_ago),
    "how many mails in each state": asked(queries.mail_counts, an_hour_ago),
    "a page of sent mails": asked(queries.mails, [MailState.SENT], before="x"),
    "a page of messages": asked(queries.inbox, SOMEBODY, before="x"),
    "unread about one paper": asked(queries.unread_counts, SOMEBODY, SOMEBODY),
    "unread of a person": asked(queries.unread_count, SOMEBODY),
    "whether the clock has to look": asked(deadlines.anything_due, an_hour_ago),
    "what the clock looks at": scan,
    "running clocks of one matter": asked(deadlines.open_of, SOMEBODY),
    "running clocks of several": asked(deadlines.running_of, [SOMEBODY]),
    "the nearest clocks of all cases": asked(queries_duties.nearest, incidents.readable_by(SYSTEM, START), 4),
    "a page of the board": asked(incidents.on_board, SYSTEM, START, before="2026-001", limit=9),
    "the counts of the board": asked(incidents.board_counts, SYSTEM, START),
    "whether a reminder was heeded": asked(queries.was_heeded, SOMEBODY, an_hour_ago),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_is_answered_from_an_index(call, database, question):
    with reads(database) as whole:
        QUESTIONS[question](call)
    assert whole == []


@pytest.mark.parametrize("table", [Trip, Member])
def test_what_belongs_below_a_unit_is_found_by_the_beginning_of_its_path(database, table):
    query = sa.select(table.id).where(below(table.unit_path, "/jh/s_j/"))
    index = f"ix_{table.__tablename__}_unit_path"
    asked = []
    with database.engine.connect() as connection:
        if not database.is_sqlite:  # an empty table is read whole by choice
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        sa.event.listen(connection, "before_cursor_execute", lambda *event: asked.append(event[2:4]))
        connection.execute(query)
        statement, values = asked[-1]
        word = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(f"{word} {statement}", values))
    searched = "(unit_path>? AND unit_path<?)" if database.is_sqlite else "~>=~ '/jh/s_j/'"
    assert index in plan
    assert searched in plan


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/jh/", ["/jh/", "/jh/a*c/", "/jh/a_c/", "/jh/abc/", "/jh/abc/d/"]),
        ("/jh/abc/", ["/jh/abc/", "/jh/abc/d/"]),
        ("/jh/a_c/", ["/jh/a_c/"]),
        ("/jh/a*c/", ["/jh/a*c/"]),
        ("/JH/", []),
        ("", ["/jh/", "/jh/a*c/", "/jh/a_c/", "/jh/abc/", "/jh/abc/d/", "/other/"]),
    ],
)
def test_a_path_is_taken_by_the_letter(database, path, found):
    paths = ["/jh/", "/jh/abc/", "/jh/abc/d/", "/jh/a_c/", "/jh/a*c/", "/other/"]
    rows = sa.union_all(*(sa.select(sa.literal(text).label("path")) for text in paths)).subquery()
    with database.engine.connect() as connection:
        got = connection.scalars(sa.select(rows.c.path).where(below(rows.c.path, path))).all()
    assert sorted(got) == found
