"""Who did what, and answers already given to idempotent requests."""

from datetime import datetime
from typing import Any

from tortoise import Model, fields

from models.tables.columns import InstantColumn


class AuditEntry(Model):
    """One act, append-only (R60).

    `partner_id` is 0 for an act that is about no partner, so that every row has one to be found
    by; the column takes null for rows that were written before that.
    """

    id = fields.BigIntField(primary_key=True)
    at: datetime = InstantColumn()
    subject = fields.CharField(max_length=200)
    role = fields.CharField(max_length=20)
    partner_id = fields.BigIntField(null=True)
    action = fields.CharField(max_length=40)
    object_id = fields.CharField(max_length=60)
    details: dict[str, Any] = fields.JSONField()

    class Meta:
        table = "audit_entries"
        # A partner's trail in order of time, all of it or that of one action; and of one thing.
        indexes = (
            ("partner_id", "at", "id"),
            ("partner_id", "action", "at", "id"),
            ("partner_id", "object_id"),
        )


class IdempotencyKey(Model):
    """A request that was carried out, and the id of what it made (R59)."""

    id = fields.BigIntField(primary_key=True)
    partner_id = fields.BigIntField()
    operation = fields.CharField(max_length=40)
    key = fields.CharField(max_length=255)
    request_hash = fields.CharField(max_length=64)
    result_id = fields.BigIntField()
    created_at: datetime = InstantColumn()

    class Meta:
        table = "idempotency_keys"
        unique_together = (("partner_id", "operation", "key"),)
