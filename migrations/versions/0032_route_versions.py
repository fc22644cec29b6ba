"""route_versions: texts, days and proposals of routes; stored conditions become sentences of the language."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


ROUTE = sa.table(
    "approval_route",
    sa.column("id", sa.Uuid()),
    sa.column("kind", sa.String()),
    sa.column("definition", sa.JSON()),
)


def rewrite(change) -> None:
    """Only the shipped R1 was ever stored with conditions, each on one yes-or-no fact."""
    rows = op.get_bind().execute(
        sa.select(ROUTE.c.id, ROUTE.c.definition).where(ROUTE.c.kind == "configured")
    )
    for row_id, definition in rows.all():
        parts = [part for stage in definition["stages"] for part in (stage, *stage.get("seats", ()))]
        facts = [change(part) for part in parts if "when" in part]
        definition.pop("facts", None)
        if any(facts):
            definition["facts"] = {name: "yes_no" for name in facts if name}
        op.execute(ROUTE.update().where(ROUTE.c.id == row_id).values(definition=definition))


def as_sentence(part):
    ((name, wanted),) = part["when"].items()
    part["when"] = name if wanted else f"not {name}"
    return name


def as_mapping(part) -> None:
    *turned, name = part["when"].split()
    part["when"] = {name: not turned}


def upgrade() -> None:
    op.create_table(
        "approval_route_proposal",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("route_version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
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
            "state <> 'applied' OR (settled_by_id IS NOT NULL AND settled_by_id <> proposed_by_id)",
            name=op.f("ck_approval_route_proposal_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["account.id"], name=op.f("fk_approval_route_proposal_proposed_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["account.id"], name=op.f("fk_approval_route_proposal_settled_by_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_route_proposal")),
        sa.UniqueConstraint("number", name=op.f("uq_approval_route_proposal_number")),
    )
    with op.batch_alter_table("approval_route_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_route_proposal_code"), ["code"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_approval_route_proposal_proposed_by_id"), ["proposed_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_approval_route_proposal_settled_by_id"), ["settled_by_id"], unique=False
        )

    with op.batch_alter_table("approval_route", schema=None) as batch_op:
        batch_op.add_column(sa.Column("text", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(length=300), server_default="", nullable=False))
        batch_op.add_column(sa.Column("proposed_by", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("set_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("set_by", sa.String(length=80), server_default="", nullable=False))
        batch_op.create_index(batch_op.f("ix_approval_route_set_by_id"), ["set_by_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_approval_route_set_by_id_account"), "account", ["set_by_id"], ["id"]
        )

    rewrite(as_sentence)


def downgrade() -> None:
    rewrite(as_mapping)
    with op.batch_alter_table("approval_route", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_approval_route_set_by_id_account"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_approval_route_set_by_id"))
        batch_op.drop_column("set_by")
        batch_op.drop_column("set_by_id")
        batch_op.drop_column("proposed_by")
        batch_op.drop_column("reason")
        batch_op.drop_column("valid_from")
        batch_op.drop_column("text")

    with op.batch_alter_table("approval_route_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approval_route_proposal_settled_by_id"))
        batch_op.drop_index(batch_op.f("ix_approval_route_proposal_proposed_by_id"))
        batch_op.drop_index(batch_op.f("ix_approval_route_proposal_code"))

    op.drop_table("approval_route_proposal")
