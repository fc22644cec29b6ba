"""delegation_quota"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("plan_allotment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delegation_quota", sa.Integer(), nullable=True))

    with op.batch_alter_table("plan_hold", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("delegations", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
    # Holds of before count as a delegation of the unit that organises the trip, where the quota counts it at all.
    op.execute(
        """
        UPDATE plan_hold SET delegations = 1
        WHERE persons > 0 AND EXISTS (
            SELECT 1 FROM trip JOIN plan_allotment ON plan_allotment.unit_id = trip.unit_id
            WHERE trip.id = plan_hold.trip_id AND plan_allotment.id = plan_hold.allotment_id
        )
        """
    )


def downgrade() -> None:
    with op.batch_alter_table("plan_hold", schema=None) as batch_op:
        batch_op.drop_column("delegations")

    with op.batch_alter_table("plan_allotment", schema=None) as batch_op:
        batch_op.drop_column("delegation_quota")
