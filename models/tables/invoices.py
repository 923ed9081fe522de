"""Numbered documents about bills, and what stands on them about the buyer (R18)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from tortoise import Model, fields

from models.tables.bills import Bill
from models.tables.columns import AmountColumn, InstantColumn
from models.tables.partners import Partner


class BillingAddress(Model):
    """Who a partner is on its invoices."""

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    legal_name = fields.CharField(max_length=400)
    street = fields.CharField(max_length=400)
    city = fields.CharField(max_length=200)
    postcode = fields.CharField(max_length=20)
    country = fields.CharField(max_length=2)
    tax_number = fields.CharField(max_length=40, null=True)

    class Meta:
        table = "billing_addresses"
        unique_together = (("partner_id",),)


class InvoiceSeries(Model):
    """A row of numbers without gaps."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=20, unique=True)
    last_number = fields.BigIntField()

    class Meta:
        table = "invoice_series"


class Invoice(Model):
    """An invoice, or a credit note for a bill on which nothing is due.

    `content` is all that stands on it beside its lines, fixed when it was numbered: whenever the
    file is made, it is the same.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    bill: fields.ForeignKeyRelation[Bill] = fields.ForeignKeyField("models.Bill")
    bill_id: int
    version_id = fields.BigIntField()
    document_type = fields.CharField(max_length=12)
    series = fields.CharField(max_length=20)
    number = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    amount: Decimal = AmountColumn()
    issued_at: datetime = InstantColumn()
    content: dict[str, Any] = fields.JSONField()
    object_key = fields.CharField(max_length=400, null=True)
    size_bytes = fields.BigIntField(null=True)
    sha256 = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "invoices"
        unique_together = (("series", "number"), ("partner_id", "bill_id", "version_id"))
        indexes = (("partner_id", "id"),)
