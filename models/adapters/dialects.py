"""The dialects by name."""

from models.adapters.dialect import Dialect
from models.adapters.dialect_postgres import PostgresDialect
from models.adapters.dialect_sqlite import SqliteDialect

__all__ = ["DIALECTS", "Dialect"]

DIALECTS: dict[str, Dialect] = {d.name: d for d in (PostgresDialect(), SqliteDialect())}
