"""Other treaty terms wait for a second person before they hold."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "treaty_proposal",
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("terms", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state = 'proposed') = (settled_at IS NULL)",
            name=op.f("ck_treaty_proposal_settled_has_its_time"),
        ),
        sa.CheckConstraint(
            "state <> 'applied' OR settled_by_id <> proposed_by_id",
            name=op.f("ck_treaty_proposal_applied_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["account.id"], name=op.f("fk_treaty_proposal_proposed_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["account.id"], name=op.f("fk_treaty_proposal_settled_by_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treaty_proposal")),
        sa.UniqueConstraint("number", name=op.f("uq_treaty_proposal_number")),
    )
    with op.batch_alter_table("treaty_proposal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_treaty_proposal_proposed_by_id"), ["proposed_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_treaty_proposal_settled_by_id"), ["settled_by_id"], unique=False)
        batch_op.create_index(
            "uq_treaty_proposal_waiting",
            ["code"],
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("treaty_proposal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_treaty_proposal_waiting",
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )
        batch_op.drop_index(batch_op.f("ix_treaty_proposal_settled_by_id"))
        batch_op.drop_index(batch_op.f("ix_treaty_proposal_proposed_by_id"))

    op.drop_table("treaty_proposal")
