"""The processes of the month, and the parts of the world that they meet."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from redis.asyncio import Redis

from models.adapters.database import Database
from tests.api.live import Door
from tests.canaries.casts import Cast
from tests.canaries.houses import House
from tests.peers.stores import Peer
from tests.receiver import a_receiver, status
from tests.stories.processes import Installation, free_ports, up
from tests.stripe_server import KEY, StripeServer, stripe_server
from tests.valkeys import embedded_valkey


@asynccontextmanager
async def a_house(
    db: Database, database_url: str, folder: Path, moto: Peer
) -> AsyncIterator[tuple[House, io.BytesIO]]:
    """API and worker, a Stripe and a receiver; and all that is said to Valkey, as it is said."""
    cast, [port] = Cast(), free_ports(1)
    async with AsyncExitStack() as parts:
        redis_url = parts.enter_context(embedded_valkey(folder))
        stripe = parts.enter_context(stripe_server())
        place = Installation(database_url, redis_url, folder, _settings(cast, folder, stripe))
        heard = await parts.enter_async_context(_overheard(redis_url))
        receiver = await parts.enter_async_context(a_receiver(status(500), status(200)))
        await parts.enter_async_context(place.worker())
        process, client = await parts.enter_async_context(place.api(port))
        await up(process, client)
        house = House(place, db, cast, receiver, moto, client.http, Door(port))
        yield house, heard
        heard.write(await _kept(redis_url))


def _settings(cast: Cast, folder: Path, stripe: StripeServer) -> dict[str, str]:
    return {
        "BILLS_SECRET": cast.house.text,
        "BILLS_ALLOW_PRIVATE_ADDRESSES": "true",
        "BILLS_SCHEDULE_SECONDS": "0.5",
        "BILLS_LOCAL_BUCKETS": str(folder / "buckets"),
        "BILLS_STRIPE_API_KEY": KEY,
        "BILLS_STRIPE_API_BASE": stripe.url,
        "BILLS_STRIPE_WEBHOOK_SECRET": cast.hook.text,
    }


@asynccontextmanager
async def _overheard(redis_url: str) -> AsyncIterator[io.BytesIO]:
    """Every command that reaches Valkey while the block runs, as MONITOR writes it."""
    heard = io.BytesIO()
    reader, writer = await asyncio.open_unix_connection(redis_url.removeprefix("unix://"))
    writer.write(b"MONITOR\r\n")

    async def listen() -> None:
        while data := await reader.read(1 << 16):
            heard.write(data)

    listening = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        listening.cancel()
        writer.close()
        with suppress(asyncio.CancelledError):
            await listening


async def _kept(redis_url: str) -> bytes:
    """Every key, and its value as Valkey would write it down."""
    async with Redis.from_url(redis_url) as redis:
        keys = [key async for key in redis.scan_iter()]
        return b"\n".join([part for key in keys for part in (key, await redis.dump(key) or b"")])
