"""A database that no release of ours would make, so that reading it is a bug."""

from models.adapters.database import Tx


async def lose(tx: Tx, table: str) -> None:
    """Take a table away; whoever reads it meets an error that nobody expects."""
    await tx.execute(f"ALTER TABLE {table} RENAME TO lost_{table}")
