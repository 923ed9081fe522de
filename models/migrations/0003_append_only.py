"""Ledger and audit trail only ever grow: the databases refuse to change or remove an entry (R60).

PostgreSQL also refuses TRUNCATE. A later migration that rebuilds one of the tables on SQLite must
make its triggers again; a test on both databases notices.
"""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

TABLES = ("audit_entries", "ledger_entries")


def statements(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;"
            for table in TABLES
            for verb in ("UPDATE", "DELETE")
        ]
    refuse = (
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    triggers = (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in TABLES
    )
    return [refuse, *triggers]


async def forbid_changes(_apps: Any, editor: Any) -> None:
    for statement in statements(editor.client.capabilities.dialect):
        await editor.client.execute_query(statement)


async def allow_changes(_apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect == "sqlite":
        for table in TABLES:
            await editor.client.execute_query(f"DROP TRIGGER {table}_no_update")
            await editor.client.execute_query(f"DROP TRIGGER {table}_no_delete")
        return
    for table in TABLES:
        await editor.client.execute_query(f"DROP TRIGGER {table}_append_only ON {table}")
    await editor.client.execute_query("DROP FUNCTION refuse_change()")


class Migration(migrations.Migration):
    dependencies = [("models", "0002_whole_life")]

    initial = False

    operations = [ops.RunPython(forbid_changes, allow_changes)]
