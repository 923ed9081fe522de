"""Indexes that hold some rows only, so that what is rare costs the common row nothing."""

from typing import Any

from tortoise.indexes import Index


class PartialIndex(Index):
    """An index of the rows where a condition holds; `fields` may be expressions.

    Condition and expressions are SQL that both databases take. A query uses the index when it
    states the condition too, or compares the column of an IS NOT NULL.
    """

    def __init__(self, *, fields: tuple[str, ...] | list[str], name: str, where: str) -> None:
        super().__init__(fields=fields, name=name)
        self.where = where
        self.extra = f" WHERE {where}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """What a migration writes to make this index again."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "where": self.where}
