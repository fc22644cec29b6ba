"""The tables: every reference has an index, every table a key, instants are instants."""

import ast
from pathlib import Path

import sqlalchemy as sa

from webapp.core.db import Base, UtcDateTime
from webapp.core.rights import RIGHTS
from webapp.core.vault import SEALED
from webapp.runtime import load_models

load_models()
TABLES = list(Base.metadata.sorted_tables)


def leading(table):
    """The first columns of everything the database can search by."""
    found = [tuple(column.name for column in index.columns) for index in table.indexes]
    found += [
        tuple(column.name for column in c.columns)
        for c in table.constraints
        if isinstance(c, sa.UniqueConstraint)
    ]
    found += [(column.name,) for column in table.columns if column.unique]
    return [*found, tuple(column.name for column in table.primary_key.columns)]


def test_every_foreign_key_is_indexed():
    """Without, deleting or locking a parent row reads the whole child table."""
    bare = [
        f"{table.name}.{key.column_keys[0]}"
        for table in TABLES
        for key in table.foreign_key_constraints
        if key.column_keys[0] not in {columns[0] for columns in leading(table) if columns}
    ]
    assert not bare


def test_tables_are_named_in_the_singular_and_have_a_primary_key():
    assert len(TABLES) > 15
    assert not [table.name for table in TABLES if not table.primary_key.columns]
    plural = [
        t.name for t in TABLES if t.name.endswith("s") and not t.name.endswith(("ss", "us", "is", "series"))
    ]
    assert not plural


def test_instants_end_in_at_and_days_in_on():
    wrong = []
    for table in TABLES:
        for column in table.columns:
            if isinstance(column.type, UtcDateTime) and not column.name.endswith(
                ("_at", "_from", "_until", "_due", "high_water")
            ):
                wrong.append(f"{table.name}.{column.name}")
            if isinstance(column.type, sa.DateTime):
                wrong.append(f"{table.name}.{column.name} is not UTC by type")
    assert not [name for name in wrong if not name.endswith(".at")]


def test_every_table_of_the_log_declares_which_account_may_do_what():
    undeclared = [t.name for t in TABLES if t.name.startswith("audit_") and RIGHTS not in t.info]
    assert not undeclared
    assert sum(RIGHTS in table.info for table in TABLES) >= 8


def test_every_column_of_sealed_values_says_so_since_a_change_of_keys_finds_them_by_it():
    silent = [
        f"{table.name}.{column.name}"
        for table in TABLES
        for column in table.columns
        if column.name.endswith("_sealed") and SEALED not in column.info
    ]
    assert not silent


MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"
# Made before any office ran, when every table was empty.
BEFORE_ANY_OFFICE = {"0007", "0010", "0014"}


def called(node, name):
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") == name


def test_a_migration_adds_no_column_that_rows_already_there_could_not_have():
    """A column that must not be empty needs a value for the rows of an office that runs: a server default."""
    wrong, looked_at = [], 0
    for script in sorted(MIGRATIONS.glob("*.py")):
        number = script.name[:4]
        if number in BEFORE_ANY_OFFICE:
            continue
        (up,) = [n for n in ast.parse(script.read_text()).body if getattr(n, "name", "") == "upgrade"]
        tightened = {  # filled first, then closed
            node.args[-1].value if isinstance(node.args[-1], ast.Constant) else ""
            for node in ast.walk(up)
            if called(node, "alter_column")
        }
        for node in [node for node in ast.walk(up) if called(node, "add_column")]:
            column = next(arg for arg in node.args if called(arg, "Column"))
            said = {word.arg: word.value for word in column.keywords}
            looked_at += 1
            nullable = getattr(said.get("nullable"), "value", True)
            if not nullable and "server_default" not in said and column.args[0].value not in tightened:
                wrong.append(f"{script.name}: {column.args[0].value}")
    assert looked_at > 10
    assert not wrong
