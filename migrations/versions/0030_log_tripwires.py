"""log_tripwires: the log's tables refuse to be changed, and its list is found by action and by unit"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# What each table refuses, and under which condition an update is one. The tree's head and its tiles grow in place;
# salts are erased and pending marks are taken away by deleting them.
ALWAYS = ""
UPDATES = {
    "audit_entry": ALWAYS,
    "audit_leaf": ALWAYS,
    "audit_checkpoint": ALWAYS,
    "audit_check": ALWAYS,
    "audit_salt": ALWAYS,
    "audit_pending": ALWAYS,
    "audit_head": "NEW.id <> OLD.id OR NEW.size < OLD.size",
    "audit_tile": "NEW.level <> OLD.level OR NEW.number <> OLD.number OR {begins} <> OLD.hashes",
}
DELETES = ("audit_entry", "audit_leaf", "audit_checkpoint", "audit_check", "audit_head", "audit_tile")

FUNCTION = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the log only grows: % of % refused', TG_OP, TG_TABLE_NAME; END $$
"""


def upgrade() -> None:
    op.create_index("ix_audit_entry_action", "audit_entry", ["action", "recorded_at"])
    op.create_index("ix_audit_entry_unit", "audit_entry", ["unit", "recorded_at"])
    if op.get_bind().dialect.name == "sqlite":
        for table, condition in UPDATES.items():
            only = condition.format(begins="substr(NEW.hashes, 1, length(OLD.hashes))")
            _refuse_on_sqlite(table, "UPDATE", f"WHEN {only} " if only else "")
        for table in DELETES:
            _refuse_on_sqlite(table, "DELETE", "")
        return
    op.execute(FUNCTION)
    for table, condition in UPDATES.items():
        only = condition.format(begins="substring(NEW.hashes FROM 1 FOR octet_length(OLD.hashes))")
        each = f"FOR EACH ROW WHEN ({only})" if only else "FOR EACH STATEMENT"
        op.execute(
            f"CREATE TRIGGER {table}_refuses_update BEFORE UPDATE ON {table} {each} EXECUTE FUNCTION audit_refuse()"
        )
    for table in DELETES:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_delete BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )


def _refuse_on_sqlite(table: str, verb: str, only: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} {only}"
        f"BEGIN SELECT RAISE(ABORT, 'the log only grows: {verb} of {table} refused'); END"
    )


def downgrade() -> None:
    suffix = "" if op.get_bind().dialect.name == "sqlite" else " ON {table}"
    names = [(table, "update") for table in UPDATES] + [(table, "delete") for table in DELETES]
    for table, verb in names:
        op.execute(f"DROP TRIGGER {table}_refuses_{verb}" + suffix.format(table=table))
    if suffix:
        op.execute("DROP FUNCTION audit_refuse()")
    op.drop_index("ix_audit_entry_unit", "audit_entry")
    op.drop_index("ix_audit_entry_action", "audit_entry")
