"""Bills, their immutable versions, and the roll-ups that a version consists of."""

from datetime import datetime
from decimal import Decimal

from tortoise import Model, fields

from models.tables.columns import AmountColumn, InstantColumn
from models.tables.indexes import PartialIndex
from models.tables.partners import Partner


class Bill(Model):
    """What a partner owes for a cycle, by kind and currency.

    `version_id` is the current version. `confirmation_required` is the partner's setting at the
    time of issue, and holds for this bill whatever becomes of the setting. `booked` is the part of
    the bill amount that stands in the ledger, signed: nothing until the bill is confirmed, or
    issued where that is enough.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    cycle = fields.CharField(max_length=7)
    kind = fields.CharField(max_length=8)
    currency = fields.CharField(max_length=3)
    status = fields.CharField(max_length=12)
    confirmation_required = fields.BooleanField(default=True, db_default=True)
    version = fields.IntField()
    version_id = fields.BigIntField()
    paid: Decimal = AmountColumn()
    booked: Decimal = AmountColumn(default=Decimal(0))
    is_late = fields.BooleanField()
    issued_at: datetime = InstantColumn()
    due_at: datetime = InstantColumn()
    confirmed_at: datetime | None = InstantColumn(null=True)
    confirmed_by = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "bills"
        unique_together = (("partner", "cycle", "kind", "currency"),)
        indexes = (
            ("partner_id", "cycle", "id"),  # the order in which pages of them are read
            PartialIndex(fields=("id",), name="idx_bills_late", where="is_late = TRUE"),
        )


class BillVersion(Model):
    """Immutable content of a bill: its totals (I1 to I5) and a digest chained backwards."""

    id = fields.BigIntField(primary_key=True)
    bill_id = fields.BigIntField()
    partner_id = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    number = fields.IntField()
    reason = fields.CharField(max_length=40)
    through_posting = fields.BigIntField()
    charge_count = fields.BigIntField()
    customer_count = fields.IntField()
    expenditures: Decimal = AmountColumn()
    refunds: Decimal = AmountColumn()
    adjustments: Decimal = AmountColumn()
    settlement: Decimal = AmountColumn()
    coupons: Decimal = AmountColumn()
    rounding: Decimal = AmountColumn()
    tax: Decimal = AmountColumn()
    bill_amount: Decimal = AmountColumn()
    amount_due: Decimal = AmountColumn()
    credit: Decimal = AmountColumn()
    digest = fields.CharField(max_length=64)
    previous_digest = fields.CharField(max_length=64)
    note = fields.CharField(max_length=400, null=True)
    created_at: datetime = InstantColumn()

    class Meta:
        table = "bill_versions"
        unique_together = (("partner_id", "bill_id", "number"),)


class BillCustomer(Model):
    """One customer on one bill version, rank orders by total, largest first."""

    id = fields.BigIntField(primary_key=True)
    version_id = fields.BigIntField()
    partner_id = fields.BigIntField()
    customer_id = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    rank = fields.IntField()
    charge_count = fields.BigIntField()
    expenditures: Decimal = AmountColumn()
    refunds: Decimal = AmountColumn()
    adjustments: Decimal = AmountColumn()
    total: Decimal = AmountColumn()

    class Meta:
        table = "bill_customers"
        unique_together = (("partner_id", "version_id", "rank"),)


class DerivedLine(Model):
    """A coupon, the rounding, or a tax component of one bill version, signed as it counts.

    `base` is what a tax component's `rate` was taken of, both null for the sum of imported tax.
    """

    id = fields.BigIntField(primary_key=True)
    version_id = fields.BigIntField()
    partner_id = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    position = fields.IntField()
    line_type = fields.CharField(max_length=12)
    name = fields.CharField(max_length=200)
    rate: Decimal | None = AmountColumn(null=True)
    base: Decimal | None = AmountColumn(null=True)
    amount: Decimal = AmountColumn()
    coupon_id = fields.BigIntField(null=True)

    class Meta:
        table = "derived_lines"
        unique_together = (("partner_id", "version_id", "position"),)
        indexes = (("partner_id", "coupon_id"),)


class ProductLine(Model):
    """Product × market × region of one customer on one bill version.

    `customer_id` is null for what belongs to no customer. `checksum` is the sum of the charges'
    checksums, so that a version's digest speaks for every charge below it. `tax` counts towards the
    bill's tax, never towards `total`.
    """

    id = fields.BigIntField(primary_key=True)
    version_id = fields.BigIntField()
    partner_id = fields.BigIntField()
    customer_id = fields.BigIntField(null=True)
    currency = fields.CharField(max_length=3)
    rank = fields.IntField()
    product = fields.CharField(max_length=400)
    market = fields.CharField(max_length=12)
    region = fields.CharField(max_length=200, null=True)
    charge_count = fields.BigIntField()
    checksum = fields.BigIntField()
    expenditures: Decimal = AmountColumn()
    refunds: Decimal = AmountColumn()
    adjustments: Decimal = AmountColumn()
    tax: Decimal = AmountColumn()
    total: Decimal = AmountColumn()

    class Meta:
        table = "product_lines"
        unique_together = (("partner_id", "version_id", "customer_id", "rank"),)
