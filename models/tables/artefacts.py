"""Files in the making: the parts that are done, so that a new run goes on where one ended."""

from typing import Any

from tortoise import Model, fields


class ArtefactPart(Model):
    """One finished part of a file, of the export or delivery whose public id is its owner.

    `shares` is a JSON list: for each stretch of rows of which the part has some, its number, how
    many, and their exact sum as text: what is checked in the end, however often it was begun.
    """

    id = fields.BigIntField(primary_key=True)
    owner = fields.CharField(max_length=40)
    number = fields.IntField()
    object_key = fields.CharField(max_length=400)
    rows = fields.BigIntField()
    size_bytes = fields.BigIntField()
    sha256 = fields.CharField(max_length=64)
    shares: Any = fields.JSONField()

    class Meta:
        table = "artefact_parts"
        unique_together = (("owner", "number"),)
