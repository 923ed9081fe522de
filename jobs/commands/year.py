"""`demo-year`: bills of the demo's invented year, lived month by month."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer


def demo_year(
    first: Annotated[str, typer.Option(help="The first month, such as 2025-11.")],
) -> None:
    """Issue, confirm, question and pay the invented year's bills; to repeat it changes nothing."""
    bills = asyncio.run(_live(first))
    typer.echo(f"{bills} bills.")


async def _live(first: str) -> int:
    from jobs.demo.storage import DemoBuckets
    from jobs.demo.year import Year, live
    from models.adapters.database import open_database
    from models.adapters.settings import Settings
    from models.adapters.vault import Vault
    from models.rules.months import BillingMonth

    settings = Settings()
    root = settings.local_buckets
    buckets = DemoBuckets(root, Vault(*settings.vault_secrets)) if root else None
    async with open_database(settings.database) as db:
        return await live(Year(db, BillingMonth.parse(first), datetime.now(UTC), buckets))
