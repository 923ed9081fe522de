"""A text as JSON text, by the quickest function that this PostgreSQL has.

`to_json` looks up the type of its argument for every row; `json_scalar`, of PostgreSQL 17, does not.
The planner replaces a call of this function by its body.
"""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

FIRST_WITH_JSON_SCALAR = 17


async def make(_apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect == "sqlite":
        return
    _, [version] = await editor.client.execute_query("SHOW server_version_num")
    number = int(version["server_version_num"]) // 10_000
    quickest = "json_scalar" if number >= FIRST_WITH_JSON_SCALAR else "to_json"
    await editor.client.execute_query(
        "CREATE FUNCTION json_text(value TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE"
        f" AS $$ SELECT {quickest}(value)::text $$"
    )


async def remove(_apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect != "sqlite":
        await editor.client.execute_query("DROP FUNCTION json_text(TEXT)")


class Migration(migrations.Migration):
    dependencies = [("models", "0004_storage")]

    initial = False

    operations = [ops.RunPython(make, remove)]
