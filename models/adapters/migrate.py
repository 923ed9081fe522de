"""Bringing a database to the schema of this release, with Tortoise's own migrations."""

from pathlib import Path

from tortoise.context import TortoiseContext
from tortoise.migrations.api.migrate import migrate as apply_migrations

from models.adapters.connections import sqlite_path, tortoise_config


async def migrate(url: str) -> None:
    """Apply every migration that the database at `url` has not seen."""
    config = tortoise_config(url, writers=1)
    if url.startswith("sqlite:"):
        Path(sqlite_path(url)).parent.mkdir(parents=True, exist_ok=True)
        # SQLite changes a column by dropping the table: the rows that refer to it are to stay.
        config["connections"]["default"]["credentials"]["foreign_keys"] = "OFF"
    async with TortoiseContext():
        await apply_migrations(config=config)
