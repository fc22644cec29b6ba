"""One history for SQLite and PostgreSQL; migrations name plain types and import no code of the product."""

from typing import Any

import sqlalchemy as sa
from alembic import context

from webapp.core.db import Base, CodeEnum, JsonDict, UtcDateTime
from webapp.runtime import load_models

LOCK_KEY = 8152026


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, JsonDict):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if isinstance(item, CodeEnum):
        return f"sa.String({item.impl_instance.length})"
    return False


def compare_type(
    _context: Any, _column: Any, _declared_column: Any, _inspected: Any, declared: Any
) -> bool | None:
    """Our own types stand for plain ones; SQLite keeps no length worth comparing."""
    return False if isinstance(declared, UtcDateTime | JsonDict | CodeEnum) else None


def run(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        # First the turn, however long the other release takes; then no table waits longer than 5 s for a lock,
        # since everybody who reads the table would queue up behind the migration.
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK_KEY})")
        connection.exec_driver_sql("SET lock_timeout = '5s'")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=compare_type,
        transaction_per_migration=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK_KEY})")
        connection.commit()


load_models()
run(context.config.attributes["connection"])
