"""How an end was counted is kept, so that a changed calendar can count it again; ends opened before keep theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counted_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("counted_count", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("is_rolled", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("moved_from_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("move_count", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        for name in ("move_count", "moved_from_at", "is_rolled", "counted_count", "counted_from"):
            batch_op.drop_column(name)
