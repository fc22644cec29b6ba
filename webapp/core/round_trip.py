"""Several statements in one round trip to PostgreSQL, each planned once per connection.

Sending a statement and waiting for its answer costs web and database more processor time than most statements
themselves: three in one go take as long as one (31 instead of 84 microseconds here). This speaks libpq's pipeline
mode over the connection SQLAlchemy holds, inside its transaction. SQLite, in the same process, has no such cost
and does not come here.
"""

import itertools
import json
import select
from collections.abc import Callable, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any, cast
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg import abc, pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

Statement = tuple[str, Sequence[Any]]
"""A text with `$1`, `$2` … and their values."""

_Arguments = tuple[list[bytes | None], list[int]]
_BEGIN, _COMMIT = ("BEGIN", ()), ("COMMIT", ())
_GOOD = {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}
FORGOTTEN = "26000"
"""SQLSTATE invalid_sql_statement_name: somebody dropped the connection's plans; another try makes them anew."""
_UNDER_WAY = {pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR}
_NAMES = "waishi.prepared"
_numbers = itertools.count()


def round_trip(
    connection: sa.Connection, statements: Sequence[Statement], *, commit: bool = False, alone: bool = False
) -> list[list[tuple[Any, ...]]]:
    """Run the statements in turn and return the rows of each; `commit` ends the transaction with them.

    `alone`: no transaction is begun where none is under way, the server makes one of the round trip itself.
    Each statement sees what those before it did and what others committed until it began. The first that fails
    raises SQLAlchemy's error for it, and none after it was run.
    """
    for text, rows in itertools.groupby(statements, key=itemgetter(0)):
        for listener in connection.dispatch.before_cursor_execute:
            values = [values for _text, values in rows]
            listener(connection, None, text, values, None, True)  # noqa: FBT003 - the listeners' own form
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    names: dict[str, bytes] = connection.info.setdefault(_NAMES, {})
    is_idle = driver.pgconn.transaction_status == pq.TransactionStatus.IDLE
    begins = is_idle and not alone and not driver.autocommit
    everything = [*([_BEGIN] if begins else []), *statements, *([_COMMIT] if commit else [])]
    encoded = [(text, _arguments(values)) for text, values in everything]
    try:
        results = _sent(driver.pgconn, names, encoded)
    except psycopg.Error as error:
        if error.sqlstate == FORGOTTEN:
            names.clear()
        raise _as_sqlalchemys(connection, error, statements) from error
    except BaseException:
        # A time limit or a stop in the middle: answers nobody read are still on the way, for the next one to misread.
        connection.invalidate()
        raise
    loaders: abc.Transformer = Transformer(driver)
    return [_rows(loaders, result) for result in results[begins : begins + len(statements)]]


def forget_plans(connection: sa.Connection) -> None:
    """The driver drops all plans of the connection when a savepoint is rolled back."""
    if not connection.invalidated:
        connection.info.pop(_NAMES, None)


def roll_back(driver: psycopg.Connection[Any]) -> None:
    """End a transaction without telling the driver, which would drop all plans of the connection with it."""
    if driver.pgconn.transaction_status in _UNDER_WAY:
        driver.pgconn.exec_(b"ROLLBACK")


def _rows(loaders: abc.Transformer, result: pq.abc.PGresult) -> list[tuple[Any, ...]]:
    if result.status != pq.ExecStatus.TUPLES_OK:
        return []
    loaders.set_pgresult(result)
    return loaders.load_rows(0, result.ntuples, tuple)


def _sent(
    pgconn: pq.abc.PGconn, names: dict[str, bytes], encoded: Sequence[tuple[str, _Arguments]]
) -> list[pq.abc.PGresult]:
    """The statements' results; raises the driver's error for the first that failed, after reading all."""
    awaited: list[str] = []  # what each answer belongs to: the text to be remembered as planned, or ''
    pgconn.enter_pipeline_mode()
    for text, (arguments, formats) in encoded:
        name = names.get(text)
        if name is None:
            name = b"waishi_%d" % next(_numbers)
            pgconn.send_prepare(name, text.encode())
            awaited.append(text)
            names[text] = name
        pgconn.send_query_prepared(name, arguments, formats)
        awaited.append("")
    pgconn.pipeline_sync()
    while pgconn.flush():
        _wait(pgconn, select.POLLIN | select.POLLOUT)
        pgconn.consume_input()
    results: list[pq.abc.PGresult] = []
    failed: psycopg.Error | None = None
    for text in awaited:
        result = _answer(pgconn)
        if result.status not in _GOOD:
            names.pop(text, None)
            failed = failed or error_from_result(result)
        elif not text:
            results.append(result)
    _answer(pgconn, last=True)
    pgconn.exit_pipeline_mode()
    if failed is not None:
        raise failed
    return results


def _answer(pgconn: pq.abc.PGconn, *, last: bool = False) -> pq.abc.PGresult:
    """The next result. Waiting lets other threads of this process run."""
    while pgconn.is_busy():
        _wait(pgconn, select.POLLIN)
        pgconn.consume_input()
    result = pgconn.get_result()
    if result is None:
        raise psycopg.OperationalError("the server's answer ended early")
    if not last:
        pgconn.get_result()  # the mark between two answers
    return result


def _wait(pgconn: pq.abc.PGconn, events: int) -> None:
    poll = select.poll()
    poll.register(pgconn.socket, events)
    poll.poll()


def _as_sqlalchemys(
    connection: sa.Connection, error: psycopg.Error, statements: Sequence[Statement]
) -> Exception:
    """The error as a statement of its own would raise it; a lost connection is given up."""
    dialect = connection.dialect
    is_lost = dialect.is_disconnect(cast("Any", error), connection.connection.dbapi_connection, None)
    text = "; ".join(text for text, _values in statements)
    raised = sa.exc.DBAPIError.instance(
        text, None, error, psycopg.Error, connection_invalidated=is_lost, dialect=dialect
    )
    if is_lost:
        connection.invalidate(error)
    assert isinstance(raised, Exception)
    return raised


def _arguments(values: Sequence[Any]) -> _Arguments:
    """Values as PostgreSQL's input functions read them, and whether as text (0) or as the bytes they are (1)."""
    encoded: list[bytes | None] = []
    formats: list[int] = []
    for value in values:
        kind = type(value)
        as_bytes = 0
        if value is None:
            encoded.append(None)
        elif kind is UUID:
            encoded.append(value.bytes)
            as_bytes = 1
        elif kind is bytes:
            encoded.append(value)
            as_bytes = 1
        elif isinstance(value, str):  # a code of an enum is one too
            encoded.append(value.encode())
        else:
            encoded.append(_ENCODERS[kind](value))
        formats.append(as_bytes)
    return encoded, formats


def _instant(value: datetime) -> bytes:
    if value.tzinfo is None:
        msg = "a naive datetime has no instant"
        raise TypeError(msg)
    return value.isoformat().encode()


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ENCODERS: dict[type, Callable[[Any], bytes]] = {
    int: lambda value: b"%d" % value,
    bool: lambda value: b"t" if value else b"f",
    datetime: _instant,
    date: lambda value: value.isoformat().encode(),
    dict: lambda value: _json(value).encode(),
    list: lambda value: _json(value).encode(),
    tuple: lambda value: _json(value).encode(),
}
