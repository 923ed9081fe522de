"""Secrets that others entrusted to us, as they are stored: the newest few of each kind."""

from models.adapters.database import Database

A_FEW = 5


async def sealed_secrets(db: Database) -> list[tuple[int, str]]:
    """Secrets of webhook endpoints, each with its partner."""
    rows = await db.fetch(
        f"SELECT partner_id, sealed_secret FROM webhook_endpoints ORDER BY id DESC LIMIT {A_FEW}"
    )
    return [tuple(row) for row in rows]


async def sealed_credentials(db: Database) -> list[tuple[int, str]]:
    """Credentials of buckets, each with its partner."""
    rows = await db.fetch(
        "SELECT partner_id, sealed_credentials FROM storage_destinations"
        f" WHERE sealed_credentials IS NOT NULL ORDER BY id DESC LIMIT {A_FEW}"
    )
    return [tuple(row) for row in rows]
