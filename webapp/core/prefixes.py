"""Texts that begin with a given one, found by an index on both databases: units below a unit, by their paths."""

from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

PATTERN_OPS = "text_pattern_ops"
"""How PostgreSQL orders an index by bytes, whatever the language of the database: only then LIKE 'x%' reads it."""


def below(column: sa.ColumnElement[str] | InstrumentedAttribute[str], path: str) -> sa.ColumnElement[bool]:
    """The column's text begins with `path`; with '' (the whole city) always."""
    return _Below(column, _like(path), _glob(path)) if path else sa.true()


class _Below(FunctionElement[bool]):
    """Column and pattern, the pattern a bound value as a whole: SQLite and PostgreSQL read an index for no other.

    SQLite takes GLOB, since its LIKE knows no upper and lower case and therefore no index of ours.
    """

    name = "below"
    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Self:  # noqa: ARG002 - SQLAlchemy's form
        """A comparison already: "= 1" behind it, which SQLite would get of a function, keeps it from the index."""
        return self


def _like(path: str) -> str:
    return "".join(f"\\{char}" if char in "\\%_" else char for char in path) + "%"


def _glob(path: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in path) + "*"


@compiles(_Below)
def _on_postgresql(element: _Below, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, like, _ = element.clauses
    return f"{compiler.process(column, **kwargs)} LIKE {compiler.process(like, **kwargs)}"


@compiles(_Below, "sqlite")
def _on_sqlite(element: _Below, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, _, glob = element.clauses
    return f"{compiler.process(column, **kwargs)} GLOB {compiler.process(glob, **kwargs)}"
