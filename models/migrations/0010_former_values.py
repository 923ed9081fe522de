"""Names, numbers and addresses that customers had before, or in a file of charges.

Those that were corrected in the releases before are not known any more.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """One table, empty at first."""

    dependencies = [("models", "0009_bills_confirmation")]
    initial = False

    operations = [
        ops.CreateModel(
            name="CustomerValue",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("partner_id", fields.BigIntField()),
                ("customer_id", fields.BigIntField()),
                ("kind", fields.CharField(max_length=8)),
                ("value", fields.CharField(max_length=400)),
            ],
            options={
                "table": "customer_values",
                "app": "models",
                "unique_together": (("partner_id", "customer_id", "kind", "value"),),
                "pk_attr": "id",
                "table_description": "What a customer was called before, or in a file of charges:"
                " no export may show it (R37).",
            },
            bases=["Model"],
        ),
    ]
