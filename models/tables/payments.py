"""Payments, what they were allocated to, and the double-entry ledger behind them."""

from datetime import datetime
from decimal import Decimal

from tortoise import Model, fields

from models.tables.bills import Bill
from models.tables.columns import AmountColumn, InstantColumn
from models.tables.indexes import PartialIndex
from models.tables.partners import Partner


class Payment(Model):
    """Money that a partner paid, or is paying, from its deposit account or through a gateway.

    `settled_at` is when it was known to have succeeded or failed. `method_ref` is the gateway's
    name of the means of payment, `gateway_ref` its name of the payment, `attempts` how often it was
    asked. `surplus` is what the bills could not take any more and went to the deposit account.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    currency = fields.CharField(max_length=3)
    amount: Decimal = AmountColumn()
    surplus: Decimal = AmountColumn(default=Decimal(0), db_default=0)
    status = fields.CharField(max_length=16)
    paid_at: datetime = InstantColumn()
    paid_by = fields.CharField(max_length=200)
    method = fields.CharField(max_length=12, default="DEPOSIT", db_default="DEPOSIT")
    method_ref = fields.CharField(max_length=200, null=True)
    gateway_ref = fields.CharField(max_length=200, null=True)
    attempts = fields.IntField(default=0, db_default=0)
    failure = fields.CharField(max_length=400, null=True)
    action_url = fields.CharField(max_length=2000, null=True)
    settled_at: datetime | None = InstantColumn(null=True)
    reversed_at: datetime | None = InstantColumn(null=True)

    class Meta:
        table = "payments"
        unique_together = (("method", "gateway_ref"),)
        indexes = (
            ("partner_id", "id"),
            PartialIndex(
                fields=("status", "paid_at"),
                name="idx_payments_unsettled",
                where="status <> 'SUCCEEDED'",
            ),
        )


class Allocation(Model):
    """The part of a payment that is meant for one bill, and went there if the payment succeeded."""

    id = fields.BigIntField(primary_key=True)
    payment: fields.ForeignKeyRelation[Payment] = fields.ForeignKeyField("models.Payment")
    payment_id: int
    bill: fields.ForeignKeyRelation[Bill] = fields.ForeignKeyField("models.Bill")
    bill_id: int
    partner_id = fields.BigIntField()
    amount: Decimal = AmountColumn()

    class Meta:
        table = "allocations"
        indexes = (("partner_id", "bill_id", "id"), ("partner_id", "payment_id", "id"))


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
        unique_together = (("partner_id", "transaction_ref", "account"),)
        indexes = (("partner_id", "currency", "account", "posted_at", "id"),)


class GatewayEvent(Model):
    """A message of a payment gateway that was taken in, counted once by its id."""

    id = fields.BigIntField(primary_key=True)
    gateway = fields.CharField(max_length=12)
    event_ref = fields.CharField(max_length=200)
    event_type = fields.CharField(max_length=80)
    payment_id = fields.BigIntField(null=True)
    received_at: datetime = InstantColumn()

    class Meta:
        table = "gateway_events"
        unique_together = (("gateway", "event_ref"),)
