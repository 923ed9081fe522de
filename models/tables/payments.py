"""Payments, what they were allocated to, and the double-entry ledger behind them."""

from datetime import datetime
from decimal import Decimal

from tortoise import Model, fields

from models.tables.bills import Bill
from models.tables.columns import AmountColumn, InstantColumn
from models.tables.partners import Partner


class Payment(Model):
    """Money that a partner paid, from its deposit account."""

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    currency = fields.CharField(max_length=3)
    amount: Decimal = AmountColumn()
    status = fields.CharField(max_length=12)
    paid_at: datetime = InstantColumn()
    paid_by = fields.CharField(max_length=200)

    class Meta:
        table = "payments"


class Allocation(Model):
    """The part of a payment that went to one bill."""

    id = fields.BigIntField(primary_key=True)
    payment: fields.ForeignKeyRelation[Payment] = fields.ForeignKeyField("models.Payment")
    payment_id: int
    bill: fields.ForeignKeyRelation[Bill] = fields.ForeignKeyField("models.Bill")
    bill_id: int
    amount: Decimal = AmountColumn()

    class Meta:
        table = "allocations"


class LedgerEntry(Model):
    """One side of a ledger transaction: debits are positive, credits negative.

    The entries of one transaction add up to 0 (I18). `transaction_ref` names what caused it.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    currency = fields.CharField(max_length=3)
    account = fields.CharField(max_length=16)
    event = fields.CharField(max_length=16)
    transaction_ref = fields.CharField(max_length=60)
    amount: Decimal = AmountColumn()
    posted_at: datetime = InstantColumn()

    class Meta:
        table = "ledger_entries"
        unique_together = (("transaction_ref", "account"),)
        indexes = (("partner_id", "currency", "account", "id"),)
