"""Workers that are there, by their own word."""

from datetime import datetime

from tortoise import Model, fields

from models.tables.columns import InstantColumn


class WorkerSign(Model):
    """A worker process, until it was told to end, and when it last showed that it lives."""

    id = fields.BigIntField(primary_key=True)
    owner = fields.CharField(max_length=80, unique=True)
    started_at: datetime = InstantColumn()
    seen_at: datetime = InstantColumn()

    class Meta:
        table = "worker_signs"
