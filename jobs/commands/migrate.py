"""`migrate`: bring the database to the schema of this release."""

import asyncio


def migrate() -> None:
    """Bring the database to the schema of this release; safe to repeat."""
    from models.adapters import migrate as migrations
    from models.adapters.settings import Settings

    asyncio.run(migrations.migrate(Settings().database))
