"""A partner's own bucket: who allowed what, and where files went when (R41 to R45, R55, R56)."""

from datetime import date, datetime

from tortoise import Model, fields

from models.tables.columns import InstantColumn
from models.tables.partners import Partner


class BillStorage(Model):
    """Whether and what a partner has stored in its bucket, one row for each partner.

    `customer_bills_since` is the consent to store consolidated customer bills, null without it.
    `scheduled_through` is the last local day whose files are scheduled.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.OneToOneRelation[Partner] = fields.OneToOneField("models.Partner")
    partner_id: int
    is_eligible = fields.BooleanField(default=False)
    is_enabled = fields.BooleanField(default=False)
    customer_bills_since: datetime | None = InstantColumn(null=True)
    scheduled_through: date | None = fields.DateField(null=True)
    created_at: datetime = InstantColumn()

    class Meta:
        table = "bill_storages"


class StorageGrant(Model):
    """The service role's leave to write: requested, agreed to, withdrawn, and never deleted."""

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    status = fields.CharField(max_length=12)
    scope = fields.CharField(max_length=40)
    requested_by = fields.CharField(max_length=200)
    requested_at: datetime = InstantColumn()
    agreed_by = fields.CharField(max_length=200, null=True)
    agreed_at: datetime | None = InstantColumn(null=True)
    withdrawn_by = fields.CharField(max_length=200, null=True)
    withdrawn_at: datetime | None = InstantColumn(null=True)

    class Meta:
        table = "storage_grants"
        indexes = (("partner_id", "id"),)


class StorageDestination(Model):
    """A bucket and the time in which files went there: from `valid_from` up to `valid_until`.

    What is needed to write there is encrypted at rest in `sealed_credentials`, null for a local
    folder; `access_key_hint` is the little of it that may be shown.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    provider = fields.CharField(max_length=16)
    endpoint = fields.CharField(max_length=400, null=True)
    region = fields.CharField(max_length=100, null=True)
    bucket = fields.CharField(max_length=255)
    prefix = fields.CharField(max_length=400)
    sealed_credentials = fields.CharField(max_length=2000, null=True)
    access_key_hint = fields.CharField(max_length=40, null=True)
    valid_from: datetime = InstantColumn()
    valid_until: datetime | None = InstantColumn(null=True)
    created_by = fields.CharField(max_length=200)
    created_at: datetime = InstantColumn()
    probed_at: datetime = InstantColumn()

    class Meta:
        table = "storage_destinations"
        indexes = (("partner_id", "valid_from"),)


class StorageAccount(Model):
    """A sub-account of the partner's own that has files of its own, and since when (R46)."""

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    account = fields.CharField(max_length=1024)
    valid_from: datetime = InstantColumn()
    valid_until: datetime | None = InstantColumn(null=True)

    class Meta:
        table = "storage_accounts"
        indexes = (("partner_id", "id"),)
