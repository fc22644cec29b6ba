"""One history of migrations for both databases: forwards, back, forwards again, and equal to the models."""

import ast
import os
import subprocess
import sys
import uuid

import pytest
import sqlalchemy as sa

from tests.conftest import DATABASES, admin, pg_url
from webapp import migrate, revision
from webapp.core.db import Database
from webapp.runtime import load_models


@pytest.fixture(params=DATABASES)
def bare(request, tmp_path):
    """A database without a single table."""
    load_models()
    if request.param == "sqlite":
        db = Database(f"sqlite:///{tmp_path / 'bare.db'}")
        yield db
        db.dispose()
        return
    name = f"waishi_{uuid.uuid4().hex[:12]}"
    admin(f'CREATE DATABASE "{name}"')
    db = Database(pg_url(name))
    yield db
    db.dispose()
    admin(f'DROP DATABASE "{name}" WITH (FORCE)')


def form_of(db):
    """Tables with columns, their nullability, indexes, unique and foreign keys, as the database tells them."""
    inspector = sa.inspect(db.engine)
    form = {}
    for table in sorted(inspector.get_table_names()):
        if table == "alembic_version":
            continue
        columns = sorted((c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table))
        indexes = sorted(
            (str(i["name"]), tuple(map(str, i["column_names"]))) for i in inspector.get_indexes(table)
        )
        foreign = sorted(
            (tuple(f["constrained_columns"]), f["referred_table"]) for f in inspector.get_foreign_keys(table)
        )
        checks = sorted(str(c["name"]) for c in inspector.get_check_constraints(table))
        form[table] = (columns, indexes, foreign, checks)
    return form


def test_up_down_up_ends_where_up_ended(bare):
    migrate.upgrade(bare)
    first = form_of(bare)
    assert len(first) > 10
    migrate.downgrade(bare)
    assert form_of(bare) == {}
    migrate.upgrade(bare)
    assert form_of(bare) == first
    assert revision.current(bare) == revision.newest()


def test_the_migrations_make_exactly_what_the_models_say(bare):
    migrate.upgrade(bare)
    assert migrate.differences(bare) == []


def test_conditions_of_stored_routes_become_sentences_and_back(bare):
    """The routes an office stored before conditions had a language of their own."""
    named = [sa.column(name) for name in ("code", "version", "kind", "title", "created_at")]
    typed = [sa.column("id", sa.Uuid()), sa.column("definition", sa.JSON())]
    route = sa.table("approval_route", *named, *typed)
    seats = [{"code": "a"}, {"code": "b", "when": {"needs_discipline": True}}]
    stored = {"stages": [{"code": "draft"}, {"code": "look", "when": {"urgent": False}, "seats": seats}]}
    migrate.upgrade(bare, "0031")
    values = {"code": "R1", "version": 1, "kind": "configured", "title": "试", "created_at": sa.func.now()}
    with bare.engine.begin() as connection:
        connection.execute(route.insert().values(id=uuid.uuid4(), definition=stored, **values))
    for going, wanted in ((migrate.upgrade, ["not urgent", "needs_discipline"]), (migrate.downgrade, None)):
        going(bare, "0032" if wanted else "0031")
        with bare.engine.begin() as connection:
            found = connection.scalar(sa.select(route.c.definition))
        look = found["stages"][1]
        assert found == stored if wanted is None else [look["when"], look["seats"][1]["when"]] == wanted


# An embedded office is migrated by `up`, which holds the lock of its folder.
@pytest.mark.parametrize("bare", [kind for kind in DATABASES if kind != "sqlite"], indirect=True)
def test_releases_that_migrate_at_once_take_turns(bare, tmp_path):
    """Two hosts released together, each with `migrate up`: one waits for the other, none fails."""
    environment = dict(os.environ, DATABASE_URL=bare.url.render_as_string(hide_password=False))
    command = [sys.executable, "-m", "webapp", "migrate", "up"]
    running = [
        subprocess.Popen(
            command,
            cwd=migrate.FOLDER.parent,
            env=environment | {"WAISHI_DATA": str(tmp_path / str(number))},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(3)
    ]
    answers = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], answers
    assert revision.current(bare) == revision.newest()


def test_migrations_import_no_code_of_the_product_and_follow_one_line():
    scripts = sorted((migrate.FOLDER / "versions").glob("*.py"))
    assert (migrate.FOLDER / "HEAD").read_text().strip() == scripts[-1].stem
    for number, script in enumerate(scripts, start=1):
        assert script.name.startswith(f"{number:04d}_")
        for node in ast.walk(ast.parse(script.read_text())):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = (
                [module or ""]
                if module
                else [a.name for a in getattr(node, "names", []) if isinstance(node, ast.Import)]
            )
            assert not [name for name in names if name.split(".")[0] in {"webapp", "workers", "config"}], (
                script.name
            )
