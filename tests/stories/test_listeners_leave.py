"""A server that is told to end while clients listen to it lets them go, and ends."""

import time

from models.adapters.database import Database
from tests.api.live import Door, bearer
from tests.api.month import a_month
from tests.stories.processes import Installation, free_ports, up

BILLS = "subscription { billChanged { id } }"
# Beside the half second that uvicorn takes for itself.
PROMPTLY_SECONDS = 3.0


async def test_listeners_are_let_go_at_once(db: Database, installation: Installation) -> None:
    month = await a_month(db)
    [port] = free_ports(1)
    who, door = bearer(month.partner), Door(port)
    async with installation.api(port) as (process, client):
        await up(process, client)
        async with door.listen(who) as socket, door.events(who, BILLS) as events:
            await socket.subscribe(BILLS)
            await socket.silence()
            began = time.monotonic()
            process.terminate()
            assert await events.refused() == "UNAVAILABLE"
            await events.completed()
            assert await socket.refused() == "UNAVAILABLE"
            assert (await socket.closed())[0] == 1012  # service restart
            await process.wait()
            assert time.monotonic() - began < PROMPTLY_SECONDS
