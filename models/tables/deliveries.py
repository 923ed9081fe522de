"""Files that are due in a partner's bucket (R46 to R57)."""

from datetime import date, datetime
from typing import Any

from tortoise import Model, fields

from models.tables.columns import InstantColumn
from models.tables.indexes import PartialIndex
from models.tables.partners import Partner


class Delivery(Model):
    """One file due at one partner's bucket, and what became of it.

    `key` tells it from every other one of the partner. `first_day` and `last_day` are the local
    days it covers. What stands in it is fixed by `through_posting` (a JSON object: by currency, the
    last batch of charges and, where there was a bill, its version) or, for the bill of a version,
    by `version_id`; the file's name is made once, so that every attempt writes the same object.
    `asked_by` is null for what the schedule asked for.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    kind = fields.CharField(max_length=12)
    key = fields.CharField(max_length=1100)
    account = fields.CharField(max_length=1024)
    cycle = fields.CharField(max_length=7)
    first_day: date = fields.DateField()
    last_day: date = fields.DateField()
    due_at: datetime = InstantColumn()
    status = fields.CharField(max_length=24)
    bill_id = fields.BigIntField(null=True)
    version_id = fields.BigIntField(null=True)
    through_posting: Any = fields.JSONField(null=True)
    is_provisional = fields.BooleanField()
    destination_id = fields.BigIntField(null=True)
    file_name = fields.CharField(max_length=255, null=True)
    rows = fields.BigIntField(null=True)
    size_bytes = fields.BigIntField(null=True)
    sha256 = fields.CharField(max_length=64, null=True)
    control_sums: Any = fields.JSONField(null=True)
    attempts = fields.IntField(default=0)
    failure = fields.CharField(max_length=400, null=True)
    asked_by = fields.CharField(max_length=200, null=True)
    created_at: datetime = InstantColumn()
    attempted_at: datetime | None = InstantColumn(null=True)
    delivered_at: datetime | None = InstantColumn(null=True)

    class Meta:
        table = "deliveries"
        unique_together = (("partner_id", "key"),)
        indexes = (
            ("partner_id", "id"),
            ("partner_id", "due_at"),
            ("partner_id", "bill_id"),
            PartialIndex(
                fields=("status",), name="idx_deliveries_undone", where="status <> 'DELIVERED'"
            ),
        )
