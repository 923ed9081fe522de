"""Whether a bill must be confirmed before it is paid is fixed when it is issued, on the bill.

Of the bills that are there, those with a document and without a confirmation were issued to a
partner who need not confirm.
"""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

NEED_NOT = (
    "UPDATE bills SET confirmation_required = FALSE WHERE status <> 'CONFIRMED' AND EXISTS"
    " (SELECT 1 FROM invoices i WHERE i.partner_id = bills.partner_id AND i.bill_id = bills.id)"
)


async def tell_from_documents(_apps: Any, editor: Any) -> None:
    await editor.client.execute_query(NEED_NOT)


async def leave(_apps: Any, _editor: Any) -> None:
    """The column goes, and what it says with it."""


class AddColumn(ops.AddField):
    """A column that, taken back, leaves the table's indexes as they were, on SQLite too."""

    async def database_backward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        await state_editor.client.execute_query(
            f"ALTER TABLE bills DROP COLUMN {self.name}"
        )


class Migration(migrations.Migration):
    """One column, and what it says of the bills that are there."""

    dependencies = [("models", "0008_bills_in_order")]
    initial = False

    operations = [
        AddColumn(
            model_name="Bill",
            name="confirmation_required",
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.RunPython(tell_from_documents, leave),
    ]
