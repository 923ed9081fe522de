"""Partners, the accounts that are theirs, and the vendor's people who look after them."""

from datetime import datetime

from tortoise import Model, fields

from models.tables.columns import InstantColumn


class Partner(Model):
    """A reseller that owes the vendor.

    `revision` is raised by the first statement of every verb that moves the partner's money or
    charges, which makes those verbs take turns; `last_posting` numbers batches of charges in the
    order in which they became visible.
    """

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=400)
    time_zone = fields.CharField(max_length=64)
    confirmation_required = fields.BooleanField()
    credit_policy = fields.CharField(max_length=16)
    payment_days = fields.IntField()
    last_posting = fields.BigIntField(default=0)
    revision = fields.BigIntField(default=0)
    created_at: datetime = InstantColumn()

    class Meta:
        table = "partners"


class BillingAccount(Model):
    """A FOCUS BillingAccountId and the partner who pays for it."""

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    account = fields.CharField(max_length=1024, unique=True)

    class Meta:
        table = "billing_accounts"


class OwnAccount(Model):
    """A FOCUS SubAccountId that is the partner's own: its charges are SELF_USE (R10).

    `billing_account` is the billing account it was first seen under, null until then.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    account = fields.CharField(max_length=1024)
    billing_account = fields.CharField(max_length=1024, null=True)

    class Meta:
        table = "own_accounts"
        unique_together = (("partner", "account"),)


class ChannelAssignment(Model):
    """A channel manager's right to see one partner."""

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    subject = fields.CharField(max_length=200)

    class Meta:
        table = "channel_assignments"
        unique_together = (("subject", "partner"),)
