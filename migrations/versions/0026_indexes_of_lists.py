"""indexes_of_lists"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The list without a chosen state is read by its last change; messages are never looked for by their subject.
    with op.batch_alter_table("trip", schema=None) as batch_op:
        batch_op.create_index("ix_trip_touched", ["touched_at", "id"], unique=False)
    with op.batch_alter_table("inbox_item", schema=None) as batch_op:
        batch_op.drop_index("ix_inbox_item_subject_id")


def downgrade() -> None:
    with op.batch_alter_table("inbox_item", schema=None) as batch_op:
        batch_op.create_index("ix_inbox_item_subject_id", ["subject_id"], unique=False)
    with op.batch_alter_table("trip", schema=None) as batch_op:
        batch_op.drop_index("ix_trip_touched")
