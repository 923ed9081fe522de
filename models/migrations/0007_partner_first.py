"""The partner leads every key of a partner's tables, so that a database can be split by partner.

Allocations get the partner of their payment. Unique constraints and indexes that began with an id
begin with the partner. SQLite cannot change a constraint: there the table is made anew, with its
rows, its indexes and its triggers. What must be unique whoever the partner is stays as it was: the
numbers of invoices, a gateway's names of payments, billing accounts.
"""

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from models.tables.indexes import PartialIndex


async def made_anew(editor: Any, table: str, changes: dict[str, str], columns: str) -> None:
    """Make a table of SQLite again; `changes` are those of its CREATE TABLE."""
    run = editor.client.execute_query
    _, parts = await run(
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL"
        " ORDER BY type <> 'table'",
        [table],
    )
    _, last_ids = await run("SELECT seq FROM sqlite_sequence WHERE name = ?", [table])
    create, *others = (part["sql"] for part in parts)
    for before, after in {f'TABLE "{table}"': f'TABLE "new__{table}"', **changes}.items():
        if before not in create:
            raise RuntimeError(f"{table} is not as the releases before made it: no {before}")
        create = create.replace(before, after)
    await run(create)
    await run(f'INSERT INTO "new__{table}" SELECT {columns} FROM "{table}"')
    await run(f'DROP TABLE "{table}"')
    await run(f'ALTER TABLE "new__{table}" RENAME TO "{table}"')
    for statement in others:
        await run(statement)
    for row in last_ids:
        await run("DELETE FROM sqlite_sequence WHERE name = ?", [table])
        await run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [table, row["seq"]])


class AddPartner(ops.AddField):
    """Allocations have the partner of their payment."""

    LAST = '"payment_id" BIGINT NOT NULL'
    WITH_PARTNER = f'"partner_id" BIGINT NOT NULL,\n    {LAST}'

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        run, payment = state_editor.client.execute_query, "payments p WHERE p.id = payment_id"
        if state_editor.client.capabilities.dialect == "sqlite":
            columns = f"id, amount, bill_id, (SELECT partner_id FROM {payment}), payment_id"
            await made_anew(state_editor, "allocations", {self.LAST: self.WITH_PARTNER}, columns)
            return
        await run("ALTER TABLE allocations ADD COLUMN partner_id BIGINT")
        await run(f"UPDATE allocations SET partner_id = p.partner_id FROM {payment}")
        await run("ALTER TABLE allocations ALTER COLUMN partner_id SET NOT NULL")

    async def database_backward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        if state_editor.client.capabilities.dialect == "sqlite":
            columns = "id, amount, bill_id, payment_id"
            await made_anew(state_editor, "allocations", {self.WITH_PARTNER: self.LAST}, columns)
            return
        await state_editor.client.execute_query("ALTER TABLE allocations DROP COLUMN partner_id")


class LeadByPartner(ops.TortoiseOperation):
    """A unique constraint begins with the partner."""

    def __init__(self, model_name: str, *columns: str) -> None:
        self.model_name = model_name
        self.former = UniqueConstraint(fields=columns)
        self.constraint = UniqueConstraint(fields=("partner_id", *columns))

    def describe(self) -> str:
        return f"Lead a unique constraint of {self.model_name} by partner"

    def state_forward(self, app_label: str, state: Any) -> None:
        fields_before = list(self.former.fields)
        ops.RemoveConstraint(self.model_name, fields=fields_before).state_forward(app_label, state)
        ops.AddConstraint(self.model_name, self.constraint).state_forward(app_label, state)

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        model = new_state.apps.get_model(f"{app_label}.{self.model_name}")
        await self._change(state_editor, model, self.former, self.constraint)

    async def database_backward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None
    ) -> None:
        model = new_state.apps.get_model(f"{app_label}.{self.model_name}")
        await self._change(state_editor, model, self.constraint, self.former)

    async def _change(self, editor: Any, model: Any, before: Any, after: Any) -> None:
        if editor.client.capabilities.dialect == "sqlite":
            said = {_unique(editor, model, before): _unique(editor, model, after)}
            await made_anew(editor, model._meta.db_table, said, "*")
            return
        await editor.remove_constraint(model, before)
        await editor.add_constraint(model, after)


def _unique(editor: Any, model: Any, constraint: UniqueConstraint) -> str:
    """How a CREATE TABLE says it."""
    return str(editor._get_unique_constraint_sql(model, list(constraint.fields)))


def lead(model_name: str, *columns: str) -> list[Any]:
    """An index begins with the partner."""
    return [
        ops.RemoveIndex(model_name, fields=list(columns)),
        ops.AddIndex(model_name, Index(fields=["partner_id", *columns])),
    ]


class Migration(migrations.Migration):
    dependencies = [("models", "0006_operations")]

    initial = False

    operations = [
        AddPartner("Allocation", "partner_id", fields.BigIntField()),
        LeadByPartner("BillVersion", "bill_id", "number"),
        LeadByPartner("BillCustomer", "version_id", "rank"),
        LeadByPartner("DerivedLine", "version_id", "position"),
        LeadByPartner("ProductLine", "version_id", "customer_id", "rank"),
        LeadByPartner("DisputeLine", "dispute_id", "charge_id"),
        LeadByPartner("Invoice", "bill_id", "version_id"),
        LeadByPartner("LedgerEntry", "transaction_ref", "account"),
        *lead("Allocation", "bill_id", "id"),
        *lead("Allocation", "payment_id", "id"),
        # The second release noted these indexes twice; this is how they are.
        ops.AlterModelOptions(
            name="Allocation",
            options={
                "table": "allocations",
                "app": "models",
                "indexes": [
                    Index(fields=["partner_id", "bill_id", "id"]),
                    Index(fields=["partner_id", "payment_id", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "The part of a payment that is meant for one bill,"
                " and went there if the payment succeeded.",
            },
        ),
        *lead("Delivery", "bill_id"),
        *lead("DerivedLine", "coupon_id"),
        *lead("Dispute", "bill_id", "id"),
        *lead("DisputeMessage", "dispute_id", "id"),
        *lead("WebhookDelivery", "endpoint_id", "id"),
        ops.RemoveIndex("Charge", name="idx_charges_corrects"),
        ops.AddIndex(
            "Charge",
            PartialIndex(
                name="idx_charges_corrects",
                fields=["partner_id", "corrects_id"],
                where="corrects_id IS NOT NULL",
            ),
        ),
    ]
