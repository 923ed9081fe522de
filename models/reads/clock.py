"""What time the database thinks it is."""

from datetime import datetime

from models.adapters.database import Database


async def database_clock(db: Database) -> datetime | None:
    """The database's own clock; None for SQLite, which has this machine's."""
    if db.dialect.name == "sqlite":
        return None
    clock = db.dialect.instant_text("clock_timestamp()")
    [row] = await db.fetch(f"SELECT {clock} AS now")
    return datetime.fromisoformat(row["now"])
