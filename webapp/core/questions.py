"""SELECTs that every action asks: compiled once, and asked several at a time.

An action that knows what it will need says so with `ask_ahead`: PostgreSQL answers all of it in one round trip,
and `ask`, wherever it stands in the code below, takes the answer from there. An answer is forgotten as soon as the
action writes to one of the tables it came from. Without `ask_ahead` everything works the same, only slower.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from webapp.core.db import Base, CodeEnum, JsonDict, WritingSession
from webapp.core.gathered import AHEAD, show
from webapp.core.round_trip import Statement, round_trip

A = TypeVar("A")
_DIALECT = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class Question(Generic[A]):
    """A SELECT over tables (not classes) with named parameters, and what is made of one row of its answer.

    Parameters are single values; a list of them has no place in a text that is planned once.
    """

    def __init__(self, statement: sa.Select[Any], made: Callable[[Sequence[Any]], A]) -> None:
        self.statement = statement
        self.made = made

    def __call__(self, **values: Any) -> "Asked[A]":
        return Asked(self, values)

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables whose rows the answer depends on."""
        found = sa.sql.visitors.iterate(self.statement)
        return frozenset(element.name for element in found if isinstance(element, sa.Table))

    @cached_property
    def _compiled(self) -> tuple[str, list[tuple[str, Any]]]:
        compiled = self.statement.compile(dialect=_DIALECT)
        full = compiled.construct_expanded_state(compiled.params)
        return full.statement, [(name, full.parameters[name]) for name in full.positiontup or ()]

    @cached_property
    def _readers(self) -> list[tuple[int, Callable[[Any], Any]]]:
        """What the columns' own types make of values after the driver: enums, instants in UTC."""
        found = enumerate(column.type for column in self.statement.selected_columns)
        return [
            (at, _reader(kind))
            for at, kind in found
            if isinstance(kind, sa.types.TypeDecorator) and not isinstance(kind, JsonDict)
        ]

    def as_sent(self, values: Mapping[str, Any]) -> Statement:
        """For a round trip to PostgreSQL."""
        text, places = self._compiled
        return text, [values.get(name, own) for name, own in places]

    def as_read(self, rows: Iterable[Sequence[Any]]) -> list[A]:
        """Rows as PostgreSQL's driver gave them."""
        found = []
        for row in rows:
            read = list(row)
            for at, reader in self._readers:
                if read[at] is not None:
                    read[at] = reader(read[at])
            found.append(self.made(read))
        return found


def _reader(kind: sa.types.TypeDecorator[Any]) -> Callable[[Any], Any]:
    if isinstance(kind, CodeEnum):
        return {member.value: member for member in kind.enum}.__getitem__
    return lambda value: kind.process_result_value(value, _DIALECT)


class Asked(Generic[A]):
    """A question with its values."""

    def __init__(self, question: Question[A], values: dict[str, Any]) -> None:
        self.question = question
        self.values = values
        self.key = (question, frozenset(values.items()))


def row_of(model: type[Base]) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """A row with all columns of a model by their names, for `webapp.core.gathered.attached`."""
    names = [column.key for column in model.__table__.columns]
    return lambda row: dict(zip(names, row, strict=True))


def ask_once(connection: sa.Connection, *asked: Asked[Any], alone: bool = True) -> list[list[Any]]:
    """The answers to several questions in their order, on PostgreSQL in one round trip; `alone`: of no action.

    A later one sees what others committed while an earlier one waited for a lock.
    """
    if connection.dialect.name == "postgresql":
        sent = [one.question.as_sent(one.values) for one in asked]
        answers = round_trip(connection, sent, alone=alone)
        return [one.question.as_read(rows) for one, rows in zip(asked, answers, strict=True)]
    return [
        [one.question.made(row) for row in connection.execute(one.question.statement, one.values)]
        for one in asked
    ]


def _connection(session: Session) -> sa.Connection:
    return session.held() if isinstance(session, WritingSession) else session.connection()


def ask(session: Session, asked: Asked[A]) -> list[A]:
    """The answer to a question, from those asked ahead or from the database."""
    ahead = session.info.get(AHEAD, {})
    found: list[A] | None = ahead.get(asked.key)
    if found is None:
        show(session)
        found = ask_once(_connection(session), asked, alone=False)[0]
    return found


def ask_ahead(session: Session, *asked: Asked[Any]) -> None:
    """Ask what this action will want to know, in one round trip."""
    show(session)
    answers = ask_once(_connection(session), *asked, alone=False)
    ahead = session.info.setdefault(AHEAD, {})
    ahead |= {one.key: answer for one, answer in zip(asked, answers, strict=True)}
