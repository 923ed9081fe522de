from tortoise import migrations
from tortoise.migrations import operations as ops
from decimal import Decimal
from models.tables.columns import AmountColumn, InstantColumn
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("at", InstantColumn(generated=False, null=False, unique=False)),
                ("subject", fields.CharField(max_length=200)),
                ("role", fields.CharField(max_length=20)),
                ("partner_id", fields.BigIntField(null=True, db_index=True)),
                ("action", fields.CharField(max_length=40)),
                ("object_id", fields.CharField(max_length=60)),
                ("details", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "audit_entries",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One act, append-only (R60).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BillCustomer",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("version_id", fields.BigIntField()),
                ("partner_id", fields.BigIntField()),
                ("customer_id", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("rank", fields.IntField()),
                ("charge_count", fields.BigIntField()),
                ("expenditures", AmountColumn(generated=False, null=False, unique=False)),
                ("refunds", AmountColumn(generated=False, null=False, unique=False)),
                ("adjustments", AmountColumn(generated=False, null=False, unique=False)),
                ("total", AmountColumn(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "bill_customers",
                "app": "models",
                "unique_together": (("version_id", "rank"),),
                "pk_attr": "id",
                "table_description": "One customer on one bill version, rank orders by total, largest first.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BillVersion",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("bill_id", fields.BigIntField()),
                ("partner_id", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("number", fields.IntField()),
                ("reason", fields.CharField(max_length=40)),
                ("through_posting", fields.BigIntField()),
                ("charge_count", fields.BigIntField()),
                ("customer_count", fields.IntField()),
                ("expenditures", AmountColumn(generated=False, null=False, unique=False)),
                ("refunds", AmountColumn(generated=False, null=False, unique=False)),
                ("adjustments", AmountColumn(generated=False, null=False, unique=False)),
                ("settlement", AmountColumn(generated=False, null=False, unique=False)),
                ("coupons", AmountColumn(generated=False, null=False, unique=False)),
                ("rounding", AmountColumn(generated=False, null=False, unique=False)),
                ("tax", AmountColumn(generated=False, null=False, unique=False)),
                ("bill_amount", AmountColumn(generated=False, null=False, unique=False)),
                ("amount_due", AmountColumn(generated=False, null=False, unique=False)),
                ("credit", AmountColumn(generated=False, null=False, unique=False)),
                ("digest", fields.CharField(max_length=64)),
                ("previous_digest", fields.CharField(max_length=64)),
                ("created_at", InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "bill_versions",
                "app": "models",
                "unique_together": (("bill_id", "number"),),
                "pk_attr": "id",
                "table_description": "Immutable content of a bill: its totals (I1 to I5) and a digest chained backwards.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BillableCycle",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("partner_id", fields.BigIntField()),
                ("cycle", fields.CharField(max_length=7)),
                ("kind", fields.CharField(max_length=8)),
                ("currency", fields.CharField(max_length=3)),
                ("last_posting", fields.BigIntField()),
                ("is_billed", fields.BooleanField(default=False)),
            ],
            options={
                "table": "billable_cycles",
                "app": "models",
                "unique_together": (("partner_id", "cycle", "kind", "currency"),),
                "indexes": [Index(fields=["is_billed", "cycle"])],
                "pk_attr": "id",
                "table_description": "A cycle with charges of one partner, kind and currency, and whether a bill has them all.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Charge",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("partner_id", fields.BigIntField()),
                ("cycle", fields.CharField(max_length=7)),
                ("kind", fields.CharField(max_length=8)),
                ("currency", fields.CharField(max_length=3)),
                ("posting", fields.BigIntField()),
                ("customer_id", fields.BigIntField(null=True)),
                ("charge_type", fields.CharField(max_length=12)),
                ("category", fields.CharField(max_length=40)),
                ("market", fields.CharField(max_length=12)),
                ("product", fields.CharField(max_length=400)),
                ("region", fields.CharField(null=True, max_length=200)),
                ("resource", fields.CharField(null=True, max_length=1024)),
                ("billing_mode", fields.CharField(max_length=16)),
                ("transaction_ref", fields.CharField(null=True, max_length=1024)),
                ("original_ref", fields.CharField(null=True, max_length=1024)),
                ("description", fields.TextField(null=True, unique=False)),
                ("usage_start", InstantColumn(null=True, generated=False, unique=False)),
                ("usage_end", InstantColumn(null=True, generated=False, unique=False)),
                ("posted_at", InstantColumn(generated=False, null=False, unique=False)),
                ("quantity", AmountColumn(null=True, generated=False, unique=False)),
                ("unit", fields.CharField(null=True, max_length=100)),
                ("list_amount", AmountColumn(null=True, generated=False, unique=False)),
                ("amount", AmountColumn(generated=False, null=False, unique=False)),
                ("origin_cycle", fields.CharField(max_length=7)),
                ("account", fields.CharField(max_length=1024)),
                ("import_id", fields.BigIntField(null=True)),
                ("key", fields.BinaryField()),
                ("occurrence", fields.IntField()),
                ("checksum", fields.BigIntField()),
            ],
            options={
                "table": "charges",
                "app": "models",
                "unique_together": (("partner_id", "origin_cycle", "key", "occurrence"),),
                "indexes": [
                    Index(fields=["partner_id", "cycle", "customer_id", "id"]),
                    Index(fields=["partner_id", "cycle", "id"]),
                ],
                "pk_attr": "id",
                "table_description": "One line of consumption, refund, adjustment or tax, written once, never changed or deleted.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Estimate",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("partner_id", fields.BigIntField()),
                ("cycle", fields.CharField(max_length=7)),
                ("kind", fields.CharField(max_length=8)),
                ("currency", fields.CharField(max_length=3)),
                ("as_of", fields.DateField()),
                ("data_through", fields.DateField()),
                ("computed_at", InstantColumn(generated=False, null=False, unique=False)),
                ("through_posting", fields.BigIntField()),
                ("charge_count", fields.BigIntField()),
                ("expenditures", AmountColumn(generated=False, null=False, unique=False)),
                ("refunds", AmountColumn(generated=False, null=False, unique=False)),
                ("adjustments", AmountColumn(generated=False, null=False, unique=False)),
                ("amount", AmountColumn(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "estimates",
                "app": "models",
                "unique_together": (("partner_id", "cycle", "kind", "currency", "as_of"),),
                "pk_attr": "id",
                "table_description": "A day's snapshot of an open cycle, kept, never overwritten (R7).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("partner_id", fields.BigIntField()),
                ("operation", fields.CharField(max_length=40)),
                ("key", fields.CharField(max_length=255)),
                ("request_hash", fields.CharField(max_length=64)),
                ("result_id", fields.BigIntField()),
                ("created_at", InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "idempotency_keys",
                "app": "models",
                "unique_together": (("partner_id", "operation", "key"),),
                "pk_attr": "id",
                "table_description": "A request that was carried out, and the id of what it made (R59).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("file_name", fields.CharField(max_length=400)),
                ("sha256", fields.CharField(db_index=True, max_length=64)),
                ("rows", fields.BigIntField()),
                ("added", fields.BigIntField()),
                ("known", fields.BigIntField()),
                ("rejected", fields.BigIntField()),
                ("imported_at", InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "imports",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One accepted file: what it was, and how many of its rows became charges.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("kind", fields.CharField(max_length=24)),
                ("key", fields.CharField(unique=True, max_length=200)),
                ("arguments", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("status", fields.CharField(max_length=12)),
                ("run_at", InstantColumn(generated=False, null=False, unique=False)),
                ("run", fields.IntField(default=0)),
                ("failures", fields.IntField(default=0)),
                ("lost_runs", fields.IntField(default=0)),
                ("owner", fields.CharField(null=True, max_length=80)),
                ("lease_until", InstantColumn(null=True, generated=False, unique=False)),
                ("error", fields.CharField(null=True, max_length=1000)),
                ("created_at", InstantColumn(generated=False, null=False, unique=False)),
                ("finished_at", InstantColumn(null=True, generated=False, unique=False)),
            ],
            options={
                "table": "jobs",
                "app": "models",
                "indexes": [Index(fields=["status", "run_at"])],
                "pk_attr": "id",
                "table_description": "One piece of work, exactly once by key, owned through a lease and fenced by run.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Partner",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("name", fields.CharField(max_length=400)),
                ("time_zone", fields.CharField(max_length=64)),
                ("confirmation_required", fields.BooleanField()),
                ("credit_policy", fields.CharField(max_length=16)),
                ("payment_days", fields.IntField()),
                ("last_posting", fields.BigIntField(default=0)),
                ("revision", fields.BigIntField(default=0)),
                ("created_at", InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "partners",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A reseller that owes the vendor.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Bill",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("cycle", fields.CharField(max_length=7)),
                ("kind", fields.CharField(max_length=8)),
                ("currency", fields.CharField(max_length=3)),
                ("status", fields.CharField(max_length=12)),
                ("version", fields.IntField()),
                ("version_id", fields.BigIntField()),
                ("paid", AmountColumn(generated=False, null=False, unique=False)),
                (
                    "booked",
                    AmountColumn(default=Decimal("0"), generated=False, null=False, unique=False),
                ),
                ("is_late", fields.BooleanField()),
                ("issued_at", InstantColumn(generated=False, null=False, unique=False)),
                ("due_at", InstantColumn(generated=False, null=False, unique=False)),
                ("confirmed_at", InstantColumn(null=True, generated=False, unique=False)),
                ("confirmed_by", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "bills",
                "app": "models",
                "unique_together": (("partner", "cycle", "kind", "currency"),),
                "pk_attr": "id",
                "table_description": "What a partner owes for a cycle, by kind and currency.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BillingAccount",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("account", fields.CharField(unique=True, max_length=1024)),
            ],
            options={
                "table": "billing_accounts",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A FOCUS BillingAccountId and the partner who pays for it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ChannelAssignment",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("subject", fields.CharField(max_length=200)),
            ],
            options={
                "table": "channel_assignments",
                "app": "models",
                "unique_together": (("subject", "partner"),),
                "pk_attr": "id",
                "table_description": "A channel manager's right to see one partner.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("account", fields.CharField(max_length=1024)),
                ("name", fields.CharField(max_length=400)),
                ("mobile", fields.CharField(null=True, max_length=40)),
                ("email", fields.CharField(null=True, max_length=320)),
                ("association", fields.CharField(max_length=16)),
                ("token", fields.CharField(max_length=40)),
            ],
            options={
                "table": "customers",
                "app": "models",
                "unique_together": (("partner", "account"),),
                "pk_attr": "id",
                "table_description": "Who consumed, billed to the partner unless associated by REFERRAL (R21).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ExportJob",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("requested_by", fields.CharField(max_length=200)),
                ("requested_at", InstantColumn(generated=False, null=False, unique=False)),
                ("first_cycle", fields.CharField(max_length=7)),
                ("last_cycle", fields.CharField(max_length=7)),
                ("view", fields.CharField(max_length=16)),
                ("format", fields.CharField(max_length=16)),
                ("version_ids", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("status", fields.CharField(max_length=12)),
                ("rows_total", fields.BigIntField(null=True)),
                ("rows_done", fields.BigIntField(default=0)),
                ("file_name", fields.CharField(null=True, max_length=200)),
                ("object_key", fields.CharField(null=True, max_length=400)),
                ("size_bytes", fields.BigIntField(null=True)),
                ("sha256", fields.CharField(null=True, max_length=64)),
                ("finished_at", InstantColumn(null=True, generated=False, unique=False)),
                ("expires_at", InstantColumn(null=True, generated=False, unique=False)),
                ("error", fields.CharField(null=True, max_length=400)),
            ],
            options={
                "table": "export_jobs",
                "app": "models",
                "indexes": [Index(fields=["partner_id", "id"])],
                "pk_attr": "id",
                "table_description": "One requested file: range, view, progress, and what became of it (R35 to R39).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LedgerEntry",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("currency", fields.CharField(max_length=3)),
                ("account", fields.CharField(max_length=16)),
                ("event", fields.CharField(max_length=16)),
                ("transaction_ref", fields.CharField(max_length=60)),
                ("amount", AmountColumn(generated=False, null=False, unique=False)),
                ("posted_at", InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "ledger_entries",
                "app": "models",
                "unique_together": (("transaction_ref", "account"),),
                "indexes": [Index(fields=["partner_id", "currency", "account", "id"])],
                "pk_attr": "id",
                "table_description": "One side of a ledger transaction: debits are positive, credits negative.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OwnAccount",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("account", fields.CharField(max_length=1024)),
            ],
            options={
                "table": "own_accounts",
                "app": "models",
                "unique_together": (("partner", "account"),),
                "pk_attr": "id",
                "table_description": "A FOCUS SubAccountId that is the partner's own: its charges are SELF_USE (R10).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "partner",
                    fields.ForeignKeyField(
                        "models.Partner",
                        source_field="partner_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("currency", fields.CharField(max_length=3)),
                ("amount", AmountColumn(generated=False, null=False, unique=False)),
                ("status", fields.CharField(max_length=12)),
                ("paid_at", InstantColumn(generated=False, null=False, unique=False)),
                ("paid_by", fields.CharField(max_length=200)),
            ],
            options={
                "table": "payments",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Money that a partner paid, from its deposit account.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Allocation",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "payment",
                    fields.ForeignKeyField(
                        "models.Payment",
                        source_field="payment_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "bill",
                    fields.ForeignKeyField(
                        "models.Bill",
                        source_field="bill_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("amount", AmountColumn(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "allocations",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The part of a payment that went to one bill.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ProductLine",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("version_id", fields.BigIntField()),
                ("partner_id", fields.BigIntField()),
                ("customer_id", fields.BigIntField(null=True)),
                ("currency", fields.CharField(max_length=3)),
                ("rank", fields.IntField()),
                ("product", fields.CharField(max_length=400)),
                ("market", fields.CharField(max_length=12)),
                ("region", fields.CharField(null=True, max_length=200)),
                ("charge_count", fields.BigIntField()),
                ("checksum", fields.BigIntField()),
                ("expenditures", AmountColumn(generated=False, null=False, unique=False)),
                ("refunds", AmountColumn(generated=False, null=False, unique=False)),
                ("adjustments", AmountColumn(generated=False, null=False, unique=False)),
                ("tax", AmountColumn(generated=False, null=False, unique=False)),
                ("total", AmountColumn(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "product_lines",
                "app": "models",
                "unique_together": (("version_id", "customer_id", "rank"),),
                "pk_attr": "id",
                "table_description": "Product × market × region of one customer on one bill version.",
            },
            bases=["Model"],
        ),
    ]
