"""clock_mark_name"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clock_mark", schema=None) as batch_op:
        batch_op.alter_column("high_water", new_column_name="high_water_at")


def downgrade() -> None:
    with op.batch_alter_table("clock_mark", schema=None) as batch_op:
        batch_op.alter_column("high_water_at", new_column_name="high_water")
