"""Charges: the lines that everything else is a sum of."""

from datetime import datetime
from decimal import Decimal

from tortoise import Model, fields

from models.tables.columns import AmountColumn, InstantColumn
from models.tables.indexes import PartialIndex


class Charge(Model):
    """One line of consumption, refund, adjustment or tax, written once, never changed or deleted.

    What it says, that is. Where it stands, its `cycle` and `posting`, changes when a bill is closed
    without it: it moves to the next open bill (models/actions/cycles.py).

    `cycle` is the bill it stands on, `origin_cycle` the month it was meant for: they differ when it
    came after that month's bill was confirmed. `posting` orders batches of charges of one partner,
    so that "all charges of a bill version" is `posting <= through_posting` for ever. `key` and
    `occurrence` identify the source line. `kind` is NONE for a referral customer's charges, which
    are on no bill. References are plain numbers: foreign keys would halve the speed of an import.
    """

    id = fields.BigIntField(primary_key=True)
    partner_id = fields.BigIntField()
    cycle = fields.CharField(max_length=7)
    kind = fields.CharField(max_length=8)
    currency = fields.CharField(max_length=3)
    posting = fields.BigIntField()
    customer_id = fields.BigIntField(null=True)
    charge_type = fields.CharField(max_length=12)
    category = fields.CharField(max_length=40)
    market = fields.CharField(max_length=12)
    product = fields.CharField(max_length=400)
    region = fields.CharField(max_length=200, null=True)
    resource = fields.CharField(max_length=1024, null=True)
    billing_mode = fields.CharField(max_length=16)
    transaction_ref = fields.CharField(max_length=1024, null=True)
    original_ref = fields.CharField(max_length=1024, null=True)
    description = fields.TextField(null=True)
    usage_start: datetime | None = InstantColumn(null=True)
    usage_end: datetime | None = InstantColumn(null=True)
    posted_at: datetime = InstantColumn()
    quantity: Decimal | None = AmountColumn(null=True)
    unit = fields.CharField(max_length=100, null=True)
    list_amount: Decimal | None = AmountColumn(null=True)
    amount: Decimal = AmountColumn()
    origin_cycle = fields.CharField(max_length=7)
    account = fields.CharField(max_length=1024)
    import_id = fields.BigIntField(null=True)
    key = fields.BinaryField()
    occurrence = fields.IntField()
    checksum = fields.BigIntField()
    reason = fields.CharField(max_length=24, null=True)
    corrects_id = fields.BigIntField(null=True)

    class Meta:
        table = "charges"
        unique_together = (("partner_id", "origin_cycle", "key", "occurrence"),)
        # A month in order, and each customer's part of it in order: pages and exports read these.
        # The others find what a refund or correction is about, what was moved from a month to a
        # later bill, and what is of our own making. A reference may be longer than an index holds:
        # its beginning narrows enough.
        indexes = (
            ("partner_id", "cycle", "customer_id", "id"),
            ("partner_id", "cycle", "id"),
            PartialIndex(
                name="idx_charges_corrects",
                fields=["partner_id", "corrects_id"],
                where="corrects_id IS NOT NULL",
            ),
            PartialIndex(
                name="idx_charges_original",
                fields=["partner_id", "substr(original_ref, 1, 100)"],
                where="original_ref IS NOT NULL",
            ),
            PartialIndex(
                name="idx_charges_transaction",
                fields=["partner_id", "substr(transaction_ref, 1, 100)"],
                where="transaction_ref IS NOT NULL",
            ),
            PartialIndex(
                name="idx_charges_moved",
                fields=["partner_id", "origin_cycle", "id"],
                where="cycle <> origin_cycle",
            ),
            PartialIndex(
                name="idx_charges_own",
                fields=["partner_id", "origin_cycle"],
                where="import_id IS NULL",
            ),
        )


class BillableCycle(Model):
    """A cycle with charges of one partner, kind and currency, and whether a bill has them all.

    Written with every batch of charges, so that the schedule finds what is due without looking at
    the charges themselves. `last_posting` is the newest batch among them.
    """

    id = fields.BigIntField(primary_key=True)
    partner_id = fields.BigIntField()
    cycle = fields.CharField(max_length=7)
    kind = fields.CharField(max_length=8)
    currency = fields.CharField(max_length=3)
    last_posting = fields.BigIntField()
    is_billed = fields.BooleanField(default=False)

    class Meta:
        table = "billable_cycles"
        unique_together = (("partner_id", "cycle", "kind", "currency"),)
        indexes = (("is_billed", "cycle"),)
