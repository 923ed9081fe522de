"""What happened that partners are told about."""

from datetime import datetime
from typing import Any

from tortoise import Model, fields

from models.tables.columns import InstantColumn


class Event(Model):
    """Something that happened, written in the transaction that made it happen.

    `payload` holds ids, amounts and states, never personal data.
    """

    id = fields.BigIntField(primary_key=True)
    partner_id = fields.BigIntField()
    event_type = fields.CharField(max_length=40)
    object_id = fields.CharField(max_length=60)
    payload: dict[str, Any] = fields.JSONField()
    occurred_at: datetime = InstantColumn()

    class Meta:
        table = "events"
        indexes = (("partner_id", "id"),)
