"""unit_path_prefixes"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

INDEXES = (("ix_trip_unit_path", "trip"), ("ix_trip_member_unit_path", "trip_member"))


def upgrade() -> None:
    # PostgreSQL reads an index for "begins with" only where it is ordered by bytes; for SQLite nothing changes.
    for name, table in INDEXES:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, ["unit_path"], postgresql_ops={"unit_path": "text_pattern_ops"})


def downgrade() -> None:
    for name, table in INDEXES:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, ["unit_path"])
