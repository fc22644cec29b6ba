"""A table of fee standards that was read in waits for a second person before it holds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fee_proposal",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("document", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("standards", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("applied_as", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state = 'proposed') = (settled_at IS NULL)", name=op.f("ck_fee_proposal_settled_has_its_time")
        ),
        sa.CheckConstraint(
            "state <> 'applied' OR settled_by_id <> proposed_by_id",
            name=op.f("ck_fee_proposal_applied_by_another"),
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_fee_proposal_dates_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["account.id"], name=op.f("fk_fee_proposal_proposed_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["account.id"], name=op.f("fk_fee_proposal_settled_by_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_proposal")),
        sa.UniqueConstraint("number", name=op.f("uq_fee_proposal_number")),
    )
    with op.batch_alter_table("fee_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fee_proposal_proposed_by_id"), ["proposed_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fee_proposal_settled_by_id"), ["settled_by_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("fee_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fee_proposal_settled_by_id"))
        batch_op.drop_index(batch_op.f("ix_fee_proposal_proposed_by_id"))

    op.drop_table("fee_proposal")
