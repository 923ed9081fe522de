"""Where an ordeal takes place: a database, a Valkey and a folder of its own, on either database."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.adapters.connections import sqlite_path
from models.adapters.database import Database, open_database
from models.adapters.migrate import migrate
from tests.faults.disks import SmallDisk, small_disk
from tests.faults.servers import Postgres, Valkey
from tests.postgres import postgres_server
from tests.stories.processes import Installation

# Nobody is told to come back later, and what is due is asked for every second.
SETTINGS = {
    "BILLS_SCHEDULE_SECONDS": "1",
    "BILLS_COST_PER_MINUTE": "0",
    "BILLS_EXPORTS_PER_PARTNER": "1000",
}


@dataclass(frozen=True)
class Ground:
    """Servers, and an open database to prepare and to watch."""

    db: Database
    installation: Installation
    valkey: Valkey
    postgres: Postgres | None = None
    disk: SmallDisk | None = None


@asynccontextmanager
async def open_ground(
    url: str, folder: Path, server: Any = None, settings: Mapping[str, str] = SETTINGS
) -> AsyncIterator[Ground]:
    """A ground on a migrated database, and on the PostgreSQL `server` that has it, if one has.

    Its files are on a small disk where there can be one, and a SQLite database with them.
    """
    postgres = Postgres(server) if server else None
    valkey = Valkey(folder)
    async with AsyncExitStack() as stack:
        disk = stack.enter_context(small_disk(folder / "data"))
        if not postgres:
            url = f"sqlite://{shutil.copy(sqlite_path(url), folder / 'data' / 'bills.sqlite3')}"
        stack.callback(valkey.close)
        await asyncio.to_thread(valkey.start)
        if postgres:
            # However the ordeal ends: others need it.
            stack.push_async_callback(asyncio.to_thread, postgres.start)
        db = await stack.enter_async_context(open_database(url, readers=2, writers=2))
        installation = Installation(url, valkey.url, folder, settings)
        yield Ground(db, installation, valkey, postgres, disk)


@asynccontextmanager
async def new_ground(
    database: str, folder: Path, settings: Mapping[str, str] = SETTINGS
) -> AsyncIterator[Ground]:
    """The same on a database, `sqlite` or `postgres`, of its own."""
    async with AsyncExitStack() as stack:
        server, url = None, f"sqlite://{folder / 'new.sqlite3'}"
        if database == "postgres":
            server = stack.enter_context(postgres_server(folder))
            await asyncio.to_thread(server.psql, "CREATE DATABASE bills;")
            url = server.get_uri("bills")
        await migrate(url)
        yield await stack.enter_async_context(open_ground(url, folder, server, settings))
