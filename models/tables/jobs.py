"""Work to be done: the table is the truth, the queue only rings the bell."""

from datetime import datetime
from typing import Any

from tortoise import Model, fields

from models.tables.columns import InstantColumn


class Job(Model):
    """One piece of work, exactly once by key, owned through a lease and fenced by run.

    `failures` counts runs that ended in an error, `lost_runs` those whose worker fell silent.
    """

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(max_length=24)
    key = fields.CharField(max_length=200, unique=True)
    arguments: dict[str, Any] = fields.JSONField()
    status = fields.CharField(max_length=12)
    run_at: datetime = InstantColumn()
    run = fields.IntField(default=0)
    failures = fields.IntField(default=0)
    lost_runs = fields.IntField(default=0)
    owner = fields.CharField(max_length=80, null=True)
    lease_until: datetime | None = InstantColumn(null=True)
    error = fields.CharField(max_length=1000, null=True)
    created_at: datetime = InstantColumn()
    finished_at: datetime | None = InstantColumn(null=True)

    class Meta:
        table = "jobs"
        indexes = (("status", "run_at"),)
