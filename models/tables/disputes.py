"""Questions about bills, and the thread between the partner and the channel manager (R31)."""

from datetime import datetime

from tortoise import Model, fields

from models.tables.bills import Bill
from models.tables.columns import InstantColumn
from models.tables.partners import Partner


class Dispute(Model):
    """A question about one version of a bill.

    `resolved_version` is the version that was made in answer to it, if any.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    bill: fields.ForeignKeyRelation[Bill] = fields.ForeignKeyField("models.Bill")
    bill_id: int
    version = fields.IntField()
    status = fields.CharField(max_length=12)
    opened_by = fields.CharField(max_length=200)
    opened_at: datetime = InstantColumn()
    closed_by = fields.CharField(max_length=200, null=True)
    closed_at: datetime | None = InstantColumn(null=True)
    resolved_version = fields.IntField(null=True)

    class Meta:
        table = "disputes"
        indexes = (("partner_id", "bill_id", "id"), ("partner_id", "id"))


class DisputeMessage(Model):
    """One message of a dispute's thread."""

    id = fields.BigIntField(primary_key=True)
    dispute: fields.ForeignKeyRelation[Dispute] = fields.ForeignKeyField("models.Dispute")
    dispute_id: int
    partner_id = fields.BigIntField()
    author = fields.CharField(max_length=200)
    role = fields.CharField(max_length=20)
    text = fields.TextField()
    written_at: datetime = InstantColumn()

    class Meta:
        table = "dispute_messages"
        indexes = (("partner_id", "dispute_id", "id"),)


class DisputeLine(Model):
    """A charge that a dispute is about, where it is not about the whole bill."""

    id = fields.BigIntField(primary_key=True)
    dispute: fields.ForeignKeyRelation[Dispute] = fields.ForeignKeyField("models.Dispute")
    dispute_id: int
    partner_id = fields.BigIntField()
    charge_id = fields.BigIntField()

    class Meta:
        table = "dispute_lines"
        unique_together = (("partner_id", "dispute_id", "charge_id"),)
