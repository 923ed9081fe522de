"""Export jobs and the files they made."""

from datetime import datetime
from typing import Any

from tortoise import Model, fields

from models.tables.columns import InstantColumn
from models.tables.indexes import PartialIndex
from models.tables.partners import Partner


class ExportJob(Model):
    """One requested file: range, view, progress, and what became of it (R35 to R39).

    `version_ids` are the bill versions in it, fixed when it was asked for: the file is the same
    however late it is written, and however often. `columns` are the chosen ones,
    null for all. `control_sums` is a JSON object: per currency, what its rows add up to, as text.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    requested_by = fields.CharField(max_length=200)
    requested_at: datetime = InstantColumn()
    first_cycle = fields.CharField(max_length=7)
    last_cycle = fields.CharField(max_length=7)
    view = fields.CharField(max_length=16)
    format = fields.CharField(max_length=16)
    version_ids: list[int] = fields.JSONField()
    columns: list[str] | None = fields.JSONField(null=True)
    status = fields.CharField(max_length=12)
    rows_total = fields.BigIntField(null=True)
    rows_done = fields.BigIntField(default=0)
    file_name = fields.CharField(max_length=200, null=True)
    object_key = fields.CharField(max_length=400, null=True)
    size_bytes = fields.BigIntField(null=True)
    sha256 = fields.CharField(max_length=64, null=True)
    part_count = fields.IntField(null=True)
    control_sums: Any = fields.JSONField(null=True)
    finished_at: datetime | None = InstantColumn(null=True)
    expires_at: datetime | None = InstantColumn(null=True)
    error = fields.CharField(max_length=400, null=True)

    class Meta:
        table = "export_jobs"
        indexes = (
            ("partner_id", "id"),
            PartialIndex(
                fields=("status",),
                name="idx_export_jobs_open",
                where="status IN ('QUEUED', 'RUNNING')",
            ),
        )
