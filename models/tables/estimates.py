"""Estimates of cycles that have no bill yet."""

from datetime import date, datetime
from decimal import Decimal

from tortoise import Model, fields

from models.tables.columns import AmountColumn, InstantColumn


class Estimate(Model):
    """A day's snapshot of an open cycle, kept, never overwritten (R7)."""

    id = fields.BigIntField(primary_key=True)
    partner_id = fields.BigIntField()
    cycle = fields.CharField(max_length=7)
    kind = fields.CharField(max_length=8)
    currency = fields.CharField(max_length=3)
    as_of: date = fields.DateField()
    data_through: date = fields.DateField()
    computed_at: datetime = InstantColumn()
    through_posting = fields.BigIntField()
    charge_count = fields.BigIntField()
    expenditures: Decimal = AmountColumn()
    refunds: Decimal = AmountColumn()
    adjustments: Decimal = AmountColumn()
    amount: Decimal = AmountColumn()

    class Meta:
        table = "estimates"
        unique_together = (("partner_id", "cycle", "kind", "currency", "as_of"),)
