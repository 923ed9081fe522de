"""Files of charges that were taken in."""

from datetime import datetime

from tortoise import Model, fields

from models.tables.columns import InstantColumn


class Import(Model):
    """One accepted file: what it was, and how many of its rows became charges."""

    id = fields.BigIntField(primary_key=True)
    file_name = fields.CharField(max_length=400)
    sha256 = fields.CharField(max_length=64, db_index=True)
    rows = fields.BigIntField()
    added = fields.BigIntField()
    known = fields.BigIntField()
    rejected = fields.BigIntField()
    imported_at: datetime = InstantColumn()

    class Meta:
        table = "imports"
