"""messages_by_subject"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

UNREAD = sa.text("read_at IS NULL")
LIVE = sa.text("state IN ('waiting', 'sending')")


def upgrade() -> None:
    # Opening a paper's page asks for the person's unread messages about it; mails are claimed statutory ones first.
    with op.batch_alter_table("inbox_item", schema=None) as batch_op:
        batch_op.drop_index("ix_inbox_item_unread")
        batch_op.create_index(
            "ix_inbox_item_unread",
            ["account_id", "subject_id"],
            unique=False,
            sqlite_where=UNREAD,
            postgresql_where=UNREAD,
        )
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_due_at")
        batch_op.create_index(
            "ix_mail_live",
            [sa.text("is_statutory DESC"), "due_at"],
            unique=False,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        )


def downgrade() -> None:
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_live")
        batch_op.create_index(
            "ix_mail_due_at", ["due_at"], unique=False, sqlite_where=LIVE, postgresql_where=LIVE
        )
    with op.batch_alter_table("inbox_item", schema=None) as batch_op:
        batch_op.drop_index("ix_inbox_item_unread")
        batch_op.create_index(
            "ix_inbox_item_unread",
            ["account_id"],
            unique=False,
            sqlite_where=UNREAD,
            postgresql_where=UNREAD,
        )
