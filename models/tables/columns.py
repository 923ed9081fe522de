"""Column types whose values survive both databases unchanged."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tortoise.fields import Field

from models.rules.money import amount_text, canonical
from models.rules.months import INSTANT_TEXT


class AmountColumn(Field[Decimal], Decimal):  # type: ignore[misc]
    """An exact amount: NUMERIC(38,18) on PostgreSQL, canonical decimal text on SQLite.

    Tortoise's own DecimalField rounds on assignment and pads with zeros; sums over it are floating
    point on SQLite. Here nothing is rounded, and equal amounts have equal text.
    """

    SQL_TYPE = "NUMERIC(38,18)"

    class _db_sqlite:  # noqa: N801
        SQL_TYPE = "TEXT"

    def to_python_value(self, value: Any) -> Decimal | None:
        """Read an amount, without trailing zeros."""
        return None if value is None else canonical(Decimal(value))

    def to_db_value(self, value: Any, instance: Any) -> Any:
        """Write an amount: text on SQLite, where a number would become floating point."""
        if value is None:
            return None
        backend = getattr(instance, "_meta", None)
        dialect = backend.db.capabilities.dialect if backend is not None else ""
        return amount_text(Decimal(value)) if dialect == "sqlite" else Decimal(value)


class InstantColumn(Field[datetime], datetime):
    """An aware instant, UTC at rest: TIMESTAMPTZ on PostgreSQL, sortable text on SQLite."""

    SQL_TYPE = "TIMESTAMPTZ"

    class _db_sqlite:  # noqa: N801
        SQL_TYPE = "TEXT"

    def to_python_value(self, value: Any) -> datetime | None:
        """Read an instant as aware UTC."""
        if value is None:
            return None
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
        return _utc(instant)

    def to_db_value(self, value: Any, instance: Any) -> Any:
        """Write an instant; a naive one is a bug."""
        if value is None:
            return None
        backend = getattr(instance, "_meta", None)
        dialect = backend.db.capabilities.dialect if backend is not None else ""
        return _utc(value).strftime(INSTANT_TEXT) if dialect == "sqlite" else _utc(value)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("a naive datetime reached the database")
    return instant.astimezone(UTC)
