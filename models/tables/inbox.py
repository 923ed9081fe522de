"""Files of charges that were put in the inbox of the file store (requirements §8)."""

from datetime import datetime

from tortoise import Model, fields

from models.tables.columns import InstantColumn


class InboxFile(Model):
    """A file that was seen in the inbox, and what became of it.

    `tag` changes when its content does: a file put there again under its name is seen again.
    """

    id = fields.BigIntField(primary_key=True)
    object_key = fields.CharField(max_length=400)
    tag = fields.CharField(max_length=200)
    size_bytes = fields.BigIntField()
    status = fields.CharField(max_length=12)
    import_id = fields.BigIntField(null=True)
    rows = fields.BigIntField(null=True)
    rejected = fields.BigIntField(null=True)
    failure = fields.CharField(max_length=1000, null=True)
    seen_at: datetime = InstantColumn()
    finished_at: datetime | None = InstantColumn(null=True)

    class Meta:
        table = "inbox_files"
        unique_together = (("object_key", "tag"),)
