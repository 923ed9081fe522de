"""`demo-facts`: what the demo prints, for scripts."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer


def demo_facts(
    hours: Annotated[int, typer.Option(min=1, max=8760, help="How long the tokens hold.")] = 24,
) -> None:
    """Print tokens by role, partners, and queries by name, as JSON."""
    asyncio.run(_print(hours))


async def _print(hours: int) -> None:
    import orjson

    from jobs.demo import facts
    from models.adapters.database import open_database
    from models.adapters.settings import Settings

    settings = Settings()
    async with open_database(settings.database, readers=1, writers=1) as db:
        lifetime = timedelta(hours=hours)
        found = await facts.demo_facts(db, settings, now=datetime.now(UTC), lifetime=lifetime)
    typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
